"""`Recognizer` beside its own kernels, and in several threads beside one; in turns, on photographs.

The kernels are called in a loop by hand: picture to planes, faces, crops, scores. Both are also run
in several threads at once: where the machine is busy with something else, the kernels' own gain
says how much of it the machine had to give.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from time import perf_counter

import numpy as np

from fer_video.engine import EngineOptions, Networks, Recognizer
from fer_video.engine.capture.arrays import Picture, to_still
from fer_video.engine.frames import DetectedFrame
from fer_video.engine.preprocess.stage import Preprocess
from fer_video.perf.bench.crowd import portrait

THREADS = 8
"""As many as a small service answers with."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured, each the best of some rounds."""

    kernels: float
    """Milliseconds of the kernels, one picture."""
    recognizer: float
    """Milliseconds of a call of the recognizer, one picture."""
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
    picture = np.ascontiguousarray(np.asarray(portrait())[..., ::-1])
    alone: list[list[float]] = [[] for _ in ways]
    together: list[list[float]] = [[] for _ in ways]
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in range(rounds):
            for _ in range(pictures):
                for way, spent in zip(ways, alone, strict=True):
                    spent.append(_seconds(map(way, [picture])))
            for way, spent in zip(ways, together, strict=True):
                spent.append(_seconds(threads.map(way, [picture] * pictures)) / pictures)
    bare, called = (min(spent) * 1000 for spent in alone)
    gains = [min(one) / min(many) for one, many in zip(alone, together, strict=True)]
    return Costs(bare, called, *gains)


def _seconds(work: Iterator[object]) -> float:
    start = perf_counter()
    for _ in work:
        pass
    return perf_counter() - start


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
