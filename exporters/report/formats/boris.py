"""BORIS: a project of state events, in which a person can correct the machine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fer_video.exporters.data.atomic import write_json
from fer_video.exporters.report.analysis.study import Study, Video
from fer_video.exporters.report.pictures.colours import colours
from fer_video.exporters.report.recorded.about import About, options_of
from fer_video.exporters.report.recorded.media import find_video
from fer_video.exporters.report.recorded.recording import Recording

_VERSION = "7.0"
"""Format of the project, which BORIS 7 to 9 open."""
_PLAYERS = 8
_FREQUENT_S = 0.2
"""Seconds between frames up to which a film is taken as read whole where its run told nothing."""


def write_boris(study: Study, path: Path, about: About) -> None:
    """Write a project with one observation a video, one subject a person, one behaviour a label.

    Each stretch of a label is a state event, which starts and stops.

    Args:
        study: what is written.
        path: the project's file.
        about: what is known of the runs, by video.

    Raises:
        OutputError: it cannot be written.
    """
    people = dict.fromkeys(one.name for video in study.videos for one in video.subjects)
    given = colours(study.labels)
    keys = _keys(study.labels)
    write_json(
        path,
        {
            "time_format": "hh:mm:ss",
            "project_date": _date(study.videos[0]),
            "project_name": "fer-video",
            "project_description": "Labels that fer-video read, to be corrected by hand",
            "project_format_version": _VERSION,
            "subjects_conf": {
                str(place): {"key": "", "name": name, "description": ""}
                for place, name in enumerate(people)
            },
            "behaviors_conf": {
                str(place): {
                    "type": "State event",
                    "key": keys[label],
                    "code": label,
                    "description": "",
                    "color": given[label],
                    "category": "",
                    "modifiers": {},
                    "excluded": ",".join(other for other in study.labels if other != label),
                    "coding map": "",
                }
                for place, label in enumerate(study.labels)
            },
            "observations": {
                video.name: _observation(video, options_of(about, video.name))
                for video in study.videos
            },
            "behavioral_categories": [],
            "behavioral_categories_config": {},
            "independent_variables": {},
            "coding_map": {},
            "behaviors_coding_map": [],
            "converters": {},
        },
    )


def _date(video: Video) -> str:
    changed = datetime.fromtimestamp(video.recording.origin.stat().st_mtime, UTC)
    return changed.isoformat(timespec="seconds").removesuffix("+00:00")


def _keys(labels: tuple[str, ...]) -> dict[str, str]:
    """A key for each label: its first letter that is free, or a digit."""
    taken: dict[str, str] = {}
    for label in labels:
        letters = [*(letter for letter in label.lower() if letter.isalnum()), *"123456789"]
        taken[label] = next((one for one in letters if one not in taken.values()), "")
    return taken


def _observation(video: Video, options: Mapping[str, Any]) -> dict[str, Any]:
    recording = video.recording
    found = find_video(recording)
    file = recording.source if found is None else str(found.resolve())
    usual = float(np.median(recording.durations))
    whole = usual > 0 and _is_whole(recording, usual, options)
    told = {"length": recording.end, "fps": 1 / usual if whole else 0.0}
    return {
        "file": {str(n + 1): [file] if n == 0 else [] for n in range(_PLAYERS)},
        "type": "MEDIA",
        "date": _date(video),
        "description": "",
        "time offset": 0.0,
        "events": _events(video, whole=whole),
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "close_behaviors_between_videos": False,
        "media_info": {
            **{name: {file: value} for name, value in told.items()},
            "hasVideo": {file: True},
            "hasAudio": {file: False},
            "offset": {"1": 0.0},
        },
    }


def _is_whole(recording: Recording, usual: float, options: Mapping[str, Any]) -> bool:
    """Whether the frames read are the film's, one by one from its beginning, as far as is known;
    else their numbers and their rate are not the film's."""
    file = options.get("file")
    if isinstance(file, dict):
        return not file.get("start") and not file.get("every")
    return max(usual, float(recording.times[0])) <= _FREQUENT_S


def _events(video: Video, *, whole: bool) -> list[list[Any]]:
    """Time, subject, behaviour, modifier, comment and frame of each start and stop, by time.

    A stop comes before a start of the same moment. Of a film that was not read whole the frame is
    not known, as BORIS spells it.
    """
    edges = [
        (round(time, 3), starts, subject.name, run.label)
        for subject in video.subjects
        for run in subject.runs
        for time, starts in ((run.start, True), (max(run.end, run.start + 0.001), False))
    ]
    return [
        [time, person, label, "", "", _frame_at(video.recording, time) if whole else "NA"]
        for time, _, person, label in sorted(edges)
    ]


def _frame_at(recording: Recording, time: float) -> int:
    """Number of the frame that is shown at a time of whole milliseconds."""
    place = int(np.searchsorted(recording.times, time + 5e-4)) - 1
    return int(recording.frames[max(0, place)])
