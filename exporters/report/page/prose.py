"""The report in words: times and shares for people, and how far to trust it."""

from collections.abc import Iterator

import numpy as np

from fer_video.exporters.report.analysis.study import Study
from fer_video.exporters.report.page.credentials import credentials
from fer_video.exporters.report.recorded.about import About, all_networks, incomplete
from fer_video.exporters.report.recorded.recording import Recording

REASONS_TOLD = {
    "no_face": "the person was not found: out of the picture, turned away, or hidden.",
    "low_quality": "the face was found, and too small, dark, blurred or turned to be read.",
    "uncertain": "no expression reached the confidence that was asked for, or the network's.",
    "dropped": "there is no picture: frames were dropped, or the stream was away.",
    "excluded": "it was left out by hand.",
}
"""What each reason means, by its name."""
_SMALL = 48
"""Pixels of a face's height below which expressions are read badly."""


def seconds(time: float) -> str:
    """A time for people: 12.3 s, or 1:02:03."""
    if time < 120:
        return f"{time:.1f} s"
    whole = round(time)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02} min"


def share(part: float, whole: float) -> str:
    """A part of something in percent; a dash of nothing."""
    return f"{part / whole:.1%}" if whole else "-"


def trust(study: Study, about: About) -> Iterator[str]:
    """What speaks for and against the numbers, a sentence each."""
    yield (
        "A score is what a network says of a picture, not what a person feels. A small share of "
        "an expression may be the network's errors alone."
    )
    yield from (
        f"The records of {video} are incomplete: {lost}." for video, lost in incomplete(about)
    )
    told = all_networks(about, [video.name for video in study.videos])
    known = [name for name, sha256 in told if sha256]
    if len(set(known)) < len(known):
        yield "The videos were read by different networks of one name: see their SHA-256."
    yield from dict.fromkeys(
        sentence for (name, _), network in told.items() for sentence in credentials(name, network)
    )
    if not told:
        yield (
            "Which network read the faces is not told: there is no about.json of these records "
            "beside them. `fer-video models` prints the figures and limits of the packaged ones."
        )
    for video in study.videos:
        if stale := about.get(video.name, {}).get("stale"):
            yield f"{video.name}: {stale}"
        if video.subjects:
            yield f"{video.name}: {_faces(video.recording)}"


def _faces(recording: Recording) -> str:
    heights, surety = recording.boxes[:, 3], recording.detection
    small = share(float((heights < _SMALL).sum()), len(heights))
    return (
        f"half of the faces are higher than {np.median(heights):.0f} pixels, {small} are under "
        f"{_SMALL}; the detector's confidence is {np.median(surety):.2f} in the median; "
        f"{_rest(recording)}."
    )


def _rest(recording: Recording) -> str:
    """Of how many faces the scores are counted from rest, and what may be wrong with others."""
    if recording.calibrated.all():
        return "scores are counted from each face's rest (calibrated)"
    told = "scores are not calibrated"
    if recording.calibrated.any():
        part = share(float(recording.calibrated.sum()), len(recording.ids))
        told = (
            f"of {part} of the faces scores are counted from rest (calibrated), of the others not"
        )
    return f"{told}: a face that rests sourly may be read as angry or disgusted"
