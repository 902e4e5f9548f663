"""A first people.csv with a picture of every identity, for a person to fill in."""

import csv
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from fer_video.engine.errors import OutputError, SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.exporters.data.atomic import make_folder, replacing
from fer_video.exporters.report.recorded.media import find_video, frames_of, moment
from fer_video.exporters.report.recorded.recording import Floats, Recording, file_stems
from fer_video.exporters.report.sheets.people import PEOPLE_COLUMNS

log = logging.getLogger(__name__)
_COLUMNS = (*PEOPLE_COLUMNS, "seen_from_s", "seen_to_s", "seen_s", "picture")
_MARGIN = 0.4
"""Of the box's size, left around it in the picture."""


def suggest_people(recordings: Sequence[Recording], output: Path) -> tuple[Path, int]:
    """Write people.csv with one row an identity, and where the video is found their pictures.

    Args:
        recordings: the videos.
        output: folder for people.csv and the folder `people` with the pictures.

    Returns:
        The table, and how many pictures there are.

    Raises:
        OutputError: people.csv is there already: a person may have filled it in.
    """
    target = make_folder(output) / "people.csv"
    if target.exists():
        raise OutputError(f"{target}: is there already; name it otherwise, or remove it first")
    rows: list[tuple[object, ...]] = []
    folders = file_stems(recordings)
    for recording, folder in zip(recordings, folders, strict=True):
        places = _best_faces(recording)
        made = dict(_pictures(recording, places, output / "people" / folder))
        rows += [
            (*_row(recording, identity), _relative(made.get(identity), output))
            for identity in places
        ]
    with replacing(target) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
    return target, sum(bool(row[-1]) for row in rows)


def _relative(path: Path | None, folder: Path) -> str:
    return "" if path is None else path.relative_to(folder).as_posix()


def _row(recording: Recording, identity: int) -> tuple[object, ...]:
    rows = recording.rows[recording.ids == identity]
    starts, lasting = recording.times[rows], recording.durations[rows]
    end = starts[-1] + lasting[-1]
    seconds = (round(float(value), 3) for value in (starts[0], end, lasting.sum()))
    return (recording.name, identity, "", *seconds)


def _best_faces(recording: Recording) -> dict[int, int]:
    """The place of the largest and surest face of each identity, in order of the numbers."""
    worth = recording.detection * np.sqrt(recording.boxes[:, 2] * recording.boxes[:, 3])
    best: dict[int, int] = {}
    for place in np.argsort(worth, kind="stable").tolist():
        best[int(recording.ids[place])] = place
    return dict(sorted(best.items()))


def _pictures(
    recording: Recording, places: dict[int, int], folder: Path
) -> Iterator[tuple[int, Path]]:
    """Write a picture for each identity; none where the video is not there or cannot be read."""
    video = find_video(recording)
    if video is None or not places:
        return
    shown: dict[int, list[int]] = {}
    for identity, place in places.items():
        time = float(recording.times[recording.rows[place]])
        shown.setdefault(moment(time), []).append(identity)
    make_folder(folder)
    try:
        for frame in frames_of(video, shown):
            for identity in shown[moment(frame.time)]:
                target = folder / f"{identity}.jpg"
                with replacing(target) as path:
                    _cut(frame, recording.boxes[places[identity]]).save(path, "jpeg", quality=90)
                yield identity, target
    except SourceError as error:
        log.warning("not everybody in %s has a picture: %s", recording.name, error)


def _cut(frame: Frame, box: Floats) -> Image.Image:
    """The face with some of its surroundings, as far as the picture goes."""
    left, top, width, height = box.tolist()
    corners = (
        max(0, left - _MARGIN * width),
        max(0, top - _MARGIN * height),
        min(frame.width, left + (1 + _MARGIN) * width),
        min(frame.height, top + (1 + _MARGIN) * height),
    )
    whole = Image.fromarray(frame.to_bgr()[:, :, ::-1])
    return whole.crop(tuple(map(round, corners)))
