"""Pictures of sums: shares of time, transitions, and the ribbons of many videos on one page."""

from typing import TYPE_CHECKING, Any

import numpy as np

from fer_video.exporters.report.analysis.study import Study, Subject, Video
from fer_video.exporters.report.analysis.transitions import count_transitions
from fer_video.exporters.report.pictures.colours import MISSING, colours
from fer_video.exporters.report.recorded.recording import REASONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 60
"""People on a page of several videos."""
_ROW = 0.34
"""Inches."""


def shares(video: Video, subjects: list[Subject]) -> "Figure":
    """For each person the share of the valid time by label, and all time, valid or missing."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a quarter of a second

    figure = Figure(figsize=(11, 1.7 + _ROW * len(subjects)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _stack(
        left,
        {
            label: ([one.summary.labels[label].share or 0.0 for one in subjects], colour, "")
            for label, colour in colours(video.recording.labels).items()
        },
    )
    left.set(xlim=(0, 1), xlabel="share of the valid time")
    left.set_yticks(range(len(subjects)), [one.name for one in subjects])
    left.invert_yaxis()
    parts: dict[str, tuple[list[float], str, str]] = {
        "valid": ([one.summary.valid for one in subjects], "#4D4D4D", "")
    }
    for reason in REASONS:
        seconds = [one.summary.missing[reason] for one in subjects]
        if any(seconds):
            parts[reason.replace("_", " ")] = (seconds, *MISSING[reason])
    _stack(right, parts)
    right.set(xlabel="time in s")
    for axis in (left, right):
        axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False, fontsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(video.name, fontsize=11)
    return figure


def _stack(axis: "Axes", parts: dict[str, tuple[list[float], str, str]]) -> None:
    """Horizontal bars, one part after the other; a part that is large enough has its number in."""
    begun: Any = np.zeros(len(next(iter(parts.values()))[0]))
    whole = float(np.sum([values for values, *_ in parts.values()], axis=0).max())
    for name, (values, colour, hatch) in parts.items():
        bars = axis.barh(
            range(len(values)),
            values,
            left=begun,
            height=0.7,
            color=colour,
            hatch=hatch,
            edgecolor="white" if not hatch else "#777777",
            linewidth=0.5,
            label=name,
        )
        texts = [_number(value) if value > 0.07 * whole else "" for value in values]
        numbers = axis.bar_label(bars, texts, label_type="center", fontsize=8, color=_on(colour))
        if hatch:
            for number in numbers:
                number.set_bbox({"facecolor": "white", "linewidth": 0, "pad": 1})
        begun = begun + np.array(values)


def _number(value: float) -> str:
    return f"{value:.2f}" if value <= 1 else f"{value:.0f}"


def _on(colour: str) -> str:
    """Black or white, whichever is read better on a colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 130 else "white"


def transition_matrix(video: Video, subject: Subject) -> "Figure":
    """How often a person's label changed from each to each, shaded by the share of the row."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a quarter of a second

    labels = video.recording.labels
    counts = count_transitions(subject.runs, labels)
    shares_ = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.5 * len(labels)
    figure = Figure(figsize=(side + 0.4, side), layout="constrained")
    axis = figure.subplots()
    axis.imshow(shares_, cmap="Blues", vmin=0, vmax=1)
    axis.set_xticks(range(len(labels)), labels, rotation=30)
    axis.set_yticks(range(len(labels)), labels)
    axis.set(xlabel="to", ylabel="from")
    for (row, column), count in np.ndenumerate(counts):
        if row != column:
            colour = "white" if shares_[row, column] > 0.5 else "black"
            axis.text(column, row, str(count), ha="center", va="center", color=colour)
    axis.set_title(f"{video.name}, {subject.name}: {counts.sum()} transitions", fontsize=10)
    return figure


def overview(study: Study, chosen: list[tuple[Video, Subject]]) -> "Figure":
    """The ribbons of several videos and people on one axis of time, each from its beginning.

    Args:
        study: the videos.
        chosen: who is drawn, no more than `MOST_ROWS`.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - a quarter of a second

    given = colours(study.labels)
    figure = Figure(figsize=(11, 1.4 + 0.26 * len(chosen)), layout="constrained")
    axis = figure.subplots()
    for label in study.labels:
        for place, (video, subject) in enumerate(chosen):
            first = video.recording.times[0]
            spans = [
                (run.start - first, run.end - run.start)
                for run in subject.runs
                if run.label == label
            ]
            axis.broken_barh(spans, (place - 0.4, 0.8), color=given[label], rasterized=True)
        axis.barh([], [], color=given[label], label=label)
    axis.set_yticks(
        range(len(chosen)),
        [f"{video.name}, {subject.name}" for video, subject in chosen],
        fontsize=8,
    )
    axis.set(xlabel="time in s", ylim=(len(chosen) - 0.5, -0.5))
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=6, frameon=False, fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)
    return figure
