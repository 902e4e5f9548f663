"""Sums a person up: seconds, shares, episodes, transitions, entropy and valence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.report.analysis.episodes import Episode, Run
from fer_video.exporters.report.recorded.recording import STATUSES, Floats, Recording
from fer_video.exporters.report.recorded.tracks import Track, valence

Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """How a person showed one expression; None where it cannot be said."""

    share: float | None
    """Share of the valid time in which it was the recorded label, 0..1."""
    mean: float | None
    """Mean smoothed score over the valid time."""
    peak: float | None
    """Highest smoothed score of the valid time."""
    episodes: int
    """Number of episodes that begin in the time summed up."""
    per_minute: float | None
    """Episodes a minute of valid time."""
    episode_mean: float | None
    """Seconds of an episode, on average."""
    episode_median: float | None
    """Seconds of an episode, the median."""
    episode_longest: float | None
    """Seconds of the longest episode."""
    latency: float | None
    """Seconds of the time summed up that pass before the first episode, missing ones among them but
    for those left out."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What one person did in one video, or in a part of it."""

    file: str
    """Name of the video."""
    person: str
    """Name of the person, or the number of the identity."""
    condition: str
    """Name of the part that a mark sets apart; empty for the whole."""
    identities: int
    """How many identities of the records the person is made of."""
    observed: float
    """Seconds of the video, lost ones among them: the valid and all missing ones."""
    in_view: float
    """Seconds in which the person's face was found."""
    valid: float
    """Seconds in which an expression was read and counts."""
    missing: dict[str, float]
    """Seconds that are missing, by reason, of `REASONS`."""
    labels: dict[str, LabelSummary]
    """By label, in the network's order."""
    transitions: int
    """How often the recorded label changed, without more than a bridged gap in between."""
    entropy: float | None
    """Of the shares of the labels, in bits: 0 for one label alone (Shannon, 1948)."""
    valence: float | None
    """Mean of happy minus the strongest negative expression, -1..1."""

    @property
    def transitions_per_minute(self) -> float | None:
        """Changes of the label a minute of valid time."""
        return _over(self.transitions, self.valid / 60)


def summarise(
    track: Track,
    episodes: Sequence[Episode],
    runs: Sequence[Run],
    chosen: Chosen,
    condition: str = "",
) -> Summary:
    """Sum up one person over the chosen frames of a video.

    Args:
        track: the person.
        episodes: all of that person, see `find_episodes`.
        runs: of that person, see `find_runs`.
        chosen: (F,) whether each frame of the video is summed up; an episode, or a change of the
            label, belongs to the frame in which it begins.
        condition: what the chosen frames are called.
    """
    recording, rows = track.recording, chosen[track.frames]
    lasting = np.where(chosen & ~track.excluded, recording.durations + recording.lost, 0)
    passed = np.append(0, np.cumsum(lasting))
    held = [one for one in episodes if _begins_in(recording, chosen, one.start)]
    changes = [run for run in runs if run.joined and _begins_in(recording, chosen, run.start)]
    valid = rows & track.valid
    weights, seconds = track.durations[valid], float(track.durations[valid].sum())
    labels = {
        label: _of_label(
            [one for one in held if one.label == label],
            track.scores[valid, index],
            weights * (track.expressions[valid] == index),
            weights,
            lambda time: float(passed[_frame_at(recording, time)]),
        )
        for index, label in enumerate(track.labels)
    }
    observed, missing = _missing(track, chosen)
    return Summary(
        recording.name,
        track.person,
        condition,
        len(np.unique(track.ids[rows])),
        observed,
        float(track.durations[rows & (track.statuses != STATUSES.index("excluded"))].sum()),
        seconds,
        missing,
        labels,
        len(changes),
        _entropy([one.share for one in labels.values()]),
        _over(float(weights @ valence(track.labels, track.scores[valid])), seconds),
    )


def _begins_in(recording: Recording, chosen: Chosen, time: float) -> bool:
    return bool(chosen[_frame_at(recording, time)])


