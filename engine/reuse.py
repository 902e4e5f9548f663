"""Scores used again while a face looks the same: the classifier is most of what a face costs."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.expressions import Scores

_Thumbnail: TypeAlias = NDArray[np.float32]

_CELLS = 12
"""Of a thumbnail, along each side: a mouth's corner or an eyelid changes one."""


@dataclass(frozen=True, slots=True)
class _Seen:
    thumbnail: _Thumbnail
    scores: Scores
    time: float


class Reuse:
    """Remembers each face's last classified crop, and its scores until it changes or ages."""

    def __init__(self, scale: float, change: float = 13.0, seconds: float = 0.15) -> None:
        """Know no face yet.

        Args:
            scale: what a grey level is in the network's input (`ModelCard.scale`).
            change: of any part of the crop, in grey levels, from which the face is read again.
            seconds: after which it is read again in any case.
        """
        self._change = change * scale
        self._seconds = seconds
        self._faces: dict[int, _Seen] = {}

    def __call__(self, identity: int, crop: NDArray[np.float32], time: float) -> Scores | None:
        """The scores that still hold for a face; None where it has to be read.

        Args:
            identity: of the face, the same from frame to frame.
            crop: (3, side, side) or (side, side, 3) float32 as the network reads it.
            time: of the frame, in seconds.
        """
        seen = self._faces.get(identity)
        if seen is None or not 0 <= time - seen.time < self._seconds:
            return None
        changed = np.abs(_thumbnail(crop) - seen.thumbnail).max()
        return seen.scores if changed < self._change else None

    def keep(self, identity: int, crop: NDArray[np.float32], scores: Scores, time: float) -> None:
        """Remember what was read on a face; those that went are forgotten."""
        if identity not in self._faces:
            self._faces = {
                i: seen for i, seen in self._faces.items() if 0 <= time - seen.time < self._seconds
            }
        self._faces[identity] = _Seen(_thumbnail(crop), scores, time)


def _thumbnail(crop: NDArray[np.float32]) -> _Thumbnail:
    """Means over cells of the green plane, which holds most of the light."""
    green = crop[1] if crop.shape[0] == 3 else crop[..., 1]
    cell = len(green) // _CELLS
    cells = green[: cell * _CELLS, : cell * _CELLS].reshape(_CELLS, cell, _CELLS, cell)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)
