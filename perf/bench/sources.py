"""Total frames a second of one, two, four and eight sources that share the networks."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from fer_video.engine import EngineOptions
from fer_video.engine.assembly.pipelines import open_pipelines
from fer_video.engine.output.records import JsonLines
from fer_video.perf.bench.benchmark import fps
from fer_video.perf.bench.crowd import film_crowd

COUNTS = (1, 2, 4, 8)
RECORDS_ONLY = EngineOptions(draw=False)


def together(clip: Path, count: int, options: EngineOptions = RECORDS_ONLY) -> Callable[[], int]:
    """Get ready to read a clip `count` times at once into records; gives the frames of all."""
    pipelines, records = open_pipelines([clip] * count, options), JsonLines(os.devnull)

    def run() -> int:
        frames = 0
        with pipelines:
            for recognized in pipelines:
                records.write(recognized)
                frames += 1
        records.close()
        return frames

    return run


def together_fps(clip: Path, rounds: int) -> dict[int, float]:
    """The best of some rounds for each of `COUNTS`, in turns."""
    best = dict.fromkeys(COUNTS, 0.0)
    for _ in range(rounds):
        for count in COUNTS:
            best[count] = max(best[count], fps(together(clip, count)))
    return best


def describe(best: dict[int, float]) -> str:
    """A line for each count."""
    return "".join(
        f"{count} sources: {speed:.0f} fps together, {speed / max(best.values()):.0%} of the best\n"
        for count, speed in best.items()
    )


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.sources", description=__doc__
    )
    parser.add_argument("--source", type=Path, help="a clip; one face at 1280x720 by default")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        clip = wanted.source or film_crowd(Path(folder) / "face.mp4", 1280, 720, 1)
        sys.stdout.write(describe(together_fps(clip, wanted.rounds)))


if __name__ == "__main__":
    main()
