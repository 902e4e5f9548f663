"""Labelled clips: folders of classes with a video a sample, recorded or synthetic."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

from fer_video.engine.errors import DataError
from fer_video.exporters.data.archive import read_bytes
from fer_video.exporters.data.datasets import Dataset
from fer_video.exporters.data.layouts.read import EXPECTED, read_folders, roots

VIDEO_SUFFIXES = (".mp4", ".mkv", ".mov", ".avi", ".webm")
MARKER = "synthetic.json"
"""Name of the file beside the classes' folders that says of synthetic clips what they were made
from."""
_NOTE = (
    "Synthetic clips: each is one still face image moved like a handheld camera's picture. "
    "Nobody was filmed, and no expression changes; figures measured on them are not figures on "
    "live video."
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What synthetic clips were made from; the content of `MARKER`."""

    source: str
    """Name of the data set, without its folder."""
    split: str
    """Split that the faces are of."""
    seed: int
    """Seed that chose faces, surroundings and motion."""

    def __str__(self) -> str:
        """As a report names the clips."""
        return f"synthetic clips of {self.source} {self.split}, seed {self.seed}"

    def to_json(self, images: Mapping[str, str]) -> str:
        """The marker's text.

        Args:
            images: each clip's path to the name of the image that it shows.
        """
        values = {"note": _NOTE, "source": self.source, "split": self.split, "seed": self.seed}
        return json.dumps(values | {"images": dict(images)}, indent=1) + "\n"


def find_labelled_clips(path: Path, labels: Sequence[str] = ()) -> Dataset:
    """Clips as a data set; its name says `clips`, and for synthetic ones what they show.

    Args:
        path: a folder or .zip with class/* or split/class/*, or one around that.
        labels: further expressions whose clips are kept.

    Raises:
        DataError: there is no such place, no clip of one of these expressions is in it, or its
            marker cannot be read.
    """
    for folder in roots(path):
        dataset = read_folders(folder, VIDEO_SUFFIXES)
        if dataset is not None and (shown := dataset.showing(labels)).samples:
            return replace(shown, name=_name(folder))
    raise DataError(
        f"{path}: no clips ({' '.join(VIDEO_SUFFIXES)}) in it; expected {EXPECTED['folders']}"
    )


def _name(folder: Traversable) -> str:
    marker = folder / MARKER
    if not marker.is_file():
        return "clips"
    text = read_bytes(marker, str(marker))
    try:
        values = json.loads(text)
        return str(Origin(values["source"], values["split"], values["seed"]))
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{marker}: does not say what the clips were made from ({error!r}); make them again "
            "with `fer-video clips`"
        ) from error
