"""Pipelines of fakes, as the tests of this folder run them."""

from pathlib import Path
from threading import enumerate as enumerate_threads
from typing import Any

import pytest

from fer_video.engine.run.observe import Observe, unobserved
from fer_video.engine.run.pipeline import Pipeline
from tests.fakes import FakeStages, GeneratedSource, lane_of

FILE = Path(__file__)
"""A file that is there: a source of it keeps nobody waiting, so that no thread reads it."""
threaded = pytest.mark.parametrize("files", [(), (FILE,)], ids=["read by a thread", "at hand"])


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
