"""BatchingClassifier: one network on a GPU for several threads, whose faces it reads together."""

import logging
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.classifier import Reads
from fer_video.engine.network.split import SplitClassifier

log = logging.getLogger(__name__)


class _Request:
    """Faces of one frame that wait to be read, and their scores once they are there."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.taken = False
        """Whether a common batch has had it."""
        self.scores: NDArray[np.float32] | None = None


class BatchingClassifier:
    """Stands for a `Classifier` in several threads.

    While one of them runs the network the others queue up; the next runs it for all who wait. If
    that fails, each of them runs it for its own faces: one frame that the network cannot read is
    no other's fault, and each thread raises an error of its own.
    """

    def __init__(self, classifier: Reads) -> None:
        """Share `classifier`."""
        self._classifier = classifier
        self.card = classifier.card
        """How the network is fed and its output read."""
        self._waiting: list[_Request] = []
        self._lock = Lock()
        """For `_waiting`."""
        self._running = Lock()
        """Held by the thread that runs the network."""

    @property
    def split(self) -> SplitClassifier:
        """The network in two, which each thread runs for itself."""
        return self._classifier.split

    def __call__(self, batch: Batch) -> NDArray[np.float32]:
        """Scores of faces, as `Classifier` gives them.

        Raises:
            ModelError: the network cannot read these faces.
        """
        if not len(batch):
            return np.empty((0, len(self.card.labels)), np.float32)
        request = _Request(batch)
        with self._lock:
            self._waiting.append(request)
        with self._running:  # whoever had it before has read these faces, or left them waiting
            if not request.taken:
                self._read_waiting()
            return self._classifier(batch) if request.scores is None else request.scores

    def _read_waiting(self) -> None:
        """Read the faces of all who wait in one batch, as far as the network can."""
        with self._lock:
            requests, self._waiting = self._waiting, []
            for request in requests:
                request.taken = True
        if len(requests) == 1:
            return
        try:
            scores = self._classifier(np.concatenate([request.batch for request in requests]))
        except Exception as error:  # of whose faces, each thread finds out for its own
            log.debug("%d frames are read one by one: %s", len(requests), error)
            return
        _hand_out(scores, requests)


def _hand_out(scores: NDArray[np.float32], requests: Sequence[_Request]) -> None:
    ends = np.cumsum([len(request.batch) for request in requests])
    for request, rows in zip(requests, np.split(scores, ends[:-1]), strict=True):
        request.scores = rows
