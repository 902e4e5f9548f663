"""Opens files and streams with FFmpeg, and says in one line why one cannot be opened."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import av.error
from av.stream import Disposition

from fer_video.engine.address import without_secrets
from fer_video.engine.capture.allowed import (
    STDIN,
    options_for_address,
    options_for_file,
    options_for_stdin,
    refuse_text,
)
from fer_video.engine.capture.timing.stretch import Stretch
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.picture import check_size

if TYPE_CHECKING:
    from av.container.core import Chapter

LONGEST_WAIT = 10.0
"""Seconds to open something on a network, and to wait for the next packet of a file there."""
_LIVE = {"rtsp_flags": "prefer_tcp"}
"""RTSP over UDP, FFmpeg's first choice, loses packets on most wireless networks."""
_GLANCE = {"analyzeduration": "500000"}
"""Microseconds of a stream that FFmpeg looks at for what is in it; else five seconds of RTMP."""
_SAME_IN_SEVERAL = ("hls", "dash")
"""FFmpeg's names of the formats that offer one film in several sizes."""
_ASIDE = Disposition.still_image | Disposition.timed_thumbnails | Disposition.dependent
"""Marks of a stream that is not the film."""


def open_container(name: str, timeout: float | None) -> av.container.InputContainer:
    """Open a path or URL with FFmpeg.

    Args:
        name: path or URL; `-` is stdin.
        timeout: seconds to wait for the next packet of a stream; None for a file. A stream that
            shows no picture's size at a glance, since it was met between keyframes, is looked at
            for as long as FFmpeg likes.

    Raises:
        SourceError: it is not there, or is no video.
    """
    if name == STDIN:
        return _opened("fd:", options_for_stdin())
    if "://" not in name:
        return _opened_file(Path(name))
    limits, allowed = (LONGEST_WAIT, timeout or LONGEST_WAIT), options_for_address(name)
    if timeout is None:
        return _opened(name, allowed, limits)
    container = _opened(name, allowed | _LIVE | _GLANCE, limits)
    contexts = [stream.codec_context for stream in container.streams.video]
    if contexts and all(context is None or context.width for context in contexts):
        return container
    container.close()
    return _opened(name, allowed | _LIVE, limits)


def _opened_file(path: Path) -> av.container.InputContainer:
    try:
        return _opened(f"file:{path}", options_for_file(path.suffix))
    except SourceError:
        refuse_text(path)
        raise


def _opened(
    url: str, options: Mapping[str, str], limits: tuple[float, float] | None = None
) -> av.container.InputContainer:
    """Open; what is not UTF-8 in titles, as cameras and old programs write it, is replaced."""
    name = "stdin" if url == "fd:" else without_secrets(url.removeprefix("file:"))
    try:
        return av.open(url, timeout=limits, options=dict(options), metadata_errors="replace")
    except av.error.ProtocolNotFoundError:
        raise SourceError(
            f"{name}: the FFmpeg within PyAV does not speak {name.partition(':')[0]}; send the "
            "stream as rtsp, rtmp, http or udp"
        ) from None  # it quotes the address
    except av.error.FFmpegError as error:
        listed = limits is not None and isinstance(error, av.error.ArgumentError)
        cause = "it is a text, or lists other files" if listed else error.strerror
        said = cast("tuple[int, str, str] | None", error.log)
        detail = f"; {without_secrets(said[2].strip())}" if said else ""
        raise SourceError(
            f"{name}: cannot be opened as a video ({cause}{detail}); "
            "check that it is there, is a video, and is complete"
        ) from (error if name in url else None)  # it quotes the address
    except (OSError, ValueError) as error:
        reason = without_secrets(str(error))
        raise SourceError(f"{name}: cannot be opened ({reason})") from None  # as above


def start_decoder(stream: av.VideoStream, threads: int, name: str) -> None:
    """Start it before the first packet, which would else count as damaged where threads run out.

    Args:
        stream: whose decoder it is.
        threads: of the decoder.
        name: of the source.

    Raises:
        SourceError: the decoder does not start.
    """
    stream.thread_count = threads
    try:
        stream.codec_context.open()
    except av.error.FFmpegError as error:
        raise SourceError(
            f"{name}: its decoder does not start ({error.strerror}); close other programs, or "
            "check that the file is complete"
        ) from error


def index_hint(container: av.container.InputContainer) -> str:
    """What to do where nothing can be decoded of what is not sought in, such as a pipe."""
    if not container.format.name.startswith("mov"):
        return ""
    return (
        "; where it comes by a pipe, its index must be at its front: "
        "ffmpeg -i IN.mp4 -c copy -movflags +faststart OUT.mp4"
    )


def is_endless(container: av.container.InputContainer) -> bool:
    """Whether neither the container nor the server says how much there is."""
    return container.duration is None and container.size <= 0


def chapters_of(
    container: av.container.InputContainer, start: Fraction, stretch: Stretch
) -> "tuple[Chapter, ...]":
    """The chapters that lie in a stretch, counted from its start.

    Args:
        container: open file.
        start: seconds at which it begins.
        stretch: of the film.
    """
    chapters = container.chapters()
    for chapter in chapters:
        unit = chapter["time_base"] or Fraction(1)
        shift = round((start + stretch.shift) / unit)
        end = chapter["end"] - shift
        if stretch.end is not None:
            end = min(end, round((stretch.end - stretch.shift) / unit))
        begin = chapter["start"] - shift
        chapter["start"], chapter["end"] = max(begin, 0) if stretch.start else begin, end
    if not stretch.given:
        return tuple(chapters)
    return tuple(chapter for chapter in chapters if chapter["end"] > chapter["start"])


def video_stream(container: av.container.InputContainer, name: str) -> av.VideoStream:
    """The stream of pictures that is the film: no cover, and rather one that players begin with.

    Of several, the largest is taken, since the others are previews; of the same film in several
    qualities (HLS, DASH) the first.

    Raises:
        SourceError: there is none, or none that can be decoded.
    """
    films = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    known = [stream for stream in films if stream.codec_context is not None]
    if films and not known:
        raise SourceError(f"{name}: no decoder for its video codec in this FFmpeg")
    if known:
        one_film = container.format.name.split(",")[0] in _SAME_IN_SEVERAL
        stream = known[0] if one_film else max(known, key=_prominence)
        if not stream.codec_context.width:
            raise SourceError(
                f"{name}: no picture of it can be decoded: what tells of their size never comes, "
                "since the stream is cut off, damaged or encrypted; give it from its beginning on"
            )
        check_size(stream.codec_context.width, stream.codec_context.height, name)
        return stream
    kinds = ", ".join(stream.type for stream in container.streams) or "nothing"
    raise SourceError(f"{name}: has no video in it (found: {kinds}); give a file with pictures")


def _prominence(stream: av.VideoStream) -> tuple[bool, bool, int]:
    """How likely a stream is the film: by its marks, then by its size."""
    context, marks = stream.codec_context, stream.disposition
    plain, default = not marks & _ASIDE, bool(marks & Disposition.default)
    return plain, default, context.width * context.height
