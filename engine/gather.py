"""One classifier for several pipelines: faces that wait for it at the same time go in one batch."""

from collections import deque
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.infer import Reads


class _Request:
    """Faces of one frame, and their scores once they are there."""

    def __init__(self, batch: NDArray[np.float32]) -> None:
        self.batch = batch
        self.scores: NDArray[np.float32] | None = None
        self.error: BaseException | None = None


class Gathered:
    """Stands for a `Classifier` in several threads.

    While one thread runs the network, the others queue up; the next of them runs it for all.
    """

    def __init__(self, classifier: Reads) -> None:
        """Share `classifier`."""
        self._classifier = classifier
        self.card = classifier.card
        self._waiting: deque[_Request] = deque()
        self._lock = Lock()

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `Classifier` does."""
        request = _Request(batch)
        self._waiting.append(request)
        with self._lock:
            if request.scores is None and request.error is None:
                self._run()
        if request.scores is None:
            raise request.error or AssertionError("nobody read these faces")
        return request.scores

    def _run(self) -> None:
        """For all that wait; by the only thread that holds the lock."""
        requests = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            scores = self._classifier(np.concatenate([request.batch for request in requests]))
        except BaseException as error:  # raised again by each of those who wait
            for request in requests:
                request.error = error
            return
        ends = np.cumsum([len(request.batch) for request in requests])
        for request, rows in zip(requests, np.split(scores, ends[:-1]), strict=True):
            request.scores = rows
