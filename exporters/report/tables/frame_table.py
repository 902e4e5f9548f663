"""The table of frames: one row for each frame and person, and what is missing among them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from fer_video.engine.faces.evidence import PARTS
from fer_video.exporters.report.analysis.parts import spoken
from fer_video.exporters.report.analysis.study import Study, Video
from fer_video.exporters.report.recorded.recording import STATUSES, UNREAD, Ints, Recording
from fer_video.exporters.report.recorded.tracks import valence
from fer_video.exporters.report.tables.table import FILE, PERSON, VALENCE, Column, Table, slugs

_NO_FACE, _DROPPED, _EXCLUDED = map(STATUSES.index, ("no_face", "dropped", "excluded"))
_SHORTEST_LOSS_S = 1e-5
"""Times have six decimals: less than this between two frames is no loss."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Which frame, person and face each row of a video is of; -1 for none."""

    video: Video
    places: Ints
    """Place of the frame."""
    people: Ints
    """Place of the person among the video's."""
    faces: Ints
    """Place of the face in the recording's columns."""
    lost: Ints
    """1 for the stretch that is lost after the frame, else 0."""

    def of_frames(self, frame: Any, loss: Any) -> Any:
        """Values of the frames, and others in the rows of what is lost after them."""
        return np.where(self.lost == 1, loss[self.places], frame[self.places])

    def of_faces(self, values: Any, empty: Any) -> Any:
        """Values of the faces, and the same one in the rows that have none."""
        taken = np.full(len(self.faces), empty, values.dtype)
        seen = self.faces >= 0
        taken[seen] = values[self.faces[seen]]
        return taken

    def statuses(self) -> Any:
        """Name of each row's status."""
        found = self.of_faces(self.video.recording.statuses, _NO_FACE)
        found[self.lost == 1] = _DROPPED
        found[self.video.excluded[self.places]] = _EXCLUDED
        return np.array(STATUSES, object)[found]


_Joined: TypeAlias = Callable[[Callable[[_Rows, Recording], Any]], Any]
"""Values of the rows of all videos, of what gives those of one."""


def frames(study: Study) -> Table:
    """One row for each frame and person, from the person's first to the last sight.

    A frame with nobody has a row without a person, and so has a stretch that is lost.
    """
    parts = [_rows_of(video) for video in study.videos]

    def joined(values: Callable[[_Rows, Recording], Any]) -> Any:
        return np.concatenate([values(part, part.video.recording) for part in parts])

    columns = (
        *_of_person(joined),
        *_of_time(joined),
        *_of_face(joined),
        *_of_scores(study, joined, "score", "Smoothed score"),
        *_of_scores(study, joined, "raw", "Score in this frame alone"),
        *_of_valence(joined),
        *_of_parts(study, joined),
        *_of_quality(study, joined),
        *_of_calibration(joined),
        *_of_damage(joined),
    )
    return Table("frames", columns)


def _of_person(joined: _Joined) -> Iterator[Column]:
    files = joined(lambda rows, of: np.full(len(rows.places), of.name, object))
    yield Column("file", files, FILE)
    yield Column("person", joined(_people), f"{PERSON}; empty where there is nobody")
    yield Column("id", joined(_ids), "Identity of the face in the records")


def _of_time(joined: _Joined) -> Iterator[Column]:
    yield Column(
        "frame",
        joined(lambda rows, of: of.frames[rows.places]),
        "Number of the frame in the video, from 0; of a lost stretch, of the frame before",
    )
    yield Column(
        "time_s",
        joined(lambda rows, of: rows.of_frames(of.times, of.times + of.durations)),
        "Time at which the frame, or the lost stretch, begins",
        "s",
    )
    yield Column(
        "duration_s",
        joined(lambda rows, of: rows.of_frames(of.durations, of.lost)),
        "Time that the frame, or the lost stretch, lasts",
        "s",
    )


def _of_face(joined: _Joined) -> Iterator[Column]:
    yield Column(
        "status",
        joined(lambda rows, _: rows.statuses()),
        "ok where the reading counts, else why there is none that does",
    )
    yield Column("expression", joined(_expressions), "Recorded label; empty where there is none")
    for place, side in enumerate(("left", "top", "width", "height")):
        pixels = joined(lambda rows, of: rows.of_faces(of.boxes[:, place], np.nan))  # noqa: B023 - called at once
        told = f"{side.title()} of the face's box in the upright picture"
        yield Column(f"{side}_px", pixels, told, "px")
    detection = joined(lambda rows, of: rows.of_faces(of.detection, np.nan))
    yield Column("detection_score", detection, "Confidence of the face detector", "0..1")


