"""How near the engine comes to what the machine can do, measured in one run on one clip.

    python -m fer_video.perf.bench.benchmark [--source CLIP] [--preset ultrafast] [--rounds 3]

Each round runs every loop of `loops.py` in turn, so that a machine which drifts drifts for all; the
ratios are taken round by round and their median is printed. Start-up is not counted.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time
from typing import TypeAlias

from fer_video.engine import DetectOptions, EngineOptions
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.capture.film.video import VideoFile
from fer_video.perf.bench.by_hand import by_hand
from fer_video.perf.bench.crowd import film_crowd
from fer_video.perf.bench.loops import Run, engine, serial
from fer_video.perf.bench.roofline import Job, roofline
from fer_video.perf.bench.transcode import transcode

Speeds: TypeAlias = dict[str, list[float]]
"""Frames a second of each loop, a value a round."""

LOOPS = ("transcode", "by hand", "serial", "roofline", "engine", "adaptive", "records only")
_RATIOS = (
    ("engine", "transcode"),
    ("engine", "roofline"),
    ("engine", "serial"),
    ("engine", "by hand"),
    ("adaptive", "transcode"),
    ("records only", "engine"),
)


def fps(run: Run) -> float:
    """Frames a second of one run."""
    start = perf_counter()
    frames = run()
    return frames / (perf_counter() - start)


def measure(
    clip: Path, preset: str, options: EngineOptions, rounds: int, loops: Sequence[str] = LOOPS
) -> Speeds:
    """Run some of the loops in turn, after a first transcoding and run that are not counted."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "out.mp4"
        ready: dict[str, Callable[[], float]] = {
            "transcode": lambda: fps(lambda: transcode(clip, target, preset)),
            "by hand": lambda: fps(by_hand(clip, target, options)),
            "serial": lambda: fps(serial(clip, target, preset, options)),
            "roofline": lambda: roofline(Job(clip, preset, options)),
            "engine": lambda: fps(engine(clip, target, preset, options)),
            "adaptive": lambda: fps(
                engine(clip, target, preset, replace(options, classify="adaptive"))
            ),
            "records only": lambda: fps(engine(clip, target, preset, replace(options, draw=False))),
        }
        ready["transcode"](), ready["engine"]()
        speeds: Speeds = {name: [] for name in loops}
        for _ in range(rounds):
            for name, values in speeds.items():
                values.append(ready[name]())
    return speeds


def ratio(speeds: Speeds, loop: str, reference: str) -> float:
    """Median over the rounds."""
    pairs = zip(speeds[loop], speeds[reference], strict=True)
    return statistics.median(value / limit for value, limit in pairs)


_OURS = ("detect", "preprocess", "render")


def kernels_share(clip: Path, preset: str, options: EngineOptions) -> float:
    """CPU time of detect, preprocess and render together, in that of transcoding."""
    chain, spent = build_chain(options, load_classifier(options), load_detector(options)), 0.0
    source = VideoFile(str(clip), threads=1)
    for frame in source.frames():
        item: object = frame
        for stage in chain.stages:
            start = thread_time()
            item = stage.run(item)
            spent += (thread_time() - start) * (stage.name in _OURS)
    source.close()
    with TemporaryDirectory() as folder:
        start = process_time()
        transcode(clip, Path(folder) / "out.mp4", preset)
        return spent / (process_time() - start)


def describe(speeds: Speeds) -> str:
    """A line a loop, and one a ratio."""
    lines = [f"{name:12} {statistics.median(values):7.1f} fps" for name, values in speeds.items()]
    lines += [
        f"{loop} / {reference}: {ratio(speeds, loop, reference):.2f}" for loop, reference in _RATIOS
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.benchmark", description=__doc__
    )
    parser.add_argument("--source", type=Path, help="a clip; one face at 1280x720 by default")
    parser.add_argument("--preset", default="ultrafast")
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--detector", default="detector")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    options = EngineOptions(asked.model, DetectOptions(model=asked.detector), draw=True)
    with TemporaryDirectory() as folder:
        clip = asked.source or film_crowd(Path(folder) / "face.mp4", 1280, 720, 1)
        speeds = measure(clip, asked.preset, options, asked.rounds)
        share = kernels_share(clip, asked.preset, options)
    sys.stdout.write(f"{clip.name}, preset {asked.preset}, medians of {asked.rounds} rounds\n")
    sys.stdout.write(describe(speeds))
    sys.stdout.write(f"detect, preprocess and render: {share:.2f} of transcoding's CPU time\n")


if __name__ == "__main__":
    main()
