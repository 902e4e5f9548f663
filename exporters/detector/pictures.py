"""What the face detector learns from and is measured on: collections, and who is held out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from fer_video.exporters.data.archive import read_archive
from fer_video.exporters.detector.canvas import TrainingPictures
from fer_video.exporters.detector.labels import LabelCache
from fer_video.exporters.detector.sources import read_stills, read_video
from fer_video.exporters.detector.teacher import LabelledPicture

Part: TypeAlias = Literal["train", "valid"]
Labelled: TypeAlias = Mapping[str, Sequence[LabelledPicture]]
"""Pictures by the name of their collection."""

VALID_SHARE = 0.12
"""Of each collection of pictures; its last ones by name, since neighbours show the same person."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Pictures of one kind in one archive."""

    archive: str
    """Name of the .zip file."""
    prefix: str
    """Of the paths inside it."""
    sizes: tuple[int, ...]
    """Longer sides, in pixels, at which the teacher looks; small faces need an enlarged picture."""
    turned: bool = False
    """Some pictures lie on their side or stand on their head."""
    cutouts: int = 0
    """Take so many at random, for training alone: they are a face and little else."""


COLLECTIONS: Mapping[str, Collection] = {
    "work": Collection("scenes_unlabelled.zip", "scenes/work_", (320, 448, 640, 1024), turned=True),
    "web": Collection("scenes_unlabelled.zip", "scenes/web_", (320, 448, 640, 1024)),
    "room": Collection("scenes_unlabelled.zip", "scenes/room_", (320, 448, 640, 1024)),
    "portraits": Collection("portraits_unlabelled.zip", "portraits/", (224, 320, 448, 640)),
    "no_faces": Collection("no_faces.zip", "no_faces/", (320, 640)),
    "fer2013": Collection("fer2013_ferplus.zip", "fer2013/FER2013Train/", (224, 320), cutouts=3000),
    "affectnet": Collection(
        "affectnet_subset.zip", "affectnet_subset/train/", (224, 320), cutouts=2000
    ),
}

CLIPS: Mapping[Part, tuple[str, ...]] = {
    "train": (
        "portrait_d18.mp4",
        "portrait_d3.mp4",
        "portrait_s20.mp4",
        "single_face.mp4",
        "signing2_640x480.mkv",
        "signing_640x480.mkv",
        "classroom_four_small.gif",
    ),
    "valid": (
        "portrait_d13.mp4",
        "portrait_d19.mp4",
        "portrait_s18.mp4",
        "face_then_none_hevc.mov",
        "none_then_face_hevc.mov",
        "two_heads_turning.gif",
        "bottles_no_face.mp4",
        "cartoon_no_face.mp4",
    ),
}
"""Whole clips, so that no person and no place is on both sides."""

CLIP_SIZES, STILL_SIZES = (320, 448, 640), (320, 448, 640, 1024)
TEACHER_SIZES = (224, 320, 448, 640, 1024)
"""All that are named above."""

SHARES = {
    "work": 0.40,
    "web": 0.21,
    "room": 0.11,
    "portraits": 0.13,
    "clips": 0.09,
    "cutouts": 0.06,
}
"""How often a tile with faces shows a picture of each collection."""


def label_part(
    data: Path, part: Part, labels: LabelCache, observe: Callable[[str], None]
) -> Labelled:
    """Read and label one side of the split.

    Args:
        data: folder with the archives of `COLLECTIONS` and the folders `videos` and `stills`.
        part: which side.
        labels: whose teacher looks at `TEACHER_SIZES`.
        observe: told each collection's name before its pictures are labelled, which takes minutes.

    Raises:
        DataError: an archive is missing, or holds a file that is no picture.
        SourceError: a clip is missing or cannot be read.
    """
    labelled = {}
    for name, kind in COLLECTIONS.items():
        if part == "valid" and kind.cutouts:
            continue
        observe(name)
        pictures = read_archive(data / kind.archive, kind.prefix, kind.cutouts)
        if not kind.cutouts:
            split = int(len(pictures) * (1 - VALID_SHARE))
            pictures = pictures[:split] if part == "train" else pictures[split:]
        key = f"{name} {part}"
        labelled[name] = labels.label(key, pictures, kind.sizes, turned=kind.turned)
    for clip in CLIPS[part]:
        observe(clip)
        labelled[clip] = labels.label(clip, read_video(data / "videos" / clip), CLIP_SIZES)
    if part == "valid":
        labelled["stills"] = labels.label("stills", read_stills(data / "stills"), STILL_SIZES)
    return labelled


def training_pictures(labelled: Labelled) -> TrainingPictures:
    """The training part, sorted by use."""
    clips = [p for clip in CLIPS["train"] for p in labelled[clip] if p.faces]
    # what the teacher half believes in a picture without faces is a lesson, not a doubt
    empty = [LabelledPicture(p.luma) for p in labelled["no_faces"] if not p.faces]
    empty += [p for p in labelled["work"] if not p.faces]
    cutouts = _single(labelled["fer2013"]) + _single(labelled["affectnet"])
    portraits = _single(labelled["portraits"])
    groups = dict(labelled) | {"clips": clips, "portraits": portraits, "cutouts": cutouts}
    return TrainingPictures(
        [groups[name] for name in SHARES], list(SHARES.values()), empty, cutouts
    )


def counts(labelled: Labelled) -> list[str]:
    """How many pictures and faces each collection has, for the record."""
    return [
        f"{name}: {len(pictures)} pictures, {sum(len(p.faces) for p in pictures)} faces"
        for name, pictures in labelled.items()
    ]


def _single(pictures: Sequence[LabelledPicture]) -> list[LabelledPicture]:
    return [p for p in pictures if len(p.faces) == 1 and not p.ignored]