def _of_scores(study: Study, joined: _Joined, kind: str, told: str) -> Iterator[Column]:
    names = zip(study.labels, slugs(study.labels), strict=True)
    for place, (label, name) in enumerate(names):
        values = joined(lambda rows, of: rows.of_faces(_scores(of, kind)[:, place], np.nan))  # noqa: B023 - called at once
        yield Column(f"{kind}_{name}", values, f"{told} of {label}", "0..1")


def _of_valence(joined: _Joined) -> Iterator[Column]:
    values = joined(lambda rows, of: rows.of_faces(valence(of.labels, of.scores), np.nan))
    yield Column("valence", values, VALENCE, "-1..1")


def _of_parts(study: Study, joined: _Joined) -> Iterator[Column]:
    """What each part of the face says; nothing where no part of any face was read."""
    if any(video.recording.parts is not None for video in study.videos):
        for place, name in enumerate(PARTS):
            said = joined(lambda rows, of: _said(rows, of, place))  # noqa: B023 - called at once
            told = f"What the {spoken(name)} alone speaks for; empty where it was not read"
            yield Column(f"{name}_expression", said, told)


def _said(rows: _Rows, recording: Recording, part: int) -> Any:
    if recording.parts is None:
        return np.full(len(rows.faces), None, object)
    places = rows.of_faces(recording.parts[:, part], UNREAD)
    return np.array([*recording.labels, None], object)[places]


def _of_quality(study: Study, joined: _Joined) -> Iterator[Column]:
    """What makes each face hard to see; nothing where that was measured of no face."""
    if any(video.recording.quality is not None for video in study.videos):
        told = "What makes the face hard to see, with blanks between; empty where nothing does"
        yield Column("quality_reasons", joined(_reasons), told)


def _of_calibration(joined: _Joined) -> Iterator[Column]:
    flags = joined(lambda rows, of: rows.of_faces(of.calibrated, False))
    told = "Whether the scores are counted from the face's rest"
    yield Column("calibrated", flags, told)


def _of_damage(joined: _Joined) -> Iterator[Column]:
    damaged = joined(lambda rows, of: of.damaged[rows.places] & (rows.lost == 0))
    told = "Whether the decoder made up a part of the frame, whose data are damaged"
    yield Column("damaged", damaged, told)


def _reasons(rows: _Rows, recording: Recording) -> Any:
    return rows.of_faces(np.array([one or None for one in recording.reasons], object), None)


def _scores(recording: Recording, kind: str) -> Any:
    return recording.scores if kind == "score" else recording.raw


def _people(rows: _Rows, _recording: Recording) -> Any:
    names = [subject.name for subject in rows.video.subjects]
    return np.array([*names, None], object)[rows.people]


def _ids(rows: _Rows, recording: Recording) -> Any:
    return rows.of_faces(recording.ids.astype(object), None)


def _expressions(rows: _Rows, recording: Recording) -> Any:
    places = rows.of_faces(recording.expressions, UNREAD)
    return np.array([*recording.labels, None], object)[places]


def _rows_of(video: Video) -> _Rows:
    """Rows in the order of the frames, within one in the order of the people, what is lost last."""
    count = len(video.recording.times)
    seen = np.zeros(count, bool)
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for person, subject in enumerate(video.subjects):
        track = subject.track
        places = np.arange(track.frames[0], track.frames[-1] + 1)
        faces = np.full(len(places), -1)
        faces[track.frames - track.frames[0]] = track.faces
        seen[places] = True
        parts.append((places, np.full(len(places), person), faces, np.zeros_like(places)))
    for places, lost in (
        (np.flatnonzero(~seen), 0),
        (np.flatnonzero(video.recording.lost > _SHORTEST_LOSS_S), 1),
    ):
        nobody = np.full(len(places), -1)
        parts.append((places, nobody, nobody, np.full(len(places), lost)))
    places, people, faces, lost_ = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((people, lost_, places))
    return _Rows(video, places[order], people[order], faces[order], lost_[order])
