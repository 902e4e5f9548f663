"""Latency, stage by stage: how long frames that were shown waited for each, and were in it."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fer_video.perf.recorder import Recorder, Timings

_BEGIN, _END = "capture", "show"
"""The stage behind which latency is counted, and the last one."""
_CALLER = "output"
"""What the caller's loop does with a frame: it may hold other stages, which are told themselves."""


def latency_table(recorder: Recorder) -> Iterator[str]:
    """Lines of a table with a row for each stage, in milliseconds; none where no frame was shown.

    A stage with a bypass comes last, as frames did not wait for it.
    """
    shown = recorder.timings.get(_END, Timings()).frame
    if not shown:
        return
    yield _row("milliseconds", "waited: mean, 95 %", "took: mean, 95 %")
    beside = [stage for stage in recorder.timings if _is_beside(recorder, stage)]
    left = _by_frame(recorder.timings[_BEGIN], "end")
    for stage, timings in recorder.timings.items():
        if stage in (_BEGIN, _CALLER, *beside):
            continue
        starts, ends = (_by_frame(timings, which) for which in ("start", "end"))
        frames = [frame for frame in shown if frame in starts]
        waited = _summed([starts[frame] - left[frame] for frame in frames])
        yield _row(stage, waited, _summed([ends[frame] - starts[frame] for frame in frames]))
        left |= ends
    for stage in beside:
        timings = recorder.timings[stage]
        took = np.array(timings.end) - np.array(timings.start)
        yield _row(stage, "beside the frames", _summed(took))


def _row(stage: str, waited: str, took: str) -> str:
    return f"{stage:12}{waited:>22}{took:>22}"


def _is_beside(recorder: Recorder, stage: str) -> bool:
    """Whether most frames that were shown never were in it."""
    frames = set(recorder.timings[stage].frame)
    shown = recorder.timings[_END].frame
    return sum(frame in frames for frame in shown) < len(shown) / 2


def _by_frame(timings: Timings, which: str) -> dict[int, float]:
    return dict(zip(timings.frame, getattr(timings, which), strict=True))


def _summed(seconds: Sequence[float] | NDArray[np.float64]) -> str:
    """Mean and 95th percentile, in milliseconds."""
    mean, most = np.mean(seconds), np.percentile(seconds, 95)
    return f"{1000 * mean:.1f}, {1000 * most:.1f}"
