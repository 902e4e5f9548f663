"""A network in two: what looks at crops, and what concludes from what it saw.

Crops that are put together from two others need not be looked at one by one: what the network saw
in the two is put together in their place.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.graph import Graph
from fer_video.engine.network.scores import read_scores
from fer_video.engine.network.session import FLOAT32, Session
from fer_video.engine.options import SessionOptions

_CELL = 8
"""Most pixels of a crop, across and down, that one place of what was seen stands for."""


class Halves:
    """A classifier cut where it is narrowest while it still knows where in a crop things are.

    A network that has no such place is not cut: it sees crops as they are, and concludes from them.
    """

    def __init__(
        self, path: Path, options: SessionOptions, card: ModelCard, blank: Batch, most: int
    ) -> None:
        """Cut a network.

        Args:
            path: its file.
            options: provider and threads.
            card: how it is fed and its output read.
            blank: (1, ...) as it takes crops.
            most: crops that it takes at once.

        Raises:
            ModelError: the file cannot be read.
        """
        self._card, self._most = card, most
        graph = Graph(path)
        neck = _narrowest(path, options, graph, blank)
        self._look, half = None, None
        self.cells, self.rows = card.input_height, 1 if card.layout == "NCHW" else 0
        if neck is not None:
            name, seen = neck
            self._look = Session(path, options, card=False, half=graph.until([name]))
            half = graph.behind(name, seen.shape)
            self.cells, self.rows = seen.shape[-1], 1
        self._conclude = Session(path, options, card=False, half=half)

    cells: int
    """Places along each side of a crop that are told apart in what was seen."""
    rows: int
    """Axis of the places from top to bottom in what was seen of one crop; that of those from left
    to right is behind it."""

    def look(self, crops: Batch) -> Batch:
        """What the network sees in crops.

        Args:
            crops: (n, ...) as `to_input` lays them out by the card.

        Returns:
            (n, ...) float32; the crops themselves where it is not cut.
        """
        if self._look is None:
            return crops
        batches = (crops[at : at + self._most] for at in range(0, len(crops), self._most))
        return np.concatenate([self._look.run(batch)[0] for batch in batches])

    def conclude(self, seen: Batch) -> NDArray[np.float32]:
        """Scores of crops in which this was seen.

        Args:
            seen: (n, ...) as `look` gives it, or put together from that.

        Returns:
            (n, labels) float32, as `Classifier` gives them.

        Raises:
            ModelError: the network does not give a finite number for every face and label.
        """
        return read_scores(self._conclude, seen, self._card, self._most)


def _narrowest(
    path: Path, options: SessionOptions, graph: Graph, blank: Batch
) -> tuple[str, NDArray[np.float32]] | None:
    """Name of the place, the last of them, and what one crop is there; None if there is none."""
    if not (names := graph.necks):
        return None
    trial = Session(path, options, card=False, half=graph.until(names))
    least, side = blank.size, max(blank.shape[1:])
    found = None
    for name, seen in _pictures(names, trial, blank):
        if seen.shape[1] >= side // _CELL and seen.size <= least:
            found, least = (name, seen), seen.size
    return found


def _pictures(
    names: list[str], trial: Session, blank: Batch
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """What one crop is at each place where it is still a picture, (channels, side, side)."""
    for name, seen in zip(names, trial.run(blank), strict=True):
        if trial.outputs[name] == FLOAT32 and seen.ndim == 4 and seen.shape[2] == seen.shape[3]:
            yield name, seen[0]
