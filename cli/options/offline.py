"""What the offline sub-commands share: their flags, pairs of options, and what they say."""

import sys
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from fer_video.exporters.data.datasets import Dataset, Split

SPLITS = ("train", "valid", "test", "all")
_NAMED = 10
"""How many missing images are named on stderr; run.json names them all."""

_DATA = typer.Option(
    metavar="DIR|ZIP",
    help="Data set: a folder or .zip, of a detector also a .toml that lists them. Give it again "
    "for several at once.",
)
Data = Annotated[list[Path], _DATA]
MaybeData = Annotated[list[Path] | None, _DATA]
BackboneWeights = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.h5",
        help="ImageNet weights of MobileNetV2 without its top; unless given, downloaded.",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on from the checkpoint in the output folder.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an earlier training in the output folder.")
]
Bfloat16 = Annotated[
    bool,
    typer.Option(
        "--bfloat16",
        help="Compute in bfloat16: twice as fast on GPUs, and on CPUs that have it.",
    ),
]
Layouts = Annotated[
    list[str] | None,
    typer.Option(
        metavar="fer2013|ferplus|rafdb|affectnet|indexed|folders",
        help="How the files of a data set are laid out: one for all, or one for each --data.",
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,...",
        help="What to tell apart, with commas between: names of folders, or labels of an index, "
        "whatever their case. Unless given, the five expressions.",
    ),
]
Network = Annotated[
    str,
    typer.Option(
        metavar="cnn|mobilenetv2|detector",
        help="Which network: one of the two that read expressions, or the one that finds faces.",
    ),
]


def pairs(
    data: Sequence[Path], layouts: Sequence[str] | None, unlabelled: Sequence[Path] | None = None
) -> list[tuple[Path, str]]:
    """Each data set with its layout.

    Args:
        data: where they are.
        layouts: of all, or of each.
        unlabelled: archives that are learnt from besides.

    Raises:
        OptionsError: there are neither one nor as many layouts as data sets, or two data sets or
            archives of the same name, by which figures and records tell them apart.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.data.layouts.read import set_name  # noqa: PLC0415

    layouts = layouts or []
    if len(layouts) == 1:
        layouts = list(layouts) * len(data)
    if len(layouts) != len(data):
        raise OptionsError(
            f"{len(data)} --data but {len(layouts)} --layout: give one for all, or one for each"
        )
    names = [set_name(path) for path in (*data, *(unlabelled or ()))]
    for name in names:
        if names.count(name) > 1:
            flags = "--data and --unlabelled" if unlabelled else "--data"
            raise OptionsError(f"{flags}: {name} is there twice; rename one, or leave it out")
    return list(zip(data, layouts, strict=True))


def own_labels(text: str | None) -> tuple[str, ...]:
    """What --labels names, as data sets call it; the five expressions unless given.

    Raises:
        OptionsError: they are no labels of a network.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.engine.faces.expressions import EXPRESSIONS  # noqa: PLC0415
    from fer_video.engine.network import fields  # noqa: PLC0415
    from fer_video.exporters.data.labels import usual  # noqa: PLC0415

    if text is None:
        return EXPRESSIONS
    labels = tuple(usual(word.strip()) for word in text.split(","))
    try:
        fields.labels("--labels", labels)
    except ValueError as error:
        raise OptionsError(str(error)) from error
    if len(labels) < 2:
        raise OptionsError(f"--labels {text}: give two or more, with commas between them")
    return labels


def refuse(faults: Mapping[str, object]) -> None:
    """Refuse a choice of options that does not fit together.

    Args:
        faults: what is wrong, by the message that says so; the first that is true is told.

    Raises:
        OptionsError: one is.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    for message, there in faults.items():
        if there:
            raise OptionsError(message)


def check_network(name: str) -> None:
    """Refuse a network that nobody knows.

    Raises:
        OptionsError: it is none of those in `Network`.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.to_onnx.cards import NETWORKS  # noqa: PLC0415

    if name not in NETWORKS:
        raise OptionsError(f"model {name}: choose one of {', '.join(NETWORKS)}")


def check_split(name: str) -> "Split":
    """A split by its name.

    Raises:
        OptionsError: there is none of that name.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    if name not in SPLITS:
        raise OptionsError(f"split {name}: choose one of {', '.join(SPLITS)}")
    return cast("Split", name)


def check_read(read: Sized, part: "Dataset", data: Path, split: str) -> None:
    """Refuse to go on with nothing.

    Args:
        read: what could be read of the split.
        part: the split.
        data: where the data set is.
        split: name of the split.

    Raises:
        DataError: the split is empty, or nothing of it can be read.
    """
    from fer_video.engine.errors import DataError  # noqa: PLC0415

    if not part.samples:
        raise DataError(
            f"{data}: nothing is in the split {split}; choose another with --split, or take all "
            "with --split all"
        )
    if not read:
        raise DataError(
            f"{data}: of {len(part.samples)} samples of the split {split} none can be read; "
            "restore them, or choose another split with --split"
        )


def say_counts(name: str, dataset: "Dataset") -> None:
    """What each split of a data set gave, and what was left out and why."""
    splits = list(dict.fromkeys(sample.split for sample in dataset.samples))
    for split in sorted(splits, key=SPLITS.index):
        kept = ", ".join(f"{label} {n}" for label, n in sorted(dataset.kept(split).items()))
        say(f"{name}{f', {split}' if len(splits) > 1 else ''}: kept {kept}")
    if dataset.split_by_name:
        say("  it has no splits: by name, about a fifth of its images is test, a tenth valid")
    for (label, reason), count in sorted(dataset.left_out().items()):
        say(f"  dropped {count} {label}: {reason}")
    missing = dataset.missing()
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        say(f"  missing or broken: {', '.join(missing[:_NAMED])}{more}")


def say(line: str) -> None:
    """One line for people; stdout is for results."""
    sys.stderr.write(line + "\n")
