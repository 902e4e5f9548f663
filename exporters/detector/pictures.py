"""Labelled pictures for the face detector: who is held out, and what each is used for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_
from pathlib import Path
from typing import TypeAlias

from fer_video.engine.errors import DataError
from fer_video.exporters.detector.canvas.canvas import TrainingPictures
from fer_video.exporters.detector.data.dataset import LARGE, Collection, DetectorData, Role
from fer_video.exporters.detector.data.labels import LabelCache
from fer_video.exporters.detector.data.sources import Part, file_of, is_video, part_of, read_files
from fer_video.exporters.detector.data.teacher import LabelledPicture


@dataclass(frozen=True, slots=True, eq=False)
class LabelledCollection:
    """One side of a collection, with the teacher's labels."""

    collection: Collection
    """What it is part of."""
    pictures: Sequence[LabelledPicture]
    """Its pictures, or frames of its videos."""
    videos: tuple[Path, ...] = ()
    """Files of the videos that its frames are from; none where it holds pictures."""


Labelled: TypeAlias = Sequence[LabelledCollection]
"""All collections that have something on one side of the split."""


def label_part(
    data: DetectorData, part: Part, labels: LabelCache, observe: Callable[[str], None]
) -> Labelled:
    """Read and label one side of the split.

    Args:
        data: what to read.
        part: which side.
        labels: whose teacher looks at `data.teacher_sizes`.
        observe: told each collection's name before its pictures are labelled, which takes minutes.

    Raises:
        DataError: files are missing or damaged, or pictures and videos are mixed.
        SourceError: a video is missing or cannot be read.
    """
    return list(_label(data, part, labels, observe))


def _label(
    data: DetectorData, part: Part, labels: LabelCache, observe: Callable[[str], None]
) -> Iterator[LabelledCollection]:
    for kind in data.collections:
        names = part_of(kind, part)
        if not names:
            continue
        observe(kind.name)
        videos = tuple(file_of(kind, name) for name in names if is_video(name))
        pictures = labels.label(read_files(kind, names), kind.teacher_sizes, turned=kind.turned)
        yield LabelledCollection(kind, [_believed(p, kind.sure) for p in pictures], videos)


def _believed(picture: LabelledPicture, sure: float) -> LabelledPicture:
    """The picture, its large faces of a lower score ignored."""
    doubted = [face.box.height >= LARGE and face.score < sure for face in picture.faces]
    faces = tuple(compress(picture.faces, map(not_, doubted)))
    doubts = compress(picture.faces, doubted)
    return LabelledPicture(picture.luma, faces, (*picture.ignored, *doubts))


def pictures_of(
    labelled: Labelled, role: Role, *, videos: bool | None = None
) -> list[LabelledPicture]:
    """All pictures of a role.

    Args:
        labelled: where to look.
        role: of the collections.
        videos: True for frames of videos alone, False for pictures alone, None for both.
    """
    return [
        picture
        for part in labelled
        if part.collection.role == role and videos in (None, bool(part.videos))
        for picture in part.pictures
    ]


def videos_of(labelled: Labelled, role: Role) -> list[Path]:
    """Files of all videos of a role."""
    return [path for part in labelled if part.collection.role == role for path in part.videos]


def training_pictures(labelled: Labelled) -> TrainingPictures:
    """The training part, sorted by use.

    Raises:
        DataError: there is no face, or no picture without one.
    """
    groups: dict[str, list[LabelledPicture]] = {}
    weights: dict[str, float] = {}
    for part in labelled:
        kind, shown = part.collection, _shown(part)
        if shown and kind.share and kind.role != "negatives":
            name = "cutouts" if kind.role == "cutouts" else f"collection {kind.name}"
            groups.setdefault(name, []).extend(shown)
            weights[name] = weights.get(name, 0.0) + kind.share
    empty = _negatives(labelled)
    if not any(picture.faces for group in groups.values() for picture in group):
        raise DataError("no face was found to train on; add a collection of scenes or portraits")
    if not empty:
        raise DataError("no picture without a face to train on; add a collection of negatives")
    shares = [weight / sum(weights.values()) for weight in weights.values()]
    return TrainingPictures(list(groups.values()), shares, empty, groups.get("cutouts", []))


def _shown(part: LabelledCollection) -> list[LabelledPicture]:
    """What of a collection is shown for the faces in it."""
    if part.collection.role in ("portraits", "cutouts"):
        return [p for p in part.pictures if len(p.faces) == 1 and not p.ignored]
    return [p for p in part.pictures if p.faces or not part.videos]


def _negatives(labelled: Labelled) -> list[LabelledPicture]:
    # what the teacher half believes in a picture without faces is a lesson, not a doubt
    empty = [LabelledPicture(p.luma) for p in pictures_of(labelled, "negatives") if not p.faces]
    others = [part for part in labelled if part.collection.negatives]
    return empty + [p for part in others for p in part.pictures if not p.faces]


def counts(labelled: Labelled) -> list[str]:
    """How many pictures and faces each collection has, for the record."""
    return [
        f"{part.collection.name}: {len(part.pictures)} pictures, "
        f"{sum(len(p.faces) for p in part.pictures)} faces"
        for part in labelled
    ]
