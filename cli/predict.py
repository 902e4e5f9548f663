"""`fer-video predict IMAGE...`: still images."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_video.cli.arguments import (
    Detector,
    Device,
    MinConfidence,
    MinFace,
    Model,
    Precision,
    Provider,
    engine_options,
)
from fer_video.cli.interruption import Interruption
from fer_video.cli.progress import told_of_compiling

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
"""Characters of a name that would break a line, or steer a terminal."""

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files to look at.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object an image instead of text.")
]

Parts = Annotated[
    bool,
    typer.Option("--parts", help="Print what the eyes, the nose and the mouth say, too."),
]


def predict(
    images: Images,
    json: Json = False,
    model: Model = "cnn",
    precision: Precision = "auto",
    detector: Detector = "detector",
    min_face: MinFace = None,
    provider: Provider = "auto",
    device: Device = 0,
    min_confidence: MinConfidence = 0.0,
    parts: Parts = False,
) -> None:
    """Print the faces of still images and their expressions."""
    import json as json_format  # noqa: PLC0415

    from fer_video.engine import open_pipeline  # noqa: PLC0415
    from fer_video.engine.capture.expand import is_there  # noqa: PLC0415
    from fer_video.engine.capture.kinds import is_film  # noqa: PLC0415
    from fer_video.engine.errors import SourceError  # noqa: PLC0415

    films = [path for path in images if is_there(str(path)) and is_film(path)]
    images = [path for path in images if path not in films]
    refused = _refusal(films)
    options = engine_options(
        model=model,
        precision=precision,
        detector=detector,
        min_face=min_face,
        provider=provider,
        device=device,
        min_confidence=min_confidence,
        parts=float(parts),  # a photograph is read once, whatever the rate
        draw=False,
    )
    if refused and not images:
        raise SourceError(refused)
    with (
        _noted(refused),
        told_of_compiling(),
        Interruption() as interruption,
        open_pipeline(images, options) as pipeline,
        interruption.frames(pipeline) as frames,
    ):
        for recognized in frames:
            record = recognized.to_dict()
            sys.stdout.write(f"{json_format.dumps(record) if json else _describe(record)}\n")
    if refused:
        raise SourceError(refused)


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
