"""What is wrong with the results that a run left: records and pictures that disagree."""

import json
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

_TICK = 0.0015
"""Seconds that a time may change in a container that counts milliseconds."""
_SETTLED = 3.0
"""Seconds of film after which the first is written, whatever the encoder holds back."""


def disagreements(folder: Path, extension: str) -> list[str]:
    """What is wrong with the results of a run that has ended."""
    video, records = folder / f"out.{extension}", folder / "out.jsonl"
    left = {path.name for path in folder.iterdir()}
    if not left:
        return []
    if left != {video.name, records.name}:
        return [f"{extension}: left are {', '.join(sorted(left))}"]
    rows = [json.loads(line) for line in records.read_text("utf-8").splitlines()]
    times = [row["time"] for row in rows]
    faults = []
    if [row["frame"] for row in rows] != list(range(len(rows))):
        faults.append("records are not numbered without gaps")
    if not all(earlier < later for earlier, later in pairwise(times)):
        faults.append("times of records do not increase")
    seen = shown(video)
    if len(seen) != len(rows):
        faults.append(f"{extension}: {len(seen)} pictures, {len(rows)} records")
    elif seen and np.ptp(np.subtract(seen, times)) > 2 * _TICK:
        faults.append(f"{extension}: a picture {np.ptp(np.subtract(seen, times)):.3f} s off")
    return faults


def shown(video: Path) -> list[float]:
    """Times of a video's pictures in seconds; none of one that cannot be read."""
    try:
        with av.open(str(video)) as container:
            return [picture.time or 0.0 for picture in container.decode(video=0)]
    except (av.error.FFmpegError, IndexError):
        return []


def left_by_kill(folder: Path, extension: str) -> list[str]:
    """What is wrong with what a killed run left: its video plays once its first second is there."""
    left = {path.suffix: path for path in folder.iterdir()}
    if not set(left) <= {f".{extension}", ".jsonl"}:
        return [f"left are {', '.join(sorted(path.name for path in left.values()))}"]
    lines = left[".jsonl"].read_text("utf-8").split("\n")[:-1] if ".jsonl" in left else []
    if not lines or json.loads(lines[-1])["time"] < _SETTLED:
        return []
    last = max(shown(left[f".{extension}"]), default=0.0) if f".{extension}" in left else 0.0
    return [] if last > 0.9 else [f"killed after {len(lines)} records, it plays {last:.1f} s"]
