"""A person's timeline: a lane for each expression, the label as a ribbon, missing time, marks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.report.analysis.missing import stretches
from fer_video.exporters.report.analysis.parts import (
    PartLane,
    has_quality,
    part_lanes,
    spans,
    spoken,
)
from fer_video.exporters.report.analysis.study import Subject, Video
from fer_video.exporters.report.pictures.colours import MISSING, colours
from fer_video.exporters.report.recorded.recording import Floats, Ints
from fer_video.exporters.report.recorded.tracks import EXCLUDED, Track

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BINS = 1500
"""Points of a line at most; more than a page has dots."""
_OPEN_S = 0.2
"""Seconds without a valid reading from which the line is open."""
_MANY = 400
"""Stretches of a ribbon above which a vector picture holds it as dots, to stay small."""


def timeline(video: Video, subject: Subject) -> "Figure":
    """The timeline of one person in one video.

    A lane has the smoothed score between 0 and 1, open where nothing valid was read, and a bar
    on its top where there is an episode. Where a video has more frames than a page has dots, the
    line is the mean and the light area behind it reaches from the lowest to the highest. Parts of
    the face have ribbons in the colour of what each says, and a line tells whether it is well to be
    seen, where they were recorded.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - a quarter of a second

    labels, parts = video.recording.labels, part_lanes(subject.track)
    measured = has_quality(subject.track)
    ratios = [*[1.0] * len(labels), 0.45, *[0.3] * len(parts), *[0.5] * measured, 0.35]
    height = 1.6 + 0.72 * len(labels) + 0.3 * len(parts) + 0.45 * measured + 0.6
    figure = Figure(figsize=(11, height), layout="constrained")
    axes = figure.subplots(len(ratios), 1, sharex=True, height_ratios=ratios)
    for index, label in enumerate(labels):
        _draw_lane(axes[index], subject, index, colours(labels)[label])
        axes[index].set_ylabel(label, rotation=0, ha="right", va="center")
    ribbon, *lanes = axes[len(labels) :]
    _draw_ribbon(ribbon, subject)
    for axis, lane in zip(lanes, parts, strict=False):
        _draw_part(axis, lane, labels)
    if measured:
        _draw_quality(axes[-2], subject)
    _draw_missing(axes[-1], subject)
    for axis in axes[:-1]:
        _draw_marks(axis, video, named=axis is axes[0])
    axes[-1].set(xlabel="time in s")
    if video.recording.end > video.recording.times[0]:
        axes[-1].set_xlim(video.recording.times[0], video.recording.end)
    figure.suptitle(f"{video.name}, {subject.name}: smoothed scores, 0 to 1", fontsize=11)
    return figure


def _draw_lane(axis: "Axes", subject: Subject, index: int, colour: str) -> None:
    track = subject.track
    times, low, mean, high = _line(track, track.scores[:, index], track.valid)
    axis.fill_between(times, low, high, color=colour, alpha=0.3, linewidth=0)
    axis.plot(times, mean, color=colour, linewidth=0.9)
    label = subject.track.labels[index]
    spans = [(one.start, one.duration) for one in subject.episodes if one.label == label]
    axis.broken_barh(spans, (1.06, 0.12), color=colour, rasterized=len(spans) > _MANY)
    axis.set(ylim=(0, 1.22), yticks=(0, 0.5, 1), yticklabels=("0", "", "1"))
    axis.grid(axis="y", linewidth=0.4, color="#DDDDDD")
    _bare(axis)


