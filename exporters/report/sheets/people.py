"""Who is who: names for identities, which are places in motion and change after an absence."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.report.recorded.recording import Ints, Recording
from fer_video.exporters.report.recorded.tracks import Track, make_track
from fer_video.exporters.report.sheets.sheets import SheetRow, read_sheet

PEOPLE_COLUMNS = ("file", "id", "name")


@dataclass(frozen=True, slots=True)
class Naming:
    """A row of people.csv: this identity is this person."""

    row: SheetRow
    """Where it stands."""
    video: str
    """Name of the video."""
    identity: int
    """Number in the records."""
    name: str
    """Name of the person; who has several identities has this name in several rows."""
    start: float = 0.0
    """Seconds from which it holds."""
    end: float = inf
    """Seconds at which it does not hold any more."""


def read_people(path: Path, videos: Sequence[Recording], *, of_more: bool = False) -> list[Naming]:
    """Read `file,id,name`, or `file,id,name,start,end` for a part of the time.

    A row without a name is as if it were not there.

    Args:
        path: the table.
        videos: whose people are named.
        of_more: whether the table may name other videos, too, whose rows are passed over.

    Raises:
        DataError: it cannot be read, or names a video or identity that is not in the records.
    """
    rows = read_sheet(path, PEOPLE_COLUMNS, videos if of_more else None)
    return [_naming(row, videos) for row in rows if row.cells["name"]]


def _naming(row: SheetRow, videos: Sequence[Recording]) -> Naming:
    video, identity = row.video(videos), row.needed("id")
    if not identity.isdecimal() or int(identity) not in video.ids:
        known = np.unique(video.ids).tolist()
        told = f"{known[0]} to {known[-1]}" if len(known) > 1 else str(*known) or "none"
        raise row.refused(f"no face {identity} is in {video.name}; there are the numbers {told}")
    start, end = row.time("start"), row.time("end")
    naming = Naming(
        row,
        video.name,
        int(identity),
        row.cells["name"],
        0.0 if start is None else start,
        inf if end is None else end,
    )
    if naming.end <= naming.start:
        raise row.refused(f"ends at {naming.end} s, before it starts at {naming.start} s")
    return naming


def tracks_of(
    recording: Recording, excluded: NDArray[np.bool_], people: Sequence[Naming] = ()
) -> list[Track]:
    """The people of a video, in the order of their first sight.

    Who has no name is called by the number of the identity.

    Args:
        recording: the video.
        excluded: (F,) whether each of its frames is left out.
        people: names of identities, also of other videos.

    Raises:
        DataError: an identity has two names at a time, a person two faces in a frame, or a name is
            the number of a face that has none.
    """
    names = recording.ids.astype(str).astype(object)
    times = recording.times[recording.rows]
    named = np.full(len(names), -1)
    namings = [naming for naming in people if naming.video == recording.name]
    for place, naming in enumerate(namings):
        within = (times >= naming.start) & (times < naming.end)
        meant = within & (recording.ids == naming.identity)
        earlier = named[meant].max(initial=-1)
        if earlier >= 0:
            first = namings[earlier]
            raise naming.row.refused(
                f"face {naming.identity} of {recording.name} is already {first.name} in line "
                f"{first.row.line}; give each a range of time of its own"
            )
        named[meant], names[meant] = place, naming.name
    _check_numbers(recording, named, people)
    order = np.argsort(names, kind="stable")
    people_, starts = np.unique(names[order].astype(str), return_index=True)
    groups = np.split(order, starts[1:]) if len(people_) else []
    for name, faces in zip(people_.tolist(), groups, strict=True):
        _check_one_face(name, recording, faces, named, namings)
    tracks = [
        make_track(name, recording, faces, excluded)
        for name, faces in zip(people_.tolist(), groups, strict=True)
    ]
    return sorted(tracks, key=lambda track: (track.frames[0], track.ids[0]))


def _check_numbers(recording: Recording, named: Ints, people: Sequence[Naming]) -> None:
    """Refuse a name, in whichever video, by which somebody without one is called: the tables could
    not tell the two apart."""
    numbers = {str(identity) for identity in np.unique(recording.ids[named < 0]).tolist()}
    for naming in people:
        if naming.name in numbers:
            raise naming.row.refused(
                f"{naming.name} is also the number of a face of {recording.name} without a name; "
                f"call the person otherwise, such as P{naming.name}"
            )


def _check_one_face(
    name: str, recording: Recording, faces: Ints, named: Ints, namings: Sequence[Naming]
) -> None:
    """Refuse a person who would be in two places."""
    twice = np.flatnonzero(np.diff(recording.rows[faces]) == 0)
    if not len(twice):
        return
    one, other = faces[twice[0]], faces[twice[0] + 1]
    row = namings[max(named[one], named[other])].row
    raise row.refused(
        f"{name} would be both face {recording.ids[one]} and face {recording.ids[other]} in frame "
        f"{recording.frames[recording.rows[one]]} of {recording.name}; give one another name, or "
        "both a range of time"
    )
