"""One network on a GPU for several threads: faces that wait for it at once go in one batch."""

from collections.abc import Sequence
from threading import Event, Lock

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.expressions import EXPRESSIONS
from fer_video.engine.frames import Batch
from fer_video.engine.network.classifier import Reads


class _Request:
    """Faces of one frame, and their scores once they are there."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.taken = False
        self.read = Event()
        self.scores: NDArray[np.float32] | None = None
        self.error: BaseException | None = None


class BatchingClassifier:
    """Stands for a `Classifier` in several threads.

    While one of them runs the network the others queue up; the next runs it for all who wait.
    """

    def __init__(self, classifier: Reads) -> None:
        """Share `classifier`."""
        self._classifier = classifier
        self.card = classifier.card
        self._waiting: list[_Request] = []
        self._lock = Lock()
        self._running = Lock()

    def __call__(self, batch: Batch) -> NDArray[np.float32]:
        """As `Classifier` does."""
        if not len(batch):
            return np.empty((0, len(EXPRESSIONS)), np.float32)
        request = _Request(batch)
        with self._lock:
            self._waiting.append(request)
        with self._running:
            if not request.taken:
                self._run()
        request.read.wait()
        if request.scores is None:
            raise request.error or AssertionError("nobody read these faces")
        return request.scores

    def _run(self) -> None:
        """For all that wait; there may be none left."""
        with self._lock:
            requests, self._waiting = self._waiting, []
            for request in requests:
                request.taken = True
        try:
            if requests:
                self._read(requests)
        except BaseException as error:  # raised again by each of those who wait
            for request in requests:
                request.error = error
        for request in requests:
            request.read.set()

    def _read(self, requests: Sequence[_Request]) -> None:
        scores = self._classifier(np.concatenate([request.batch for request in requests]))
        ends = np.cumsum([len(request.batch) for request in requests])
        for request, rows in zip(requests, np.split(scores, ends[:-1]), strict=True):
            request.scores = rows
