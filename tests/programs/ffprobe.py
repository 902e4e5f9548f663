"""What FFmpeg of the system, not PyAV's, says of a file."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")


def ffprobe(path: Path) -> dict[str, Any]:
    """Its container, streams, and times of pictures."""
    command = [
        *("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams"),
        *("-show_entries", "frame=media_type,best_effort_timestamp_time", str(path)),
    ]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    said: dict[str, Any] = json.loads(run.stdout)
    return said | {"complaints": run.stderr}


def picture_times(said: dict[str, Any]) -> list[float]:
    """Seconds at which pictures are seen, from the container's start."""
    start = float(said["format"].get("start_time", 0))
    return [
        float(frame["best_effort_timestamp_time"]) - start
        for frame in said["frames"]
        if frame["media_type"] == "video"
    ]


def streams(said: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Those of a kind, `video` or `audio`."""
    return [stream for stream in said["streams"] if stream["codec_type"] == kind]
