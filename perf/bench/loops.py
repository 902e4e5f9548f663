"""What the engine is measured against, each ready to run on a clip; a run gives its frames.

- `bare`: the engine's raw kernels in a loop, codecs and networks with one thread each;
- `serial`: the engine's own stages in one loop, the same;
- `engine`: the engine.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.faces.expressions import Reading
from fer_video.engine.frames.handovers import DetectedFrame, RecognizedFrame
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.records import JsonLines
from fer_video.engine.preprocess.stage import Preprocess
from fer_video.engine.render.stage import Render

Run: TypeAlias = Callable[[], int]
"""Loop over a clip for which everything is loaded; gives the number of frames."""


def bare(clip: Path, target: Path, preset: str, options: EngineOptions) -> Run:
    """Decode, look for faces, cut them out, read them, draw, encode; nothing else."""
    classifier, detector = load_classifier(options), load_detector(options)
    cut_out, render, labels = Preprocess(classifier.card), Render(), classifier.card.labels

    def frames(source: VideoFile) -> Iterator[RecognizedFrame]:
        for frame in source.frames():
            faces = detector(frame.luma, full_range=frame.colour.full_range)
            scores = classifier(cut_out(DetectedFrame(frame, faces)).batch)
            readings = tuple(
                Reading(face, row, labels[int(row.argmax())], row, labels=labels)
                for face, row in zip(faces, scores, strict=True)
            )
            yield render(RecognizedFrame(frame, readings, labels))

    def run() -> int:
        source = VideoFile(str(clip), threads=1)
        with VideoWriter(target, source.info, preset, threads=1) as video:
            for recognized in frames(source):
                video.write(recognized)
        source.close()
        return recognized.frame.index + 1

    return run


def serial(clip: Path, target: Path, preset: str, options: EngineOptions) -> Run:
    """Video and records, by the stages that the engine runs in threads."""
    chain = build_chain(options, load_classifier(options), load_detector(options))

    def run() -> int:
        source = VideoFile(str(clip), threads=1)
        records = JsonLines(target.with_suffix(".jsonl"))
        with VideoWriter(target, source.info, preset, threads=1) as video:
            for frame in source.frames():
                recognized = chain(frame)
                video.write(recognized)
                records.write(recognized)
        records.close()
        source.close()
        return frame.index + 1

    return run


def engine(clip: Path, target: Path, preset: str, options: EngineOptions) -> Run:
    """Video, if the options have faces drawn, and records."""
    pipeline = open_pipeline(str(clip), options)
    records = JsonLines(target.with_suffix(".jsonl"))
    threads = options.encoder_threads
    video = VideoWriter(target, pipeline.info, preset, threads=threads) if options.draw else None

    def run() -> int:
        with pipeline:
            for recognized in pipeline:
                if video is not None:
                    video.write(recognized)
                records.write(recognized)
        if video is not None:
            video.close()
        records.close()
        return recognized.frame.index + 1

    return run
