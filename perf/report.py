"""Report: what a recorded run says, per stage and end to end, and what limits it."""

import platform
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from fer_video.engine.machine import cores
from fer_video.perf.recorder import Recorder, Timings

_ADVICE = {
    "capture": "decoding limits: a codec that is cheaper to decode, or a smaller video, helps",
    "detect": "detection limits: a larger --min-face is faster and misses smaller faces",
    "preprocess": "cutting out faces limits: many or large faces; nothing to set",
    "quality": "measuring how faces are to be seen limits: many or large faces; nothing to set",
    "reused": "telling which readings are reused limits: many faces; nothing to set",
    "smooth": "smoothing limits: many faces; nothing to set",
    "parts": "reading the parts of faces limits: a lower --parts is faster",
    "infer": "the classifier limits: fewer faces, or a GPU (--provider cuda), help",
    "render": "drawing limits: write records only (--json) if no video is needed",
    "output": "encoding and writing limits: try --preset ultrafast, or records only (--json)",
}


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage; milliseconds of each frame that was in it."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float
    """CPU time of the thread that ran the stage; codecs use further threads of theirs."""
    wait_ms: float
    """Time since a frame left the stage before; for capture, the time between two frames."""
    share: float
    """Share in the work of all stages, 0..1; 0 for one that waits, such as capture of a camera."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run; `to_json` is the contract of `profile --json`."""

    frames: int
    drops: Mapping[str, int]
    """Frames that the source offered and nobody took, by reason."""
    faces: int
    seconds: float
    stages: dict[str, StageReport]
    latency_ms: dict[str, float]
    """Percentiles `p50`, `p95`, `p99` of the time from the end of capture to the end of output."""
    provider: str
    threads: int
    """Threads of ONNX Runtime in each network."""
    detection_ms: Mapping[int, float] = field(default_factory=dict)
    """Cost of looking at one frame, by the height in pixels of the smallest faces looked for; empty
    if it was not measured."""

    @property
    def dropped(self) -> int:
        """Frames that were dropped, for whatever reason."""
        return sum(self.drops.values())

    @property
    def fps(self) -> float:
        """Frames a second, from the first capture to the last output."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def bottleneck(self) -> str:
        """The stage that works longest."""
        return max(self.stages, key=lambda name: self.stages[name].share, default="")

    @property
    def advice(self) -> str:
        """What limits, and what to try."""
        return _ADVICE.get(self.bottleneck, "")

    def to_json(self) -> dict[str, Any]:
        """As `fer-video profile --json` writes it."""
        return {
            "frames": self.frames,
            "offered": self.frames + self.dropped,
            "dropped": self.dropped,
            "drops": dict(self.drops),
            "seconds": self.seconds,
            "fps": self.fps,
            "stages": {name: asdict(stage) for name, stage in self.stages.items()},
            "latency_ms": self.latency_ms,
            "bottleneck": self.bottleneck,
            "faces": self.faces,
            "detection_ms": dict(self.detection_ms),
            "provider": self.provider,
            "threads": self.threads,
            "machine": machine(),
        }


def report(
    recorder: Recorder,
    *,
    drops: Mapping[str, int],
    faces: int,
    provider: str,
    threads: int,
    waiting: Collection[str] = (),
) -> Report:
    """Sum up a run.

    Args:
        recorder: that observed it.
        drops: frames that the source offered and nobody took, by reason (`Pipeline.counters`).
        faces: seen in all frames together.
        provider: that the networks ran on.
        threads: of ONNX Runtime in each network.
        waiting: stages that waited rather than worked: capture of a live source, output into a
            window that keeps each frame until its time.
    """
    ran = recorder.timings
    work = {name: _milliseconds(t.end, t.start) for name, t in ran.items()}
    sums = {name: float(times.sum()) for name, times in work.items()}
    sums |= {name: 0.0 for name in waiting if name in sums}
    total = sum(sums.values())
    output, capture = ran.get("output", Timings()), ran.get("capture", Timings())
    return Report(
        frames=len(output.frame),
        drops=drops,
        faces=faces,
        seconds=output.end[-1] - capture.start[0] if output.frame else 0.0,
        stages={
            name: _stage(
                ran[name],
                list(ran.values())[:place],
                times,
                share=sums[name] / total if total else 0.0,
            )
            for place, (name, times) in enumerate(work.items())
        },
        latency_ms=_latency(capture, output),
        provider=provider,
        threads=threads,
    )


def machine() -> dict[str, str | int | None]:
    """What ran it: processor, cores, and the versions that decide about speed."""
    names = ("fer-video", "av", "numba", "numpy")
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": cores(),
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
    } | {name: version(name) for name in names}


def _stage(
    timings: Timings, before: Sequence[Timings], work: NDArray[np.float64], *, share: float
) -> StageReport:
    p50, p95, p99 = np.percentile(work, (50, 95, 99)).tolist()
    return StageReport(
        mean_ms=float(work.mean()),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        cpu_ms=float(np.mean(timings.cpu)) * 1e3,
        wait_ms=_wait(timings, before),
        share=share,
    )


def _wait(timings: Timings, before: Sequence[Timings]) -> float:
    """Mean of the times from the end of the last stage before, as a frame may pass one by."""
    if not before:
        gaps = _milliseconds(timings.start[1:], timings.end[:-1])
        return float(gaps.sum()) / len(timings.frame)
    left = defaultdict[int, list[float]](list)
    for stage in before:
        for frame, end in zip(stage.frame, stage.end, strict=True):
            left[frame].append(end)
    entered = zip(timings.frame, timings.start, strict=True)
    waits = [
        start - max((end for end in left[frame] if end <= start), default=start)
        for frame, start in entered
    ]
    return 1e3 * float(np.mean(waits))


def _latency(capture: Timings, output: Timings) -> dict[str, float]:
    captured: Mapping[int, float] = dict(zip(capture.frame, capture.end, strict=True))
    delays = [(end - captured[i]) * 1e3 for i, end in zip(output.frame, output.end, strict=True)]
    values = np.percentile(delays, (50, 95, 99)).tolist() if delays else [0.0] * 3
    return dict(zip(("p50", "p95", "p99"), values, strict=True))


def _milliseconds(end: Any, start: Any) -> NDArray[np.float64]:
    milliseconds: NDArray[np.float64] = (np.asarray(end) - np.asarray(start)) * 1e3
    return milliseconds
