"""Seeking: which sources can be opened anew at another moment, and how near to it."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_video.engine import FileOptions, Pipeline, SourceInfo
    from fer_video.engine.capture.expand import SourceName

_EARLIER = (0.0, 0.1, 1.0)
"""Seconds before a moment at which a film is tried, since it may end sooner than it says."""
_LEAST = 0.001
"""Seconds that a stretch of a film lasts at least."""
_AROUND, _WIDER = 0.25, 8
"""Seconds before a moment in which a frame is looked for at first, and how many times as many if
none is there."""


class Sought(Exception):  # noqa: N818 - no error: the person wants to see something else
    """Raised within a loop over frames when somebody wants to see another moment of the film."""

    def __init__(self, time: float) -> None:
        """Note the moment, in seconds of the film."""
        super().__init__(f"{time:g} s")
        self.time = time


@dataclass(frozen=True, slots=True)
class Film:
    """A film that can be opened anew at another moment."""

    source: "SourceName"
    """What it is opened by."""
    stretch: "FileOptions"
    """What of it is shown."""
    end: float
    """Where it ends, in seconds of it."""

    def before(self, time: float) -> float:
        """When the frame before a moment is seen, see `time_before`."""
        every = self.stretch.every
        return time_before(self.source, time) if every is None else time - every


def end_of(sources: Sequence[object], infos: "Sequence[SourceInfo]", start: float) -> float | None:
    """Where a film ends that can be opened again, in seconds of it; None of anything else.

    Args:
        sources: as named.
        infos: of what was opened; one alone is a film to be sought in.
        start: seconds of the film at which it was opened.
    """
    if len(infos) != 1 or str(sources[0]) == "-":
        return None
    (info,) = infos
    is_there = not info.files or info.files[0].is_file()
    if not is_there or info.frames is None or not info.width or info.live or info.stills:
        return None
    lasts = info.frames / info.frame_rate if info.duration is None else info.duration
    return start + float(lasts)


def stretch_behind(file: "FileOptions", time: float) -> "FileOptions":
    """What of a stretch of a film lies behind a moment in seconds, and its end at least."""
    most = time if file.end is None else min(time, file.end - _LEAST)
    return replace(file, start=max(most, file.start))


def time_before(source: "SourceName", time: float) -> float:
    """When the frame before a moment of a film is seen, in seconds; the moment where none is.

    It is looked for among the frames, since they may be any time apart.

    Raises:
        FerError: the film cannot be opened.
    """
    from fer_video.engine import FileOptions  # noqa: PLC0415
    from fer_video.engine.capture.expand import expand  # noqa: PLC0415
    from fer_video.engine.capture.open import open_source  # noqa: PLC0415
    from fer_video.engine.errors import SourceError  # noqa: PLC0415

    one, start, span, found = expand(source)[0], time, _AROUND, list[float]()
    while not found and start > 0:
        start, span = max(time - span, 0.0), span * _WIDER
        stretch = FileOptions(start=start, end=time)
        with suppress(SourceError), closing(open_source(one, file=stretch)) as film:
            for frame in film.frames():
                found.append(frame.time)
    return found[-1] if found else time


def opened_near(open_at: "Callable[[float], Pipeline]", time: float) -> "Pipeline":
    """A film from a moment on; one that is shorter, from a moment near its end.

    Args:
        open_at: opens it at a moment, in seconds.
        time: the moment.

    Raises:
        FerError: it cannot be opened at all.
    """
    from fer_video.engine.errors import SourceError  # noqa: PLC0415

    for earlier in _EARLIER if time > 0 else ():
        with suppress(SourceError):
            return open_at(max(time - earlier, 0.0))
    return open_at(0.0)
