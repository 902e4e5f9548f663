"""A recorded run in Chrome's Trace Event Format, which Perfetto opens."""

from typing import Any

from fer_video.perf.recorder import Recorder


def trace_events(recorder: Recorder) -> dict[str, Any]:
    """One complete event a stage run, one track a stage; microseconds."""
    events: list[dict[str, Any]] = []
    for track, (stage, timings) in enumerate(recorder.timings.items()):
        name = {"name": "thread_name", "ph": "M", "pid": 1, "tid": track, "args": {"name": stage}}
        events.append(name)
        events.extend(
            {
                "name": stage,
                "ph": "X",
                "pid": 1,
                "tid": track,
                "ts": start * 1e6,
                "dur": (end - start) * 1e6,
                "args": {"frame": index},
            }
            for index, start, end in zip(timings.index, timings.start, timings.end, strict=True)
        )
    return {"traceEvents": events, "displayTimeUnit": "ms"}
