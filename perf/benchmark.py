"""How near the engine comes to what the machine can do, measured in one run on one clip.

    python -m fer_video.perf.benchmark [--source CLIP] [--preset ultrafast] [--rounds 3]

- transcode: decode and encode alone, codecs with as many threads as they like: the limit;
- serial: the engine's own stages in one loop, codecs and networks with one thread each;
- engine: the engine, with video and records out.

Each round runs all three in turn, so that a machine which drifts drifts for all; the ratios are
taken round by round and their median is printed.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from time import perf_counter

import av

from fer_video.engine import DetectOptions, EngineOptions, open_pipeline
from fer_video.engine.build import build_stages, load_classifier, load_detector
from fer_video.engine.capture_demo import Demo
from fer_video.engine.capture_video import VideoFile
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output_records import JsonLines
from fer_video.engine.output_video import VideoWriter


def transcode(clip: Path, target: Path, preset: str) -> int:
    """Decode and encode every frame with plain PyAV; how many there were."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as result:
        pictures = source.streams.video[0]
        pictures.thread_type = "AUTO"
        rate = pictures.average_rate or Fraction(30)
        stream = result.add_stream("libx264", rate=rate, options={"preset": preset})
        stream.width, stream.height = pictures.width, pictures.height
        stream.pix_fmt, stream.thread_type = "yuv420p", "FRAME"
        stream.codec_context.time_base = pictures.time_base or 1 / rate
        frames = 0
        for picture in source.decode(pictures):
            picture.pict_type = 0
            result.mux(stream.encode(picture))
            frames += 1
        result.mux(stream.encode(None))
    return frames


def serial(clip: Path, target: Path, preset: str, options: EngineOptions) -> Callable[[], int]:
    """The engine's stages in one loop on one thread; ready to run."""
    stages = build_stages(options, load_classifier(options), load_detector(options))

    def loop() -> int:
        source = VideoFile(str(clip), threads=1)
        video = VideoWriter(target, source.info, preset, threads=1)
        records = JsonLines(target.with_suffix(".jsonl"))
        frames = 0
        for frame in source.frames():
            item: object = frame
            for stage in stages:
                item = stage.run(item)
            assert isinstance(item, RecognizedFrame)
            video.write(item)
            records.write(item)
            frames += 1
        video.close()
        records.close()
        source.close()
        return frames

    return loop


def engine(clip: Path, target: Path, preset: str, options: EngineOptions) -> Callable[[], int]:
    """The engine with video and records out; ready to run."""
    pipeline = open_pipeline(str(clip), options)
    video = VideoWriter(target, pipeline.info, preset)
    records = JsonLines(target.with_suffix(".jsonl"))

    def run() -> int:
        frames = 0
        with pipeline:
            for recognized in pipeline:
                video.write(recognized)
                records.write(recognized)
                frames += 1
        video.close()
        records.close()
        return frames

    return run


def fps(run: Callable[[], int]) -> float:
    """Frames a second of one run, its set-up not counted."""
    start = perf_counter()
    frames = run()
    return frames / (perf_counter() - start)


def demo_clip(path: Path) -> Path:
    """The demo as an H.264 file, 1280x720, one face, 300 frames."""
    demo = Demo()
    video = VideoWriter(path, demo.info)
    for frame in demo.frames():
        video.write(RecognizedFrame(frame, ()))
    video.close()
    return path


def measure(clip: Path, preset: str, options: EngineOptions, rounds: int) -> list[list[float]]:
    """(rounds, 3): transcode, serial and engine fps, after one round that is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.mp4"

        def one_round() -> list[float]:
            return [
                fps(lambda: transcode(clip, target, preset)),
                fps(serial(clip, target, preset, options)),
                fps(engine(clip, target, preset, options)),
            ]

        one_round()
        return [one_round() for _ in range(rounds)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--source", type=Path, help="a clip; the demo's by default")
    parser.add_argument("--preset", default="ultrafast")
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--detector", default="detector")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    options = EngineOptions(model=asked.model, detect=DetectOptions(model=asked.detector))
    with tempfile.TemporaryDirectory() as folder:
        clip = asked.source or demo_clip(Path(folder) / "demo.mp4")
        rows = measure(clip, asked.preset, options, asked.rounds)
    transcodes, serials, engines = (statistics.median(column) for column in zip(*rows, strict=True))
    of_transcode = statistics.median(row[2] / row[0] for row in rows)
    of_serial = statistics.median(row[2] / row[1] for row in rows)
    sys.stdout.write(
        f"{clip.name}, preset {asked.preset}, median of {asked.rounds} rounds\n"
        f"transcode {transcodes:7.1f} fps\n"
        f"serial    {serials:7.1f} fps\n"
        f"engine    {engines:7.1f} fps = {of_transcode:.2f} of transcode, "
        f"{of_serial:.2f} x serial\n"
    )


if __name__ == "__main__":
    main()
