"""Reads records of video, JSON Lines, into a recording for each video."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from fer_video.engine.errors import DataError, OptionsError
from fer_video.exporters.report.recorded.gathered import Gathered
from fer_video.exporters.report.recorded.recording import Recording, spelt


def read_records(paths: Sequence[Path], longest_frame: float | None = None) -> list[Recording]:
    """Read what runs wrote with `--json`, video by video.

    Args:
        paths: files of JSON Lines; one may hold several sources, as a run of several writes them.
        longest_frame: seconds of a frame that are believed; what is left until the next frame is
            lost. None for a second, or ten usual frames where those last longer.

    Raises:
        DataError: a file cannot be read, a line is no record of video, two networks or two runs are
            mixed, with the file's name and the number of the line; or two files hold the same.
        OptionsError: the longest frame is of no time.
    """
    if longest_frame is not None and not longest_frame > 0:
        raise OptionsError(f"longest frame {longest_frame}: give seconds above 0")
    gathered = [video for path in paths for video in _read(path)]
    _check_labels(gathered)
    _check_once(gathered)
    names = _names(gathered)
    return [
        video.finished(name, longest_frame) for video, name in zip(gathered, names, strict=True)
    ]


def _read(path: Path) -> list[Gathered]:
    """The videos of a file, in the order in which they appear."""
    videos: dict[str, Gathered] = {}
    for number, line in _lines(path):
        try:
            record = json.loads(line)
            source = str(record.get("source", path.stem))
            if source not in videos:
                videos[source] = Gathered(path, source)
            videos[source].add(record, number)
        except json.JSONDecodeError as error:
            raise DataError(
                f"{path}, line {number}: is cut off, or no JSON ({error.msg}); remove the line, "
                "or run the video again"
            ) from error
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"{path}, line {number}: is no record of a frame ({type(error).__name__}: "
                f"{error}); give what a run wrote with --json"
            ) from error
    if not videos:
        raise DataError(f"{path}: holds no record; run the video again with --json {path}")
    return list(videos.values())


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers from 1."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no text"
        raise DataError(
            f"{path}: cannot be read ({said}); give what a run wrote with --json"
        ) from error


def _check_labels(videos: Sequence[Gathered]) -> None:
    """One table holds the scores of one set of labels; videos without faces go with any."""
    labelled = [video for video in videos if video.labels]
    for video in labelled:
        first = labelled[0]
        if video.labels != first.labels:
            raise DataError(
                f"{video.path}, line {video.labelled_at}: has the labels "
                f"{', '.join(video.labels)}, but {first.path} has {', '.join(first.labels)}; make "
                "a report of each"
            )
    for video in videos:
        video.labels = labelled[0].labels if labelled else ()


def _check_once(videos: Sequence[Gathered]) -> None:
    """Refuse to count the same records twice; several recordings of one source are welcome."""
    for one, other in combinations(videos, 2):
        held, others = ((g.source, g.times, g.boxes, g.scores, g.raw) for g in (one, other))
        if held == others:
            raise DataError(
                f"{one.path}: is of {one.source}, and {other.path} holds the same; give one of them"
            )


def _names(videos: Sequence[Gathered]) -> list[str]:
    """Names of the videos' files; their whole sources where those would be the same; and where
    these are, as of sessions in front of one camera, the files of the records."""
    called = [
        (Path(one.source).name or one.source, one.source, str(one.path), f"{one.path} {one.source}")
        for one in videos
    ]
    counts = [Counter(ways) for ways in zip(*called, strict=True)]
    return [
        spelt(next(way for way, count in zip(ways, counts, strict=True) if count[way] == 1))
        for ways in called
    ]
