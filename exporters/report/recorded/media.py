"""Finds the video that records were made of, and single frames of it."""

from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.frames import Frame
from fer_video.exporters.report.recorded.about import told_film
from fer_video.exporters.report.recorded.recording import Recording


def find_video(recording: Recording) -> Path | None:
    """The file of the video, if it is where the run found it or beside its records.

    One that was given another name is found by what the run told of it, if its size is the same.

    Raises:
        DataError: what the run told is no JSON object.
    """
    if "://" in recording.source:
        return None
    folder = recording.origin.parent
    found = next(_places(Path(recording.source), folder), None)
    told = told_film(recording) if found is None else None
    if told is None:
        return found
    file, size = told
    return next((path for path in _places(file, folder) if path.stat().st_size == size), None)


def _places(named: Path, folder: Path) -> Iterator[Path]:
    """Where the file is, of the places where it may be."""
    places = (named, folder / named, folder / named.name)
    return (path for path in places if path.is_file())


def frames_of(video: Path, numbers: Collection[int]) -> Iterator[Frame]:
    """Some frames of a video by the numbers that they have in the records, in order.

    The video is decoded from its beginning up to the last of them, as a run does it, so that the
    numbers fit whatever its time stamps are like.

    Args:
        video: the file.
        numbers: of the frames.

    Raises:
        SourceError: it cannot be opened, or not be read to its end.
    """
    with closing(VideoFile(str(video))) as source:
        for frame in source.frames():
            if frame.index in numbers:
                yield frame
            if frame.index >= max(numbers):
                return
