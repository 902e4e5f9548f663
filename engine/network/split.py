"""A classifier in two: one half from crops to feature maps, one from those to scores.

Of crops that are put together from two others the feature maps need not be computed one by one:
those of the two are put together in the same way.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.feed import rows_axis
from fer_video.engine.network.graph import Graph
from fer_video.engine.network.scores import read_scores
from fer_video.engine.network.session import FLOAT32, Session
from fer_video.engine.options.session import SessionOptions

_STRIDE = 16
"""Most pixels of a crop, across and down, that one cell of its feature maps stands for."""


class SplitClassifier:
    """A classifier cut where its feature maps are smallest while they still tell places apart.

    A network without such a place is not cut: its crops stand for their feature maps.
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
        self.card, self._most = card, most
        """How it is fed and its output read."""
        graph = Graph(path)
        cut = _smallest(path, options, graph, blank)
        self._first, second = None, None
        self.cells, self.rows = card.input_height, rows_axis(card)
        if cut is not None:
            name, maps = cut
            self._first = Session(path, options, card=False, part=graph.up_to([name]))
            second = graph.after(name, maps.shape)
            self.cells, self.rows = maps.shape[-1], 1
        self._second = Session(path, options, card=False, part=second)

    cells: int
    """Cells along each side of a feature map; pixels of a crop where the network is not cut."""
    rows: int
    """Axis of the rows in the feature maps of one crop; that of the columns is behind it."""

    def features(self, crops: Batch) -> Batch:
        """The feature maps of crops.

        Args:
            crops: (n, ...) as `to_input` lays them out by the card.

        Returns:
            (n, channels, cells, cells) float32; the crops themselves where it is not cut.
        """
        if self._first is None:
            return crops
        batches = (crops[at : at + self._most] for at in range(0, len(crops), self._most))
        return np.concatenate([self._first.run(batch)[0] for batch in batches])

    def classify(self, features: Batch) -> NDArray[np.float32]:
        """Scores of crops that have these feature maps.

        Args:
            features: (n, ...) as `features` gives them, or put together from those.

        Returns:
            (n, labels) float32, as `Classifier` gives them.

        Raises:
            ModelError: the network does not give a finite number for every face and label.
        """
        return read_scores(self._second, features, self.card, self._most)


def _smallest(
    path: Path, options: SessionOptions, graph: Graph, blank: Batch
) -> tuple[str, NDArray[np.float32]] | None:
    """The cut point and its feature maps of one crop, (channels, cells, cells); None without one.

    Of several as small it is the last.
    """
    if not (names := graph.cut_points):
        return None
    trial = Session(path, options, card=False, part=graph.up_to(names))
    least, side = blank.size, max(blank.shape[1:])
    found = None
    for name, maps in _feature_maps(names, trial, blank):
        if maps.shape[1] >= side // _STRIDE and maps.size <= least:
            found, least = (name, maps), maps.size
    return found


def _feature_maps(
    names: list[str], trial: Session, blank: Batch
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Cut points that have square feature maps, with those of one crop."""
    for name, value in zip(names, trial.run(blank), strict=True):
        if trial.outputs[name] == FLOAT32 and value.ndim == 4 and value.shape[2] == value.shape[3]:
            yield name, value[0]
