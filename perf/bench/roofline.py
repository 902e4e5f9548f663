"""Roofline: the best that a machine can do, one process a core, each running the bare loop.

After the model of Williams, Waterman and Patterson (2009), with measured kernels for its roof.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from time import perf_counter

from fer_video.engine import EngineOptions
from fer_video.engine.machine import cores
from fer_video.perf.bench.loops import bare

_PATIENCE = 60.0
"""Seconds that one process waits for the others to load."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every process does."""

    clip: Path
    preset: str
    options: EngineOptions


def work(job: Job, start: Barrier) -> float:
    """Frames a second of one process; none takes a second job, since the first waits for all."""
    with TemporaryDirectory() as folder:
        run = bare(job.clip, Path(folder) / "out.mp4", job.preset, job.options)
        start.wait()
        began = perf_counter()
        return run() / (perf_counter() - began)


def roofline(job: Job, work: Callable[[Job, Barrier], float] = work) -> float:
    """Frames a second of all processes together, their start not counted.

    Args:
        job: for every process.
        work: what each does with it, once all are there.
    """
    context, count = multiprocessing.get_context("spawn"), cores()
    with context.Manager() as manager, ProcessPoolExecutor(count, context) as pool:
        start = manager.Barrier(count, timeout=_PATIENCE)
        runs = [pool.submit(work, job, start) for _ in range(count)]
        return sum(run.result() for run in runs)
