"""The tables of results: episodes, summaries and transitions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from fer_video.exporters.report.analysis.episodes import Episode
from fer_video.exporters.report.analysis.events import WINDOW_S, Response
from fer_video.exporters.report.analysis.study import Study, Subject
from fer_video.exporters.report.analysis.summary import Summary
from fer_video.exporters.report.analysis.transitions import count_transitions
from fer_video.exporters.report.recorded.about import About
from fer_video.exporters.report.recorded.recording import REASONS
from fer_video.exporters.report.tables.table import FILE, PERSON, VALENCE, Column, Table, slugs

_OF_LABEL: tuple[tuple[str, str, str, str], ...] = (
    ("share", "share", "Share of the valid time in which the recorded label was {}", "0..1"),
    ("mean", "mean", "Mean smoothed score of {} over the valid time", "0..1"),
    ("peak", "peak", "Highest smoothed score of {}", "0..1"),
    ("episodes", "episodes", "Number of episodes of {}", ""),
    ("per_minute", "per_minute", "Episodes of {} a minute of valid time", "1/min"),
    ("episode_mean_s", "episode_mean", "Mean duration of the episodes of {}", "s"),
    ("episode_median_s", "episode_median", "Median duration of the episodes of {}", "s"),
    ("episode_longest_s", "episode_longest", "Duration of the longest episode of {}", "s"),
    (
        "latency_s",
        "latency",
        "Time from the beginning of what is summed up to the first episode of {}: missing time "
        "counts, what is excluded or of another condition does not",
        "s",
    ),
)
"""End of the column's name, field of `LabelSummary`, what is told, unit."""


def episodes(study: Study) -> Table:
    """One row an episode, in order of the videos, their people and the time."""
    rows = [
        (subject, episode)
        for video in study.videos
        for subject in video.subjects
        for episode in sorted(subject.episodes, key=lambda one: (one.start, one.label))
    ]

    def of_episode(value: Callable[[Episode], Any]) -> list[Any]:
        return [value(episode) for _, episode in rows]

    return Table(
        "episodes",
        (
            Column("file", [subject.track.recording.name for subject, _ in rows], FILE),
            Column("person", [subject.name for subject, _ in rows], PERSON),
            Column("expression", of_episode(lambda one: one.label), "Expression that is shown"),
            Column("start_s", of_episode(lambda one: one.start), "Time at which it begins", "s"),
            Column("end_s", of_episode(lambda one: one.end), "Time at which it ends", "s"),
            Column("duration_s", of_episode(lambda one: one.duration), "Time that it lasts", "s"),
            Column("peak", of_episode(lambda one: one.peak), "Highest smoothed score", "0..1"),
            Column("peak_time_s", of_episode(lambda one: one.peak_time), "Time of the peak", "s"),
            Column("mean", of_episode(lambda one: one.mean), "Mean smoothed score", "0..1"),
        ),
    )


def summaries(
    name: str, rows: Sequence[Summary], labels: Sequence[str], about: About | None = None
) -> Table:
    """One row a summary.

    Args:
        name: name of the table.
        rows: the summaries.
        labels: of the network.
        about: what is known of the runs, to say whose records are complete; None where the rows
            are of several videos.
    """
    columns = (*_of_time(rows), *_of_labels(rows, labels))
    if about is None:
        return Table(name, columns)
    told = "Whether the video was read to its end, without loss; empty if the run did not tell"
    whole = [about.get(row.file, {}).get("complete") for row in rows]
    return Table(name, (*columns, Column("complete", whole, told)))


