"""A teacher's labels, made once and kept as JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_video.engine.faces import Box, Face
from fer_video.engine.frames import Plane
from fer_video.exporters.detector.teacher import LabelledPicture, Teacher, label, set_upright


class LabelCache:
    """Asks the teacher about pictures that it has not seen, and remembers what it said."""

    def __init__(self, teacher: Teacher, path: Path) -> None:
        """Start with the labels in the JSON file `path`, if there is one; new ones go there."""
        self._teacher, self._path = teacher, path
        self._known: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}

    def label(
        self, name: str, pictures: Iterable[Plane], sizes: Sequence[int], *, turned: bool = False
    ) -> list[LabelledPicture]:
        """Label a group of pictures.

        Args:
            name: of the group: what its labels are kept under.
            pictures: (H, W) uint8 each, always the same ones under one name.
            sizes: longer sides, in pixels, at which the teacher looks.
            turned: some of them lie on their side or stand on their head.
        """
        if name in self._known:
            stored = self._known[name]
            return [_restored(*pair) for pair in zip(pictures, stored, strict=True)]
        labelled = [self._ask(luma, sizes, turned) for luma in pictures]
        self._known[name] = [_stored(turns, picture) for turns, picture in labelled]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._known))
        return [picture for _, picture in labelled]

    def _ask(self, luma: Plane, sizes: Sequence[int], turned: bool) -> tuple[int, LabelledPicture]:
        turns = set_upright(luma, self._teacher) if turned else 0
        return turns, label(_turned(luma, turns), self._teacher, sizes)


def _turned(luma: Plane, quarter_turns: int) -> Plane:
    return np.ascontiguousarray(np.rot90(luma, quarter_turns))


def _stored(quarter_turns: int, picture: LabelledPicture) -> dict[str, Any]:
    return {
        "quarter_turns": quarter_turns,
        "faces": [_numbers(face) for face in picture.faces],
        "ignored": [_numbers(face) for face in picture.ignored],
    }


def _restored(luma: Plane, stored: dict[str, Any]) -> LabelledPicture:
    faces, ignored = (tuple(map(_face, stored[kind])) for kind in ("faces", "ignored"))
    return LabelledPicture(_turned(luma, stored["quarter_turns"]), faces, ignored)


def _numbers(face: Face) -> list[float]:
    """Score, left, top, width, height, and the landmarks' x and y, to a hundredth of a pixel."""
    box = face.box
    points = [] if face.landmarks is None else face.landmarks.ravel().tolist()
    return [round(v, 2) for v in (face.score, box.left, box.top, box.width, box.height, *points)]


def _face(numbers: Sequence[float]) -> Face:
    points = np.array(numbers[5:], np.float32).reshape(-1, 2)
    return Face(Box(*numbers[1:5]), numbers[0], points if len(points) else None)
