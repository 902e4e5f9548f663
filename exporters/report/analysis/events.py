"""What each expression did around an event: before, after, how soon and how much."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fer_video.exporters.report.analysis.study import Study, Subject
from fer_video.exporters.report.recorded.recording import Floats
from fer_video.exporters.report.sheets.marks import Mark

WINDOW_S = 2.0
"""Seconds before an event, and after a moment, that are looked at."""


@dataclass(frozen=True, slots=True)
class Response:
    """One expression of one person around one event."""

    subject: Subject
    """The person."""
    event: Mark
    """What happened."""
    label: str
    """The expression."""
    before: float | None
    """Mean smoothed score in the seconds before; None if nothing was read."""
    after: float | None
    """Mean smoothed score in the seconds after, or during an event that lasts."""
    latency: float | None
    """Seconds from the event to the first episode that begins in those; None if none does."""
    area: float | None
    """Integral of the score above its mean before, over those seconds, in score x seconds."""


def responses(study: Study, window: float = WINDOW_S) -> Iterator[Response]:
    """Everybody's expressions around every event of the video that they are in.

    Args:
        study: the videos.
        window: seconds to look at before an event, and after one that is a moment.
    """
    for video in study.videos:
        for event in video.events:
            for subject in video.subjects:
                yield from _responses(subject, event, window)


def _responses(subject: Subject, event: Mark, window: float) -> Iterator[Response]:
    end = event.end if event.end > event.start else event.start + window
    ahead = _seconds_within(subject, event.start - window, event.start)
    during = _seconds_within(subject, event.start, end)
    for index, label in enumerate(subject.track.labels):
        scores = subject.track.scores[:, index]
        before, after = _mean(scores, ahead), _mean(scores, during)
        starts = [
            episode.start - event.start
            for episode in subject.episodes
            if episode.label == label and event.start <= episode.start < end
        ]
        area = None if before is None or after is None else (after - before) * float(during.sum())
        yield Response(subject, event, label, before, after, min(starts, default=None), area)


def _seconds_within(subject: Subject, start: float, end: float) -> Floats:
    """Seconds of each valid face's frame that lie within a stretch, others 0: (N,)."""
    track = subject.track
    shared = np.minimum(track.starts + track.durations, end) - np.maximum(track.starts, start)
    return np.where(track.valid, np.maximum(shared, 0.0), 0.0)


def _mean(scores: Floats, seconds: Floats) -> float | None:
    counted = seconds > 0
    if not counted.any():
        return None
    return float(np.average(scores[counted], weights=seconds[counted]))