def _of_time(rows: Sequence[Summary]) -> Iterator[Column]:
    def column(name: str, value: Callable[[Summary], Any], told: str, unit: str = "") -> Column:
        return Column(name, [value(row) for row in rows], told, unit)

    yield column("file", lambda row: row.file, FILE)
    yield column("person", lambda row: row.person, PERSON)
    yield column(
        "condition", lambda row: row.condition or None, "Part of the video; empty for all of it"
    )
    yield column("ids", lambda row: row.identities, "Number of identities that the person is of")
    yield column("observed_s", lambda row: row.observed, "Time of the video, valid or missing", "s")
    yield column("in_view_s", lambda row: row.in_view, "Time in which the face was found", "s")
    yield column("valid_s", lambda row: row.valid, "Time of which an expression was read", "s")
    yield column(
        "valid_share",
        lambda row: _share(row.valid, row),
        "Valid share of the observed time",
        "0..1",
    )
    for reason in REASONS:
        seconds = [row.missing[reason] for row in rows]
        shares = [_share(row.missing[reason], row) for row in rows]
        told = f"ime that is missing: {reason}"
        yield Column(f"missing_{reason}_s", seconds, f"T{told}", "s")
        yield Column(f"missing_{reason}_share", shares, f"Share of the observed t{told}", "0..1")
    yield column("transitions", lambda row: row.transitions, "Number of changes of the label")
    yield column(
        "transitions_per_minute",
        lambda row: row.transitions_per_minute,
        "Changes of the label a minute of valid time",
        "1/min",
    )
    yield column("entropy", lambda row: row.entropy, "Entropy of the labels' shares", "bit")
    yield column("valence_mean", lambda row: row.valence, f"{VALENCE}, mean of valid time", "-1..1")


def _share(seconds: float, row: Summary) -> float | None:
    return seconds / row.observed if row.observed else None


def _of_labels(rows: Sequence[Summary], labels: Sequence[str]) -> Iterator[Column]:
    for label, name in zip(labels, slugs(labels), strict=True):
        for end, field, told, unit in _OF_LABEL:
            values = [getattr(row.labels[label], field) for row in rows]
            yield Column(f"{name}_{end}", values, told.format(label), unit)


def transitions(study: Study) -> Table:
    """One row for each pair of labels that a person's label changed between."""
    rows = [
        (subject, study.labels[before], study.labels[after], int(count), int(counts[before].sum()))
        for video in study.videos
        for subject in video.subjects
        for counts in [count_transitions(subject.runs, study.labels)]
        for (before, after), count in np.ndenumerate(counts)
        if count
    ]
    return Table(
        "transitions",
        (
            Column("file", [row[0].track.recording.name for row in rows], FILE),
            Column("person", [row[0].name for row in rows], PERSON),
            Column("from_expression", [row[1] for row in rows], "Label before the change"),
            Column("to_expression", [row[2] for row in rows], "Label after it"),
            Column("count", [row[3] for row in rows], "Number of such changes"),
            Column(
                "share",
                [count / total for *_, count, total in rows],
                "Share of all changes from the label before",
                "0..1",
            ),
            Column(
                "per_minute",
                [_rate(row[0], row[3]) for row in rows],
                "Such changes a minute of valid time",
                "1/min",
            ),
        ),
    )


def _rate(subject: Subject, count: int) -> float | None:
    return count / subject.summary.valid * 60 if subject.summary.valid else None


def events(responses: Sequence[Response]) -> Table:
    """One row for each event, person and expression."""

    def column(name: str, value: Callable[[Response], Any], told: str, unit: str = "") -> Column:
        return Column(name, [value(one) for one in responses], told, unit)

    before, after = "in the seconds before the event", "after it, or while it lasts"
    return Table(
        "events",
        (
            column("file", lambda one: one.event.video, FILE),
            column("person", lambda one: one.subject.name, PERSON),
            column("event", lambda one: one.event.label, "Name of the event"),
            column("start_s", lambda one: one.event.start, "Time at which it begins", "s"),
            column("end_s", lambda one: one.event.end, "Time at which it ends", "s"),
            column("expression", lambda one: one.label, "Expression that is looked at"),
            column("before", lambda one: one.before, f"Mean smoothed score {before}", "0..1"),
            column("after", lambda one: one.after, f"Mean smoothed score {after}", "0..1"),
            column(
                "latency_s",
                lambda one: one.latency,
                f"Time until its first episode that begins in the {WINDOW_S:g} s after the event, "
                "or while it lasts; empty if none does",
                "s",
            ),
            column(
                "area", lambda one: one.area, f"Score above that before, summed {after}", "score*s"
            ),
        ),
    )
