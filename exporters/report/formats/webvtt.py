"""WebVTT: captions for people, and a track of metadata for players and scripts."""

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path

from fer_video.exporters.data.atomic import write_text
from fer_video.exporters.report.analysis.study import Video


def write_webvtt(video: Video, stem: Path) -> None:
    """Write STEM.vtt, a caption for each stretch of a label, and STEM.metadata.vtt, JSON for each
    episode.

    Raises:
        OutputError: they cannot be written.
    """
    captions = [
        (run.start, run.end, f"<v {_voice(subject.name)}>{escape(run.label, quote=False)}")
        for subject in video.subjects
        for run in subject.runs
    ]
    write_text(stem.with_name(f"{stem.name}.vtt"), _track(captions))
    cues = [
        (one.start, one.end, _json(subject.name, one.label, one.peak, one.peak_time, one.mean))
        for subject in video.subjects
        for one in subject.episodes
    ]
    write_text(stem.with_name(f"{stem.name}.metadata.vtt"), _track(cues))


def _voice(name: str) -> str:
    return escape(" ".join(name.split()), quote=False)


def _json(person: str, label: str, peak: float, peak_time: float, mean: float) -> str:
    told = {"person": person, "expression": label, "peak": peak, "peak_time": peak_time}
    return json.dumps(told | {"mean": round(mean, 4)}).replace(">", "\\u003e")


def _track(cues: Iterable[tuple[float, float, str]]) -> str:
    """In order of time, as players want them; none is empty."""
    lines = (
        f"{_time(start)} --> {_time(max(end, start + 0.001))}\n{text}\n"
        for start, end, text in sorted(cues)
    )
    return "\n".join(["WEBVTT\n", *lines])


def _time(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
