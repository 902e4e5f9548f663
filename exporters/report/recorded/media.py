"""Finds the video that records were made of, and single frames of it."""

from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.frames.frame import Frame
from fer_video.exporters.report.recorded.about import told_film
from fer_video.exporters.report.recorded.recording import Recording


def find_video(recording: Recording) -> Path | None:
    """The file of the video, if it is beside its records or where the run found it.

    Where the run told of its file, one of that name or of the run's is taken, if its size is the
    same: others may be called so, too, such as the annotated video.

    Raises:
        DataError: what the run told is no JSON object.
    """
    if "://" in recording.source:
        return None
    folder, told = recording.origin.parent, told_film(recording)
    places = _places(Path(recording.source), folder)
    if told is None:
        return next(places, None)
    file, size = told
    places = chain(places, _places(file, folder))
    return next((path for path in places if path.stat().st_size == size), None)


def _places(named: Path, folder: Path) -> Iterator[Path]:
    """Where the file is, of the places where it may be.

    The working directory comes behind the records' folder, since it may hold another film of the
    name, but before a guess by the name alone.
    """
    places = (folder / named, named, folder / named.name)
    return (path for path in places if path.is_file())


def moment(time: float) -> int:
    """A frame's time in whole milliseconds, by which it is found again."""
    return round(1000 * time)


def frames_of(video: Path, moments: Collection[int]) -> Iterator[Frame]:
    """Some frames of a video by the times that they have in the records, in order.

    The video is decoded from its beginning up to the last of them, as a run does it, so that the
    times fit whatever its time stamps are like. The numbers of a run that began later would not.

    Args:
        video: the file.
        moments: of the frames, see `moment`.

    Raises:
        SourceError: it cannot be opened, or not be read to its end.
    """
    with closing(VideoFile(str(video))) as source:
        for frame in source.frames():
            if moment(frame.time) in moments:
                yield frame
            if moment(frame.time) >= max(moments):
                return
