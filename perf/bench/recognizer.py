"""`Recognizer` beside its own kernels, and in several threads beside one; in turns, on photographs.

The kernels are called in a loop by hand: picture to planes, faces, crops, scores. Both are also run
in several threads at once: where the machine is busy with something else, the kernels' own gain
says how much of it the machine had to give.
"""

import argparse
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from time import perf_counter, thread_time

import numpy as np

from fer_video.engine import EngineOptions, Networks, Recognizer
from fer_video.engine.capture.pictures.arrays import to_still
from fer_video.engine.capture.pictures.given import Picture
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.preprocess.stage import Preprocess
from fer_video.perf.bench.crowd import portrait

THREADS = 8
"""As many as a small service answers with."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured, each the best of some rounds."""

    kernels: float
    """Milliseconds of the processor's time for the kernels, one picture."""
    recognizer: float
    """Milliseconds of the processor's time for a call of the recognizer, one picture."""
    kernels_gain: float
    """Pictures a second of the kernels in several threads, over those in one."""
    recognizer_gain: float
    """Pictures a second of the recognizer in several threads, over those in one."""

    def __str__(self) -> str:
        return (
            f"one thread: kernels {self.kernels:.2f} ms, recognizer {self.recognizer:.2f} ms a "
            f"picture, {self.recognizer / self.kernels:.3f} of their sum\n"
            f"{THREADS} threads over one: kernels {self.kernels_gain:.2f}, recognizer "
            f"{self.recognizer_gain:.2f} times as many pictures a second\n"
        )


def by_kernels(networks: Networks) -> Callable[[Picture], int]:
    """What a recognizer has to do, and nothing else; gives the number of faces."""
    cut_out, mine = Preprocess(networks.classifier.card), local()

    def run(picture: Picture) -> int:
        if not hasattr(mine, "detector"):
            mine.detector = networks.detector.clone(still=True)
        frame = to_still(picture, "BGR", "portrait")
        faces = mine.detector(frame.luma, full_range=frame.colour.full_range)
        return len(networks.classifier(cut_out(DetectedFrame(frame, faces)).batch))

    return run


def measure(rounds: int, pictures: int) -> Costs:
    """Both, in one and in several threads, in turns.

    Args:
        rounds: how often; the best counts.
        pictures: in each part of a round, one after the other or together.
    """
    networks = Networks.load(EngineOptions())
    ways: list[Callable[[Picture], object]] = [by_kernels(networks), Recognizer(networks=networks)]
    work = [np.ascontiguousarray(np.asarray(portrait())[..., ::-1])] * pictures
    spent, alone, together = (np.zeros((rounds, 2)) for _ in range(3))
    with ThreadPoolExecutor(THREADS) as threads:
        for row in range(rounds):
            for column in (0, 1) if row % 2 else (1, 0):
                start, busy = perf_counter(), thread_time()
                deque(map(ways[column], work), maxlen=0)
                alone[row, column] = perf_counter() - start
                spent[row, column] = thread_time() - busy
                start = perf_counter()
                deque(threads.map(ways[column], work), maxlen=0)
                together[row, column] = perf_counter() - start
    kernels, recognizer = (1000 * spent.min(axis=0) / pictures).tolist()
    gains = (alone.min(axis=0) / together.min(axis=0)).tolist()
    return Costs(kernels, recognizer, *gains)


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.recognizer", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--pictures", type=int, default=16, help="in each part of a round")
    wanted = parser.parse_args()
    sys.stdout.write(str(measure(wanted.rounds, wanted.pictures)))


if __name__ == "__main__":
    main()
