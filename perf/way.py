"""Way: what frames that came to the screen waited for, and what was done with them, in order."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fer_video.perf.recorder import Recorder, Timings

_BEGIN, _END = "capture", "show"
"""The stage behind which the way begins, and its last."""
_CALLER = "output"
"""What the caller's loop does with a frame, which is a stage or several of the way by itself."""


def way(recorder: Recorder) -> Iterator[str]:
    """Lines of a table: for each stage how long frames waited before it, and were in it.

    A stage that frames pass by is told of at last; where no frame was shown, there is no line.
    """
    shown = recorder.timings.get(_END, Timings()).frame
    if not shown:
        return
    yield f"{'milliseconds':12}{'waited: mean, 95 %':>22}{'took: mean, 95 %':>22}"
    beside = [stage for stage in recorder.timings if _is_beside(recorder, stage)]
    ends = _by_frame(recorder.timings[_BEGIN], "end")
    for stage, timings in recorder.timings.items():
        if stage in (_BEGIN, _CALLER, *beside):
            continue
        starts, stops = (_by_frame(timings, which) for which in ("start", "end"))
        known = [frame for frame in shown if frame in starts and frame in ends]
        waited = _told([starts[frame] - ends[frame] for frame in known])
        yield f"{stage:12}{waited:>22}{_told([stops[f] - starts[f] for f in known]):>22}"
        ends = stops
    for stage in beside:
        timings = recorder.timings[stage]
        took = np.array(timings.end) - np.array(timings.start)
        yield f"{stage:12}{'beside the frames':>22}{_told(took):>22}"


def _is_beside(recorder: Recorder, stage: str) -> bool:
    """Whether most frames that were shown never were in it."""
    frames = set(recorder.timings[stage].frame)
    shown = recorder.timings[_END].frame
    return sum(frame in frames for frame in shown) < len(shown) / 2


def _by_frame(timings: Timings, which: str) -> dict[int, float]:
    return dict(zip(timings.frame, getattr(timings, which), strict=True))


def _told(seconds: Sequence[float] | NDArray[np.float64]) -> str:
    mean, most = np.mean(seconds), np.percentile(seconds, 95)
    return f"{1000 * mean:.1f}, {1000 * most:.1f}"
