"""Total frames a second of one, two, four and eight sources that share the networks."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from fer_video.engine import EngineOptions
from fer_video.engine.build import open_pipelines
from fer_video.engine.output_records import JsonLines
from fer_video.perf.benchmark import demo_clip, fps

COUNTS = (1, 2, 4, 8)
FRAMES = 240
"""Of all sources together."""


def together(clip: Path, count: int) -> Callable[[], int]:
    """Get ready to read a clip `count` times at once into records; gives the frames of all."""
    options = EngineOptions(draw=False, max_frames=FRAMES // count)
    pipelines, records = open_pipelines([clip] * count, options), JsonLines(os.devnull, named=True)

    def run() -> int:
        frames = 0
        with pipelines:
            for recognized in pipelines:
                records.write(recognized)
                frames += 1
        records.close()
        return frames

    return run


def main() -> None:
    """Print a line for each count, all in one run, in turns."""
    parser = argparse.ArgumentParser(prog="python -m fer_video.perf.sources", description=__doc__)
    parser.add_argument("--source", type=Path, help="a clip; the demo's by default")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        clip = wanted.source or demo_clip(Path(folder) / "demo.mp4")
        best = dict.fromkeys(COUNTS, 0.0)
        for _ in range(wanted.rounds):
            for count in COUNTS:
                best[count] = max(best[count], fps(together(clip, count)))
    for count, speed in best.items():
        share = speed / max(best.values())
        sys.stdout.write(f"{count} sources: {speed:.0f} fps together, {share:.0%} of the best\n")


if __name__ == "__main__":
    main()
