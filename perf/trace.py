"""A recorded run in Chrome's Trace Event Format, which Perfetto opens."""

from typing import Any

from fer_video.perf.recorder import SOURCE, Recorder


def trace_events(recorder: Recorder) -> dict[str, Any]:
    """One complete event a stage run, one track a thread; microseconds."""
    threads = dict.fromkeys(t for timings in recorder.timings.values() for t in timings.thread)
    tracks = {thread: number for number, thread in enumerate(threads, 1)}
    output = recorder.timings.get("output")
    caller = output.thread[0] if output is not None else None
    events: list[dict[str, Any]] = [
        {
            "name": "thread_name",
            "ph": "M",
            "pid": 1,
            "tid": track,
            "args": {"name": "caller" if thread == caller else f"thread {track}"},
        }
        for thread, track in tracks.items()
    ]
    for stage, timings in recorder.timings.items():
        runs = zip(timings.frame, timings.start, timings.end, timings.thread, strict=True)
        events.extend(
            {
                "name": stage,
                "ph": "X",
                "pid": 1,
                "tid": tracks[thread],
                "ts": start * 1e6,
                "dur": (end - start) * 1e6,
                "args": {"frame": frame % SOURCE},
            }
            for frame, start, end, thread in runs
        )
    return {"traceEvents": events, "displayTimeUnit": "ms"}
