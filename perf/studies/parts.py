"""What it costs to read what the parts of faces say: of a core in real time, and of transcoding.

    python -m fer_video.perf.studies.parts [--source CLIP] [--rate 5] [--model NAME] [--rounds 3]

The share of a core is the CPU time of the stage `parts` over the length of the film. The ratios are
taken round by round, transcoding, the engine without and with parts in turns; medians are printed.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time

from fer_video.engine import EngineOptions
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.capture.film.video import VideoFile
from fer_video.perf.bench.benchmark import fps
from fer_video.perf.bench.crowd import film_crowd
from fer_video.perf.bench.loops import engine
from fer_video.perf.bench.transcode import transcode


def readings_ms(clip: Path, options: EngineOptions) -> tuple[list[float], float]:
    """CPU time in milliseconds of each frame in which parts were read, and seconds of the film."""
    chain = build_chain(options, load_classifier(options), load_detector(options))
    source, spent, last = VideoFile(str(clip), threads=1), list[float](), 0.0
    for frame in source.frames():
        item: object = frame
        for stage in chain.stages:
            start = thread_time()
            item = stage.run(item)
            if stage.name == "parts" and getattr(item, "parts", None):
                spent.append(1e3 * (thread_time() - start))
        last = frame.time
    source.close()
    return spent, last + float(1 / source.info.frame_rate)


def ratios(clip: Path, options: EngineOptions, preset: str, rounds: int) -> tuple[float, float]:
    """Of transcoding's speed: the engine's without parts, and with them."""
    with TemporaryDirectory() as folder:
        target, without = Path(folder) / "out.mp4", replace(options, parts=0.0)
        pairs: list[tuple[float, float]] = []
        for number in range(rounds + 1):
            limit = fps(lambda: transcode(clip, target, preset))
            plain, read = (fps(engine(clip, target, preset, each)) for each in (without, options))
            if number:  # the first is not counted
                pairs.append((plain / limit, read / limit))
    plains, reads = zip(*pairs, strict=True)
    return statistics.median(plains), statistics.median(reads)


def lines(clip: Path, options: EngineOptions, presets: list[str], rounds: int) -> Iterator[str]:
    """What was measured."""
    spent, seconds = readings_ms(clip, options)
    share = sum(spent) / 1e3 / seconds
    yield f"{len(spent)} frames with readings in {seconds:.1f} s of film"
    least, usual = min(spent), statistics.median(spent)
    yield f"{usual:.1f} ms of CPU time each (least {least:.1f}), {share:.1%} of a core in real time"
    for preset in presets:
        plain, read = ratios(clip, options, preset, rounds)
        yield f"{preset}: of transcoding {plain:.2f} without parts, {read:.2f} with them"


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.studies.parts", description=__doc__
    )
    parser.add_argument("--source", type=Path, help="a clip; one face at 1280x720 by default")
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--model", default="cnn_int8")
    parser.add_argument("--preset", action="append", help="default: veryfast")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    options = EngineOptions(wanted.model, draw=True, parts=wanted.rate)
    with TemporaryDirectory() as folder:
        clip = wanted.source or film_crowd(Path(folder) / "face.mp4", 1280, 720, 1)
        for line in lines(clip, options, wanted.preset or ["veryfast"], wanted.rounds):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
