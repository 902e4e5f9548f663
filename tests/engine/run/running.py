"""Pipelines of fakes, as the tests of this folder run them."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from threading import enumerate as enumerate_threads
from time import sleep
from typing import Any

import pytest

from fer_video.engine.frames.frame import Frame
from fer_video.engine.run.observe import Observe, unobserved
from fer_video.engine.run.pipeline import Pipeline
from tests.fakes import FakeStages, GeneratedSource, lane_of

FILE = Path(__file__)
"""A file that is there: a source of it keeps nobody waiting, so that no thread reads it."""
threaded = pytest.mark.parametrize("files", [(), (FILE,)], ids=["read by a thread", "at hand"])


class Stoppable(GeneratedSource):
    """Ends like others when it is stopped, as arrays do."""

    def frames(self) -> Iterator[Frame]:
        """The frames, until then."""
        return takewhile(lambda _: not self._stopped, super().frames())

    _stopped = False

    def stop(self) -> None:
        """End with the next frame."""
        self._stopped = True


class SlowFile(GeneratedSource):
    """A file whose decoder takes a while for each frame, and must not be closed meanwhile."""

    def __init__(self) -> None:
        """Be endless."""
        super().__init__(10**6, files=(FILE,))
        self._reading = False
        self.torn = False

    def frames(self) -> Iterator[Frame]:
        """The frames, slowly."""
        for frame in super().frames():
            self._reading = True
            sleep(0.002)
            self._reading = False
            yield frame

    def close(self) -> None:
        """Note whether it is read."""
        self.torn |= self._reading
        super().close()


def slow_pipeline(source: SlowFile) -> Pipeline:
    """With stages as slow, so that the worker and the caller's loop both read."""
    return pipeline_of(source, FakeStages(lambda _stage, _index: sleep(0.001)))


def pipeline_of(
    source: GeneratedSource,
    stages: FakeStages | None = None,
    observe: Observe = unobserved,
    **settings: Any,
) -> Pipeline:
    """One source and its stages; settings are those of a `Lane`."""
    chain = (stages or FakeStages()).chain()
    return Pipeline([lane_of(source, chain, **settings)], observe=observe)


def indices(pipeline: Pipeline) -> list[int]:
    """Of all frames that come out."""
    with pipeline:
        return [recognized.frame.index for recognized in pipeline]


def alive() -> list[str]:
    """Names of the threads that run."""
    names = (thread.name for thread in enumerate_threads())
    return [name for name in names if name.startswith("fer-video")]
