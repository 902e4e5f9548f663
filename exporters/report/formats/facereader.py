"""Logs as FaceReader writes them, for scripts that read those.

The names of columns and what stands for missing time are that software's: FIND_FAILED where there
is no face, FIT_FAILED where it could not be read. The numbers are this program's, and not to be
compared with FaceReader's.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fer_video.exporters.data.atomic import write_text
from fer_video.exporters.data.labels import usual
from fer_video.exporters.report.analysis.missing import stretches
from fer_video.exporters.report.analysis.study import Subject, Video
from fer_video.exporters.report.recorded.recording import STATUSES
from fer_video.exporters.report.recorded.tracks import valence

_NAMES = {
    "neutral": "Neutral",
    "happy": "Happy",
    "sad": "Sad",
    "angry": "Angry",
    "surprise": "Surprised",
    "fear": "Scared",
    "disgust": "Disgusted",
}
_FAILED = {"low_quality": "FIT_FAILED", "uncertain": "FIT_FAILED"}


def write_facereader(video: Video, subject: Subject, stem: Path) -> None:
    """Write STEM_detailed.txt, a row a frame, and STEM_state.txt, a row a change of the state.

    Raises:
        OutputError: they cannot be written.
    """
    write_text(stem.with_name(f"{stem.name}_detailed.txt"), _detailed(video, subject))
    write_text(stem.with_name(f"{stem.name}_state.txt"), _state(video, subject))


def _head(video: Video, kind: str) -> list[str]:
    usual = float(np.median(video.recording.durations))
    rate = f"{1 / usual:.3f}" if usual else "0"
    return [
        f"Video analysis {kind} log",
        "",
        f"Filename:\t{video.recording.source}",
        f"Frame rate:\t{rate}",
        "",
    ]


def _name(label: str) -> str:
    return _NAMES.get(usual(label), label.title())


def _detailed(video: Video, subject: Subject) -> str:
    recording, track = video.recording, subject.track
    statuses = np.full(len(recording.times), STATUSES.index("no_face"))
    statuses[track.frames] = track.statuses
    places = np.full(len(recording.times), -1)
    places[track.frames] = np.arange(len(track.frames))
    shown = np.column_stack([track.scores, valence(track.labels, track.scores)])
    columns = [*(_name(label) for label in recording.labels), "Valence"]
    lines = [*_head(video, "detailed"), "\t".join(("Video Time", *columns))]
    for time, status, place in zip(
        recording.times.tolist(), statuses.tolist(), places.tolist(), strict=True
    ):
        if status:
            failed = _FAILED.get(STATUSES[status], "FIND_FAILED")
            cells = "\t".join([failed] * len(columns))
        else:
            cells = "\t".join(map("{:.4f}".format, shown[place].tolist()))
        lines.append(f"{_time(time)}\t{cells}")
    return "\n".join(lines) + "\n"


def _state(video: Video, subject: Subject) -> str:
    states = sorted([*_shown(subject), *_unknown(subject)])
    lines = [f"{_time(time)}\t{name}" for time, name in states]
    head = [*_head(video, "state"), "Video Time\tEmotion"]
    return "\n".join([*head, *lines, f"{_time(video.recording.end)}\tEND"]) + "\n"


def _shown(subject: Subject) -> Iterator[tuple[float, str]]:
    return ((run.start, _name(run.label)) for run in subject.runs)


def _unknown(subject: Subject) -> Iterator[tuple[float, str]]:
    """Where no run goes on: missing time that is no bridged gap, once where reasons follow."""
    ends = [run.end for run in subject.runs]
    first = stretches(subject)[0].start
    if not subject.runs or subject.runs[0].start > first:
        yield first, "Unknown"
    for end, after in zip(ends, subject.runs[1:], strict=False):
        if not after.joined and after.start > end:
            yield end, "Unknown"
    if ends and ends[-1] < subject.track.recording.end:
        yield ends[-1], "Unknown"


def _time(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
