"""`fer-video prepare`: read data sets once, for trainings that may run elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.offline.material import without_labels
from fer_video.cli.options.arguments import Detector
from fer_video.cli.options.offline import Data, Labels, Layouts, own_labels, pairs, say, say_counts

if TYPE_CHECKING:
    from fer_video.exporters.augment.faces import Faces

_SMOOTHING, _SEED = 0.1, 1
_LOSSLESS = 101


def prepare(
    data: Data,
    output: Annotated[Path, typer.Option(metavar="FILE.npz", help="File for the faces.")],
    layout: Layouts = None,
    labels: Labels = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="ZIP",
            help="Pictures with faces for a teacher to label. Give it again for several at once.",
        ),
    ] = None,
    detector: Detector = "detector",
    quality: Annotated[
        int,
        typer.Option(metavar="1..101", min=1, max=101, help="Quality of WebP; 101 loses nothing."),
    ] = _LOSSLESS,
) -> None:
    """Read data sets into one file, for `train --faces`.

    Decodes the pictures, leaves out duplicates, splits by person where persons are known, and finds
    the faces' landmarks. Test splits are left out, but for what is nearly the same in training.
    """
    from fer_video.exporters.data.alignment import LandmarkFinder  # noqa: PLC0415
    from fer_video.exporters.data.atomic import check_file  # noqa: PLC0415
    from fer_video.exporters.training.pack import save_pack  # noqa: PLC0415
    from fer_video.exporters.training.preparation import (  # noqa: PLC0415
        prepare,
        without_duplicates_across,
    )

    named = own_labels(labels)
    sets = pairs(data, layout, unlabelled)
    check_file(output)
    finder = LandmarkFinder.load(detector, 256)
    read = [
        prepare(path, layout, smoothing=_SMOOTHING, seed=_SEED, labels=named, finder=finder)
        for path, layout in sets
    ]
    parts = without_duplicates_across(read)
    for part in parts:
        say_counts(part.name, part.dataset)
    more = without_labels(unlabelled or [], parts, detector, len(named))
    train = [_all(part.train, part.train_others) for part in parts]
    valid = [_all(part.valid, part.valid_others) for part in parts]
    record = {
        "data": [part.record() for part in parts],
        "unlabelled": {faces.name: len(faces.images) for faces in more},
    }
    save_pack(output, [*train, *more], [v for v in valid if v.images], record, quality, named)
    say(f"{sum(len(f.images) for f in (*train, *more))} faces to train on, in {output}")


def _all(faces: "Faces", others: "Faces") -> "Faces":
    """The faces of a data set and those that show none of the labels."""
    from fer_video.exporters.augment.faces import joined  # noqa: PLC0415

    return joined([faces, others])
