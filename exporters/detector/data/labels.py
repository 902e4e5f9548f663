"""A teacher's labels, made once and kept as JSON."""

import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.exporters.data.atomic import make_folder, write_text
from fer_video.exporters.data.fingerprint import joint_fingerprint, picture_fingerprint
from fer_video.exporters.detector.data.teacher import LabelledPicture, Teacher, label, set_upright

log = logging.getLogger(__name__)


class LabelCache:
    """Asks the teacher about pictures that it has not seen, and remembers what it said.

    Labels are kept by a fingerprint of the teacher, of the sizes at which it looked and of the
    picture, so that whatever changes is labelled anew, and what only moves is not.
    """

    def __init__(self, teacher: Teacher, identity: str, path: Path) -> None:
        """Start with the labels in a file, if there is one.

        Args:
            teacher: is asked.
            identity: tells it from others, see `teacher_identity`.
            path: a JSON file; new labels go there, too.
        """
        self._teacher, self._identity, self._path = teacher, identity, path
        self._known = self._read()
        self._had = bool(self._known)

    def label(
        self, pictures: Iterable[Plane], sizes: Sequence[int], *, turned: bool = False
    ) -> list[LabelledPicture]:
        """Label a group of pictures.

        Args:
            pictures: (H, W) uint8 each.
            sizes: longer sides, in pixels, at which the teacher looks.
            turned: some of them lie on their side or stand on their head.

        Raises:
            OutputError: the file cannot be written.
        """
        how = joint_fingerprint([self._identity, tuple(sizes), turned])
        labelled, new = [], 0
        for luma in pictures:
            key = joint_fingerprint([how, picture_fingerprint(luma)])
            picture = self._restore(key, luma)
            if picture is None:
                turns, picture = self._ask(luma, sizes, turned)
                self._known[key] = _stored(turns, picture)
                new += 1
            labelled.append(picture)
        if new:
            self._save(new, len(labelled))
        return labelled

    def _save(self, new: int, count: int) -> None:
        if self._had:
            log.warning(
                "%s: of %d pictures %d are not in it as they are; they are labelled anew",
                *(self._path, count, new),
            )
        make_folder(self._path.parent)
        write_text(self._path, json.dumps(self._known))

    def _read(self) -> dict[str, Any]:
        if not self._path.is_file():
            return {}
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
            if not isinstance(known, dict):
                raise ValueError("it holds no labels")
        except (OSError, ValueError) as error:
            log.warning("%s: is damaged (%s); pictures are labelled anew", self._path, error)
            return {}
        return known

    def _restore(self, key: str, luma: Plane) -> LabelledPicture | None:
        """None where nothing, or nothing that makes sense, is known of a picture."""
        try:
            return _restored(luma, self._known[key])
        except (LookupError, TypeError, ValueError):
            return None

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
    score, left, top, width, height, *points = map(float, numbers)
    landmarks = np.array(points, np.float32).reshape(5, 2) if points else None
    return Face(Box(left, top, width, height), score, landmarks)
