"""Live behaviour over minutes or hours: latency, drops, memory, threads, interruptions.

A clip is played at its own pace, again and again; each time that it ends is an interruption, from
which the source reconnects as a camera would. `--slow` makes the classifier slower than the camera.
"""

import argparse
import gc
import logging
import sys
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter

import numpy as np
from numpy.typing import NDArray

from fer_video.engine import EngineOptions, Pipeline
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.capture.live.reconnect import Reconnecting
from fer_video.engine.capture.open import open_source
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.classifier import Reads
from fer_video.engine.network.split import SplitClassifier
from fer_video.engine.run.lane import Lane
from fer_video.perf.recorder import Recorder
from fer_video.perf.report import report

_SETTLED = 0.1
"""Share of the run after which memory is first looked at."""


class Slowed:
    """A classifier that takes a given time, as on a slower machine."""

    def __init__(self, classifier: Reads, seconds: float) -> None:
        """Make every call of `classifier` last so long."""
        self.card = classifier.card
        self._classifier, self._seconds = classifier, seconds

    @property
    def split(self) -> SplitClassifier:
        """The classifier's own."""
        return self._classifier.split

    def __call__(self, batch: Batch) -> NDArray[np.float32]:
        """As the classifier does, later."""
        start = perf_counter()
        scores = self._classifier(batch)
        threading.Event().wait(max(self._seconds - (perf_counter() - start), 0))
        return scores


@dataclass(slots=True)
class Memory:
    """Megabytes that the process holds."""

    first: float = 0.0
    last: float = 0.0


def run(wanted: argparse.Namespace, interruptions: "_Counted") -> str:
    """Play for as long as asked, and say what was seen."""
    options = EngineOptions(realtime=True, draw=True)
    classifier: Reads = load_classifier(options)
    connect = partial(open_source, wanted.source, realtime=True)
    source, recorder, memory = Reconnecting(connect), Recorder(), Memory()
    if wanted.slow:
        classifier = Slowed(classifier, wanted.slow / float(source.info.frame_rate))
    chain = build_chain(options, classifier, load_detector(options))
    lane = Lane(source, chain, delivery=Delivery.of(source.info))
    pipeline = Pipeline([lane], observe=recorder)
    threads, start, faces = threading.active_count(), monotonic(), 0
    with pipeline:
        for recognized in pipeline:
            faces += len(recognized.readings)
            passed = (monotonic() - start) / (60 * wanted.minutes)
            memory.last = megabytes()
            if passed <= _SETTLED or not memory.first:
                memory.first = memory.last
            if passed >= 1:
                break
    gc.collect()
    drops = pipeline.counters().dropped
    result = report(
        recorder, drops=drops, faces=faces, provider="", threads=1, waiting=("capture",)
    )
    slowest = max(stage.mean_ms for name, stage in result.stages.items() if name != "capture")
    late = result.latency_ms
    return (
        f"{result.frames} frames, {result.dropped} dropped, {result.fps:.1f} fps, "
        f"{interruptions.count} interruptions\n"
        f"latency p50 {late['p50']:.1f}, p95 {late['p95']:.1f} ms; slowest stage {slowest:.1f} ms, "
        f"p95 is {late['p95'] / slowest:.1f} times that\n"
        f"memory {memory.first:.0f} MB after a tenth of the run, {memory.last:.0f} MB at its end, "
        f"{recorder.megabytes:.0f} of them for these measurements; "
        f"{threading.active_count() - threads} threads left\n"
    )


def megabytes() -> float:
    """What the process holds now; on Linux only, elsewhere 0."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 / 1e6 if status.exists() else 0.0


class _Counted(logging.Handler):
    """Counts what is said of interruptions instead of saying it."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += "trying again" in record.getMessage()


def main() -> None:
    """Run, and print what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.studies.live", description=__doc__
    )
    parser.add_argument("--source", default="demo", help="a clip; the demo by default")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--slow", type=float, help="frames of the camera that a face takes")
    wanted, counted = parser.parse_args(), _Counted()
    logger = logging.getLogger("fer_video")
    logger.addHandler(counted)
    logger.propagate = False
    sys.stdout.write(run(wanted, counted))


if __name__ == "__main__":
    main()