def _line(
    track: Track, values: Floats, valid: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Times, and lowest, mean and highest value there; NaN in gaps, so that the line is open."""
    chosen = np.flatnonzero(valid)
    starts, scores = track.starts[chosen], values[chosen]
    if not len(chosen):
        return starts, scores, scores, scores
    ends, bins = starts + track.durations[chosen], np.arange(len(chosen))
    if len(chosen) > 2 * _BINS:
        first, last = track.recording.times[0], track.recording.end
        bins = ((starts - first) / (last - first) * _BINS).astype(int)
    heads = np.flatnonzero(np.append(True, bins[1:] != bins[:-1]))
    counts = np.diff(np.append(heads, len(chosen)))
    times, until = starts[heads], ends[heads + counts - 1]
    away = np.flatnonzero(times[1:] - until[:-1] > _OPEN_S)
    low, high = np.minimum.reduceat(scores, heads), np.maximum.reduceat(scores, heads)
    mean = np.add.reduceat(scores, heads) / counts
    at = np.repeat(away + 1, 2)
    times = np.append(np.insert(times, at, np.repeat(until[away], 2)), until[-1])
    return times, _opened(low, away), _opened(mean, away), _opened(high, away)


def _opened(values: Floats, away: Ints) -> Floats:
    """Values that hold to the end of their frame, and then break off: at some places and at the
    end."""
    held = np.column_stack([values[away], np.full(len(away), np.nan)]).ravel()
    return np.append(np.insert(values, np.repeat(away + 1, 2), held), values[-1])


def _draw_ribbon(axis: "Axes", subject: Subject) -> None:
    given = colours(subject.track.labels)
    for label in subject.track.labels:
        spans = [(run.start, run.end - run.start) for run in subject.runs if run.label == label]
        axis.broken_barh(spans, (0, 1), color=given[label], rasterized=len(spans) > _MANY)
    axis.set(ylim=(0, 1), yticks=())
    axis.set_ylabel("label", rotation=0, ha="right", va="center")
    _bare(axis)


def _draw_part(axis: "Axes", lane: PartLane, labels: Sequence[str]) -> None:
    for place, label in enumerate(labels):
        said = [*spans(lane, place)]
        axis.broken_barh(said, (0, 1), color=colours(labels)[label], rasterized=len(said) > _MANY)
    axis.set(ylim=(0, 1), yticks=())
    axis.set_ylabel(spoken(lane.name), rotation=0, ha="right", va="center")
    _bare(axis)


def _draw_quality(axis: "Axes", subject: Subject) -> None:
    """Of every face that was found, those that are too poor to be read among them."""
    track = subject.track
    assert track.recording.quality is not None
    quality = track.recording.quality[track.faces]
    measured = ~np.isnan(quality) & (track.statuses != EXCLUDED)
    times, low, mean, high = _line(track, quality, measured)
    axis.fill_between(times, low, high, color="black", alpha=0.2, linewidth=0)
    axis.plot(times, mean, color="black", linewidth=0.7)
    axis.set(ylim=(0, 1.05), yticks=(0, 0.5, 1), yticklabels=("no", "", "yes"))
    axis.grid(axis="y", linewidth=0.4, color="#DDDDDD")
    axis.set_ylabel("seen well", rotation=0, ha="right", va="center")
    _bare(axis)


def _draw_missing(axis: "Axes", subject: Subject) -> None:
    parts = [one for one in stretches(subject) if one.status != "ok"]
    for reason in {one.status: None for one in parts}:
        colour, hatch = MISSING[reason]
        spans = [(one.start, one.end - one.start) for one in parts if one.status == reason]
        axis.broken_barh(
            spans,
            (0, 1),
            facecolor=colour,
            hatch=hatch,
            edgecolor="#777777",
            linewidth=0.3,
            label=reason.replace("_", " "),
            rasterized=len(spans) > _MANY,
        )
    axis.set(ylim=(0, 1), yticks=())
    axis.set_ylabel("missing", rotation=0, ha="right", va="center")
    if parts:
        axis.legend(
            loc="upper center", bbox_to_anchor=(0.5, -1.9), ncols=5, frameon=False, fontsize=8
        )
    _bare(axis)


def _draw_marks(axis: "Axes", video: Video, *, named: bool) -> None:
    for mark in video.marks:
        if mark.kind == "exclude":
            continue
        style = "-" if mark.kind == "event" else ":"
        axis.axvline(mark.start, color="black", linewidth=0.8, linestyle=style)
        if mark.end > mark.start:
            axis.axvline(mark.end, color="black", linewidth=0.5, linestyle=":")
        if named:
            axis.annotate(
                mark.label,
                (mark.start, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(2, 2),
                textcoords="offset points",
                fontsize=8,
                annotation_clip=False,
            )


def _bare(axis: "Axes") -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)
