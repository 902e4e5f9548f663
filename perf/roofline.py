"""Roofline: the best that a machine can do, one process a core, each running the bare loop.

After the model of Williams, Waterman and Patterson (2009), with measured kernels for its roof.
"""

import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from fer_video.engine import EngineOptions
from fer_video.perf.loops import bare


@dataclass(frozen=True, slots=True)
class Job:
    """What every process does."""

    clip: Path
    preset: str
    options: EngineOptions


def roofline(job: Job) -> float:
    """Frames a second of all processes together, their start not counted."""
    context = multiprocessing.get_context("spawn")
    cores = os.cpu_count() or 1
    together = context.Barrier(cores)
    pipes = [context.Pipe(duplex=False) for _ in range(cores)]
    workers = [
        context.Process(target=_work, args=(job, together, sender), daemon=True)
        for _, sender in pipes
    ]
    for worker in workers:
        worker.start()
    speeds = [float(receiver.recv()) for receiver, _ in pipes]
    for worker in workers:
        worker.join()
    return sum(speeds)


def _work(job: Job, together: Barrier, result: Connection) -> None:
    with TemporaryDirectory() as folder:
        run = bare(job.clip, Path(folder) / "out.mp4", job.preset, job.options)
        together.wait()
        start = perf_counter()
        frames = run()
        result.send(frames / (perf_counter() - start))
