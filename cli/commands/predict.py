"""`fer-video predict IMAGE...`: still images, also of folders, in text, records and pictures."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_video.cli.options.arguments import MinConfidence, Reject
from fer_video.cli.options.flags import NetworkFlags, flattened
from fer_video.cli.options.results import NoAbout
from fer_video.cli.options.settings import engine_options
from fer_video.cli.terminal.interruption import Interruption
from fer_video.cli.terminal.progress import told_of_compiling

if TYPE_CHECKING:
    from fer_video.engine import Pipeline
    from fer_video.engine.output.sinks import Sinks

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
"""Characters of a name that would break a line, or steer a terminal."""

Images = Annotated[
    list[Path],
    typer.Argument(metavar="IMAGE...", help="Image files to look at, and folders of them."),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object an image instead of text.")
]
Csv = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT.csv",
        help="Write one row a face to this file; `-` is stdout, in the place of text.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR|OUT.jpg",
        help="Write the annotated images into this folder; a single one also to a .jpg or .png.",
    ),
]

Parts = Annotated[
    bool,
    typer.Option("--parts", help="Print what the eyes, the nose and the mouth say, too."),
]


@flattened
def predict(
    images: Images,
    output: Output = None,
    json: Json = False,
    csv: Csv = None,
    no_about: NoAbout = False,
    *,
    networks: NetworkFlags,
    min_confidence: MinConfidence = None,
    reject: Reject = None,
    parts: Parts = False,
) -> None:
    """Print the faces of still images and their expressions."""
    from fer_video.engine import open_pipeline  # noqa: PLC0415
    from fer_video.engine.errors import OutputError, SourceError  # noqa: PLC0415
    from fer_video.engine.output.files.extensions import refuse_other  # noqa: PLC0415
    from fer_video.engine.output.sinks import Sinks  # noqa: PLC0415

    to_stdout = str(csv) == "-"
    if json and to_stdout:
        raise typer.BadParameter("--json and --csv - would both go to stdout; give --csv a file")
    if csv is not None:
        refuse_other(csv, "csv")
    if str(output) == "-":
        raise OutputError("stdout: takes no stills; name a folder")
    photographs, refused = _photographs(images, output)
    options = engine_options(
        **asdict(networks),
        min_confidence=min_confidence,
        reject=reject,
        parts=float(parts),  # a photograph is read once, whatever the rate
        draw=output is not None,
    )
    if refused and not photographs:
        raise SourceError(refused)
    with (
        _noted(refused),
        told_of_compiling(),
        Interruption() as interruption,
        Sinks() as sinks,
        closing(open_pipeline(photographs, options)) as pipeline,
    ):
        interruption.protect()
        _open_sinks(sinks, pipeline, output, csv, about=not no_about)
        with pipeline, interruption.frames(pipeline) as frames:
            for recognized in frames:
                sinks.write(recognized)
                if not to_stdout:
                    sys.stdout.write(_told(recognized.to_dict(), json=json))
    if refused:
        raise SourceError(refused)


def _photographs(named: list[Path], output: Path | None) -> tuple[list[Path], str]:
    """The files that are images, folders searched, and what to say of the others.

    What an earlier run wrote to the output, in a folder that is searched, is none.
    """
    from fer_video.engine.capture.expand import is_there, listed_by  # noqa: PLC0415
    from fer_video.engine.capture.kinds import is_film  # noqa: PLC0415
    from fer_video.engine.errors import SourceError  # noqa: PLC0415

    found: list[Path] = []
    films: list[Path] = []
    refused: list[str] = []
    for path in named:
        try:
            listed = listed_by(str(path))
        except SourceError as error:
            refused.append(str(error))
            continue
        if listed is not None:
            inside = [file for file, _ in listed.images]
            found += [file for file in inside if not _is_of(file, output)] or inside
            films += [] if inside else listed.films
        elif is_there(str(path)) and is_film(path):
            films.append(path)
        else:
            found.append(path)
    return found, "; ".join(filter(None, [*refused, _refusal(films)]))


def _is_of(file: Path, output: Path | None) -> bool:
    """Whether a file is the output, or lies in it."""
    return output is not None and file.resolve().is_relative_to(output.resolve())


def _open_sinks(
    sinks: "Sinks", pipeline: "Pipeline", output: Path | None, csv: Path | None, *, about: bool
) -> None:
    from fer_video.engine import Csv, Stills  # noqa: PLC0415
    from fer_video.engine.output.about import About, about_file  # noqa: PLC0415
    from fer_video.engine.output.files.targets import check_targets  # noqa: PLC0415

    if output is not None:
        sinks.add(Stills(output, pipeline.info))
    if csv is None:
        return
    beside = [about_file(csv)] if about and str(csv) != "-" else []
    check_targets(pipeline.info.files, [csv, *beside])
    table = Csv(csv)
    sinks.add(table)
    if about:
        sinks.add(About(pipeline, [table.lines], command=sys.argv[1:]))


def _told(record: dict[str, object], *, json: bool) -> str:
    """A record for stdout."""
    import json as json_format  # noqa: PLC0415

    return f"{json_format.dumps(record) if json else _describe(record)}\n"


def _refusal(films: list[Path]) -> str:
    """What to say of films, of which one picture tells little; nothing if there are none."""
    return "; ".join(map(_why_no_image, films[:3])) + ("; ..." if len(films) > 3 else "")


def _why_no_image(file: Path) -> str:
    from fer_video.engine.capture.open import open_source  # noqa: PLC0415
    from fer_video.engine.errors import SourceError  # noqa: PLC0415

    try:
        open_source(file).close()
    except SourceError as error:  # neither: a text, an archive
        return str(error)
    return f"{file}: no image, but a video; read it with fer-video --source"


@contextmanager
def _noted(refused: str) -> Iterator[None]:
    """Say what was refused beside an error of the images, which would else be all that is said."""
    try:
        yield
    except Exception as error:
        if refused:
            error.add_note(refused)
        raise


def _describe(record: dict[str, object]) -> str:
    faces = record["faces"]
    assert isinstance(faces, list)
    name = str(record["file"]).translate(_CONTROLS)
    lines = [f"{name}: {len(faces)} face{'' if len(faces) == 1 else 's'}"]
    for face in faces:
        left, top, width, height = map(round, face["box"])
        scores = ", ".join(f"{name} {score:.2f}" for name, score in face["scores"].items())
        lines.append(
            f"  {face['expression']} {face['confidence']:.0%} at {left},{top} "
            f"{width}x{height} ({scores})"
        )
        lines += _describe_parts(face)
    return "\n".join(lines)


def _describe_parts(face: dict[str, Any]) -> list[str]:
    """A line a part: what it says alone, and what it adds to the score that leads."""
    scores, parts = face["raw_scores"], face.get("parts")
    if parts is None:
        return []
    leading = max(scores, key=scores.__getitem__)
    lines = [
        f"    {name.replace('_', ' '):9} {part['expression']} {part['confidence']:.0%}, "
        f"adds {part['evidence'][leading]:+.2f} to {leading}"
        for name, part in parts.items()
        if "expression" in part
    ]
    rest, baseline = parts["rest"]["evidence"][leading], parts["baseline"][leading]
    return [*lines, f"    around    adds {rest:+.2f} to the {baseline:.2f} of a hidden face"]
