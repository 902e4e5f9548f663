"""Opens the sources that pipelines are asked for, and says which of them cannot be."""

from collections.abc import Sequence
from functools import partial

from fer_video.engine.capture.expand import SourceName, expand, film_of
from fer_video.engine.capture.later import Later
from fer_video.engine.capture.open import is_camera, open_source
from fer_video.engine.contracts.source import Source
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.run.scheduler import AT_ONCE


def check_cameras(options: EngineOptions, asked: Sequence[SourceName]) -> None:
    """Refuse what is asked of cameras where there is none, since nobody would do it.

    Args:
        options: what is asked.
        asked: the sources.

    Raises:
        OptionsError: with what is asked in vain.
    """
    wanted = {name: getattr(options.live, name) for name in ("fps", "width", "height", "fourcc")}
    for name, value in wanted.items():
        if value is not None and asked and not any(map(is_camera, asked)):
            instead = (
                "; of files, `FileOptions(every=1)` takes one a second" if name == "fps" else ""
            )
            raise OptionsError(
                f"`LiveOptions({name}={value})`: is asked of cameras, and none is among the "
                f"sources; leave it out{instead}"
            )


def expanded(source: SourceName) -> Sequence[SourceName | SourceError]:
    """The sources that a name stands for, or why it stands for none."""
    try:
        return expand(source)
    except SourceError as error:
        return [error]


def open_one(source: SourceName, options: EngineOptions, threads: int, before: int) -> Source:
    """Open a source, or of many films let it be opened when those before it are over.

    Args:
        source: one that stands for itself, see `expanded`.
        options: how it is read.
        threads: of its decoder; 0 for as many as help.
        before: number of sources that are open.

    Raises:
        SourceError: it cannot be opened.
        OptionsError: a stretch is asked for of what is no video file.
    """
    opens = partial(
        open_source,
        source,
        keep_audio=options.keep_audio,
        realtime=options.realtime,
        live=options.live,
        file=options.file,
        threads=threads,
    )
    film = film_of(source) if before >= AT_ONCE and not options.realtime else None
    return opens() if film is None else Later(film, opens)
