"""Data sets for the face detector that others name in a TOML file; paths begin at its folder.

    teacher = "yunet.onnx"        # a YuNet-style detector that takes any size: it labels the faces
    terms = "CC BY 4.0"           # of the pictures, for the card; may be left out

    [[collection]]
    name = "streets"
    path = "streets.zip"          # a .zip or folder of pictures, a folder of videos, or one video
    role = "scenes"               # faces in their surroundings

    [[collection]]
    name = "walls"
    path = "walls"
    role = "negatives"            # no face in them

A collection may have every field of `dataset.Collection`. One of scenes or portraits with faces,
and one of negatives, are needed to train; the more unlike each other the pictures, the better.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from fer_video.engine.errors import DataError
from fer_video.engine.network.models import find_model
from fer_video.exporters.data.archive import leads_outside
from fer_video.exporters.detector.data.dataset import ROLES, Collection, DetectorData
from fer_video.exporters.detector.data.project_data import project_data

_LEAST_SIDE, _LARGEST_SIDE = 32, 4096


def open_detector_data(path: Path) -> DetectorData:
    """The project's own data set, of a folder, or the one that a TOML file names.

    Raises:
        DataError: there is neither, or the file is not as it must be.
        ModelError: the teacher that the file names is missing.
    """
    if path.is_dir():
        return project_data(path)
    if not path.is_file():
        raise DataError(
            f"{path}: no such folder or .toml; a detector is trained from a folder with the "
            "project's archives, or from a .toml that names collections (`fer-video train --help`)"
        )
    return read_data_file(path)


def read_data_file(file: Path) -> DetectorData:
    """A data set that is named in a TOML file.

    Raises:
        DataError: the file is not as it must be; the line names what is wrong with it.
        ModelError: the teacher is missing.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: cannot be read as TOML ({error}); correct it") from error
    table = _Table(str(file), values, _DATA)
    table.check(needed=("teacher", "collection"))
    collections = tuple(
        _collection(_Table(f"{file}: collection {number}", each, _COLLECTION), file.parent)
        for number, each in enumerate(values["collection"], start=1)
    )
    _check_names(file, [collection.name for collection in collections])
    beside = file.parent / values["teacher"]
    teacher = beside if beside.is_file() else find_model(values["teacher"])
    terms = values.get("terms", "The pictures' terms are their owners'")
    return DetectorData(file.stem, teacher, collections, terms)


def _collection(table: "_Table", folder: Path) -> Collection:
    table.check(needed=("name", "path", "role"))
    lists = {name: tuple(table.values.get(name, ())) for name in ("files", "sizes")}
    path = folder / table.values["path"]
    if not path.exists():
        raise DataError(f"{table.name}: {path} is not there; correct its path")
    return Collection(**(table.values | lists | {"path": path}))


def _check_names(file: Path, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{file}: two collections are called {name}; rename one")


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file."""

    name: str
    """What errors call it."""
    values: Any
    """What stands in it."""
    kinds: "Mapping[str, _Kind]"
    """What may stand in it."""

    def check(self, needed: Sequence[str]) -> None:
        """Refuse what is missing, unknown, or of another kind.

        Raises:
            DataError: naming it.
        """
        if not isinstance(self.values, dict):
            raise DataError(f"{self.name}: is no table; begin each with [[collection]]")
        for key in needed:
            if key not in self.values:
                raise DataError(f"{self.name}: {key} is missing; it needs {', '.join(needed)}")
        for key, value in self.values.items():
            if key not in self.kinds:
                raise DataError(f"{self.name}: no field {key}; there are {', '.join(self.kinds)}")
            kind = self.kinds[key]
            if not kind.holds(value):
                raise DataError(f"{self.name}: {key} is {value!r}; it must be {kind.words}")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a value must be."""

    words: str
    holds: Callable[[Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TEXT = _Kind("text", lambda value: isinstance(value, str) and bool(value))
_YES_OR_NO = _Kind("true or false", lambda value: isinstance(value, bool))
_DATA = {
    "teacher": _TEXT,
    "terms": _TEXT,
    "collection": _Kind("tables [[collection]]", lambda value: isinstance(value, list)),
}
_COLLECTION = {
    **dict.fromkeys(("name", "path", "prefix"), _TEXT),
    "role": _Kind(f"one of {', '.join(ROLES)}", lambda value: value in tuple(ROLES)),
    "files": _Kind(
        "a list of paths inside it",
        lambda value: (
            isinstance(value, list)
            and all(isinstance(name, str) and not leads_outside(name) for name in value)
        ),
    ),
    "limit": _Kind("a whole number, 0 for all", lambda value: _whole(value) and value >= 0),
    "held_out": _Kind("a share, 0 to 1", lambda value: _number(value) and 0 <= value <= 1),
    "share": _Kind("a number of 0 or more", lambda value: _number(value) and value >= 0),
    "sure": _Kind("a score, 0 to 1", lambda value: _number(value) and 0 <= value <= 1),
    "sizes": _Kind(
        f"a list of sides in pixels, {_LEAST_SIDE} to {_LARGEST_SIDE}",
        lambda value: (
            isinstance(value, list)
            and all(_whole(side) and _LEAST_SIDE <= side <= _LARGEST_SIDE for side in value)
        ),
    ),
    **dict.fromkeys(("turned", "negatives"), _YES_OR_NO),
}
