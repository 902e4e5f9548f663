"""One network for several threads: common batches, and errors that are each thread's own."""

from collections.abc import Callable, Sequence
from threading import Thread

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.network.batching import BatchingClassifier
from fer_video.engine.network.classifier import Reads
from fer_video.engine.network.split import SplitClassifier
from tests.fakes import Gate, wait, wait_until
from tests.networks import classifier_card

Faces = NDArray[np.float32]
BROKEN = -1.0
"""A level that no face has; a network that is given one fails."""


def faces(count: int, level: float = 0.0) -> Faces:
    return np.full((count, 3, 8, 8), level, np.float32)


class Network:
    """Stands at its first batch until the test lets it go; gives each face its own level."""

    card = classifier_card()

    def __init__(self, *, broken: bool = False) -> None:
        self.sizes: list[int] = []
        self.gate = Gate(0)
        self._broken = broken

    @property
    def split(self) -> SplitClassifier:
        raise NotImplementedError

    def __call__(self, batch: NDArray[np.float32 | np.uint8]) -> Faces:
        self.sizes.append(len(batch))
        self.gate(len(self.sizes) - 1)
        if self._broken or (batch == BROKEN).any():
            raise RuntimeError(f"cannot read {len(batch)} faces")
        return np.repeat(batch[:, 0, 0, :1].astype(np.float32), 5, axis=1)


class Caller(Thread):
    """Reads faces in a thread of its own, and keeps what it got."""

    def __init__(self, read: Callable[[Faces], Faces], batch: Faces) -> None:
        super().__init__()
        self._read, self._batch = read, batch
        self.scores: Faces | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.scores = self._read(self._batch)
        except RuntimeError as error:
            self.error = error


def read_together(network: Network, batches: Sequence[Faces]) -> list[Caller]:
    """Have the first batch hold the network until all others wait for it."""
    shared = BatchingClassifier(network)
    callers = [Caller(shared, batch) for batch in batches]
    callers[0].start()
    wait(network.gate.reached)
    for caller in callers[1:]:
        caller.start()
    waiting = sum(len(batch) > 0 for batch in batches[1:])
    wait_until(lambda: len(shared._waiting) == waiting)
    network.gate.open()
    for caller in callers:
        caller.join(20)
        assert not caller.is_alive()
    return callers


def test_faces_that_wait_together_are_read_together() -> None:
    network = Network()
    callers = read_together(network, [faces(n, n) for n in (1, 2, 3)])
    assert network.sizes == [1, 5]
    for n, caller in zip((1, 2, 3), callers, strict=True):
        np.testing.assert_array_equal(caller.scores, np.full((n, 5), n))


def test_nothing_to_read_waits_for_nobody() -> None:
    network = Network()
    read = BatchingClassifier(network)
    holding, empty = Caller(read, faces(1)), Caller(read, faces(0))
    holding.start()
    wait(network.gate.reached)
    empty.start()
    empty.join(20)
    assert empty.scores is not None
    assert empty.scores.shape == (0, 5)
    network.gate.open()
    holding.join(20)
    assert network.sizes == [1]


def test_each_waiting_thread_hears_of_its_own_error() -> None:
    """One error raised in several threads would gather the tracebacks and notes of all."""
    callers = read_together(Network(broken=True), [faces(n) for n in (1, 2, 3, 4)])
    errors = [caller.error for caller in callers]
    assert [str(error) for error in errors] == [f"cannot read {n} faces" for n in (1, 2, 3, 4)]
    assert len({id(error) for error in errors}) == 4
    for error in errors:
        assert error is not None
        error.add_note("in stage infer")
        assert error.__notes__ == ["in stage infer"]
        assert error.__context__ is None


def test_faces_that_cannot_be_read_are_no_other_frame_s_fault() -> None:
    batches = [faces(1, 1), faces(2, 2), faces(1, BROKEN), faces(3, 3)]
    first, second, broken, third = read_together(Network(), batches)
    for n, caller in ((1, first), (2, second), (3, third)):
        np.testing.assert_array_equal(caller.scores, np.full((n, 5), n))
    assert broken.scores is None
    assert str(broken.error) == "cannot read 1 faces"


def test_network_goes_on_after_an_error() -> None:
    network = Network()
    read: Reads = BatchingClassifier(network)
    network.gate.open()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="1 faces"):
            read(faces(1, BROKEN))
        np.testing.assert_array_equal(read(faces(2, 7)), np.full((2, 5), 7))
    assert read.card is network.card