def _frame_at(recording: Recording, time: float) -> int:
    """Place of the frame that is shown at a time, among the video's."""
    return int(np.searchsorted(recording.times, time, side="right")) - 1


def _missing(track: Track, chosen: Chosen) -> tuple[float, dict[str, float]]:
    """Seconds observed, and those missing by reason."""
    recording, left = track.recording, chosen & ~track.excluded
    rows = left[track.frames]
    lasting = float(recording.durations[left].sum())
    lost = float(recording.lost[left].sum())
    out = chosen & track.excluded
    excluded = float((recording.durations[out] + recording.lost[out]).sum())
    poor = {
        name: float(track.durations[rows & (track.statuses == STATUSES.index(name))].sum())
        for name in ("low_quality", "uncertain")
    }
    away = np.ones(len(recording.times), bool)
    away[track.frames] = False
    no_face = float(recording.durations[left & away].sum())
    missing = {"no_face": no_face, **poor, "dropped": lost, "excluded": excluded}
    return lasting + lost + excluded, missing


def _of_label(
    episodes: Sequence[Episode],
    scores: Floats,
    shown: Floats,
    weights: Floats,
    passed: Callable[[float], float],
) -> LabelSummary:
    seconds = float(weights.sum())
    lasting = [one.duration for one in episodes]
    return LabelSummary(
        _over(float(shown.sum()), seconds),
        _over(float(weights @ scores), seconds),
        float(scores.max()) if len(scores) else None,
        len(episodes),
        _over(len(episodes), seconds / 60),
        float(np.mean(lasting)) if lasting else None,
        float(np.median(lasting)) if lasting else None,
        max(lasting) if lasting else None,
        passed(min(one.start for one in episodes)) if episodes else None,
    )


def _over(amount: float, whole: float) -> float | None:
    """A share or rate; None of nothing, and of what is no number."""
    return amount / whole if whole > 0 and np.isfinite(amount) else None


def _entropy(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    if not known:
        return None
    positive = np.array([share for share in known if share > 0])
    return float(abs(-(positive * np.log2(positive)).sum()))


def together(name: str, parts: Sequence[Summary]) -> Summary:
    """One person over several videos: seconds and counts are added, means weighed by valid time.

    The latency is the mean over the videos in which the expression was shown, and the median
    duration that of the videos' medians: None where there is none.

    Args:
        name: what is called the file of the sum.
        parts: the person's summaries, one a video; at least one.
    """
    labels = {
        label: _together([part.labels[label] for part in parts], parts) for label in parts[0].labels
    }
    return Summary(
        name,
        parts[0].person,
        parts[0].condition,
        sum(part.identities for part in parts),
        sum(part.observed for part in parts),
        sum(part.in_view for part in parts),
        sum(part.valid for part in parts),
        {name: sum(part.missing[name] for part in parts) for name in parts[0].missing},
        labels,
        sum(part.transitions for part in parts),
        _entropy([one.share for one in labels.values()]),
        _weighed([part.valence for part in parts], [part.valid for part in parts]),
    )


def _together(ones: Sequence[LabelSummary], parts: Sequence[Summary]) -> LabelSummary:
    seconds, counts = [part.valid for part in parts], [one.episodes for one in ones]
    peaks = [one.peak for one in ones if one.peak is not None]
    longest = [one.episode_longest for one in ones if one.episode_longest is not None]
    medians = [one.episode_median for one in ones if one.episode_median is not None]
    latencies = [one.latency for one in ones if one.latency is not None]
    return LabelSummary(
        _weighed([one.share for one in ones], seconds),
        _weighed([one.mean for one in ones], seconds),
        max(peaks, default=None),
        sum(counts),
        _over(sum(counts), sum(seconds) / 60),
        _weighed([one.episode_mean for one in ones], counts),
        float(np.median(medians)) if medians else None,
        max(longest, default=None),
        float(np.mean(latencies)) if latencies else None,
    )


def _weighed(values: Sequence[float | None], weights: Sequence[float]) -> float | None:
    known = [(v, w) for v, w in zip(values, weights, strict=True) if v is not None]
    return _over(sum(v * w for v, w in known), sum(w for _, w in known))
