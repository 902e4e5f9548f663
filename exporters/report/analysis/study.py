"""All that a report is made of: the videos, the people in them, and what they did when."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.report.analysis.episodes import (
    Episode,
    EpisodeOptions,
    Run,
    find_episodes,
    find_runs,
)
from fer_video.exporters.report.analysis.summary import Summary, summarise, together
from fer_video.exporters.report.recorded.recording import Recording
from fer_video.exporters.report.recorded.tracks import Track
from fer_video.exporters.report.sheets.marks import Mark, frames_in
from fer_video.exporters.report.sheets.people import Naming, tracks_of

EVERYWHERE = "all"
"""In place of a video's name, of a person over all videos."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One person in one video, cut into episodes and runs."""

    track: Track
    """Where and when the face was, and what was read."""
    episodes: list[Episode]
    """By label, each label's in order of time."""
    runs: list[Run]
    """Stretches of the same recorded label, in order of time."""

    @property
    def name(self) -> str:
        """Name of the person, or the number of the identity."""
        return self.track.person

    @cached_property
    def summary(self) -> Summary:
        """Of the whole video."""
        return self.over(np.ones(len(self.track.recording.times), bool), "")

    def over(self, chosen: NDArray[np.bool_], condition: str) -> Summary:
        """Of the chosen frames: (F,)."""
        return summarise(self.track, self.episodes, self.runs, chosen, condition)


@dataclass(frozen=True, slots=True, eq=False)
class Video:
    """One video with the people in it."""

    recording: Recording
    """Its records."""
    excluded: NDArray[np.bool_]
    """Whether each of its frames is left out: (F,)."""
    subjects: list[Subject]
    """People in the order of their first sight."""
    marks: list[Mark]
    """Marks in this video, in order of time."""

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.recording.name

    @property
    def events(self) -> list[Mark]:
        """Marks of what happened, in order of time."""
        return [mark for mark in self.marks if mark.kind == "event"]

    def conditions(self) -> dict[str, NDArray[np.bool_]]:
        """Which frames are of each condition, in the order in which they begin: (F,) each."""
        parts = [mark for mark in self.marks if mark.kind == "condition"]
        return {
            label: frames_in(self.recording, [mark for mark in parts if mark.label == label])
            for label in dict.fromkeys(mark.label for mark in parts)
        }

    def summaries(self) -> list[Summary]:
        """Of every person: all of the video, and each condition."""
        conditions = self.conditions()
        return [
            summary
            for subject in self.subjects
            for summary in (
                subject.summary,
                *(subject.over(chosen, name) for name, chosen in conditions.items()),
            )
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The videos of a report."""

    videos: list[Video]
    """In the order in which they were given."""
    options: EpisodeOptions
    """Where episodes begin and end."""
    names: frozenset[str] = frozenset()
    """Names that people were given; who has one is the same person in every video."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the network, the same for all; none where no face was found."""
        return self.videos[0].recording.labels

    def summaries(self) -> list[Summary]:
        """Of every person in every video and condition."""
        return [summary for video in self.videos for summary in video.summaries()]

    def people(self) -> list[Summary]:
        """Of everybody who has a name, over all videos, and for each condition."""
        parts: dict[tuple[str, str], list[Summary]] = {}
        for one in self.summaries():
            if one.person in self.names:
                parts.setdefault((one.person, one.condition), []).append(one)
        return [together(EVERYWHERE, parts[key]) for key in sorted(parts)]


def make_study(
    recordings: Sequence[Recording],
    options: EpisodeOptions,
    people: Sequence[Naming] = (),
    marks: Sequence[Mark] = (),
) -> Study:
    """Cut what everybody did into episodes and runs.

    Args:
        recordings: the videos, see `read_records`.
        options: where episodes begin and end.
        people: who is who, see `read_people`.
        marks: what to leave out, what happened and which condition it was, see `read_marks`.

    Raises:
        DataError: the names contradict themselves, see `tracks_of`.
    """
    videos = [_cut(recording, options, people, marks) for recording in recordings]
    return Study(videos, options, frozenset(naming.name for naming in people))


def _cut(
    recording: Recording,
    options: EpisodeOptions,
    people: Sequence[Naming],
    marks: Sequence[Mark],
) -> Video:
    own = [mark for mark in marks if mark.video == recording.name]
    excluded = frames_in(recording, [mark for mark in own if mark.kind == "exclude"])
    subjects = [
        Subject(track, find_episodes(track, options), find_runs(track, options))
        for track in tracks_of(recording, excluded, people)
    ]
    return Video(recording, excluded, subjects, sorted(own, key=lambda mark: mark.start))
