"""What FFmpeg may open of a name that it is given.

FFmpeg reads more out of a name than a file's (`concat:a|b`, `frame%d.png`), and obeys any file that
lists others, whatever it is called. Here a file is opened as what its bytes are, and a list of
others only if its name says that it is one.
"""

import sys
from codecs import getincrementaldecoder
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import av

from fer_video.engine.address import without_secrets
from fer_video.engine.errors import SourceError

_LISTS = {".ffconcat": "concat", ".m3u8": "hls", ".m3u": "hls", ".mpd": "dash"}
"""Demuxers of files that list other files, by the extensions that say so."""
_OPEN_OTHERS = frozenset(
    {*_LISTS.values(), "applehttp", "imf", "sdp", "vobsub", "webm_dash_manifest"}  # lists
    | {"image2", "lavfi", "avisynth", "vapoursynth"}  # patterns of names, and scripts
    | {"tty"}  # any text, as a film of a terminal
)
"""Demuxers that open what a file, or its name, tells them to; and one that takes any text."""
_PLAIN = frozenset(av.formats_available) - _OPEN_OTHERS
"""Demuxers that open nothing but the file itself."""
_STREAMED = frozenset({"hls", "dash", "sdp"})
"""Demuxers of lists that are there to be sent over a network."""
_ADDRESSES = (
    *("http", "https", "ftp", "sftp", "smb", "mmsh", "mmst", "rtsp", "rtsps", "rtp", "srtp", "srt"),
    *("rtmp", "rtmpe", "rtmps", "rtmpt", "rtmpte", "rtmpts", "rist", "udp", "udplite", "tcp"),
)
"""What an address may begin with: protocols that reach no file of this machine."""
_BENEATH = ("tls", "httpproxy", "ffrtmphttp", "ffrtmpcrypt", "crypto", "data")
"""Protocols that those, and the lists that come by them, make use of."""


STDIN = "-"
"""Name of what comes by stdin."""


class Unnamed:
    """A file without its name, in which FFmpeg would look for a pattern."""

    def __init__(self, file: BinaryIO) -> None:
        """Read `file`, which whoever opened it closes."""
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def options_for_file(extension: str = "") -> dict[str, str]:
    """FFmpeg's options with which it opens a file, and others only where that is a list of them.

    Args:
        extension: of the file, with its dot; "" for one that is no list.
    """
    kind = _LISTS.get(extension.lower())
    if kind is None:
        return {"format_whitelist": ",".join(_PLAIN), "protocol_whitelist": "file"}
    return {"format_whitelist": ",".join({*_PLAIN, kind})}


def options_for_stdin() -> dict[str, str]:
    """FFmpeg's options with which it reads stdin, and opens nothing else.

    Raises:
        SourceError: there is no stdin, or it is a keyboard.
    """
    stdin = sys.stdin
    if stdin is None or stdin.closed:
        raise SourceError("stdin: there is none, or it is closed; give the name of a file")
    if stdin.isatty():
        raise SourceError("stdin: is a terminal; send a video into it through a pipe")
    return {"format_whitelist": ",".join(_PLAIN), "protocol_whitelist": "fd"}


def options_for_address(url: str) -> dict[str, str]:
    """FFmpeg's options with which it opens an address, and nothing on this machine.

    Raises:
        SourceError: the address begins with no protocol of a network: `cache:`, `subfile,,...:`.
    """
    scheme = url.partition("://")[0]
    if scheme.lower() not in _ADDRESSES:
        raise SourceError(
            f"{without_secrets(url)}: {scheme} is no protocol that is read here; send the stream "
            "as rtsp, rtmp, http or udp, and give a file by its path"
        )
    formats, protocols = _PLAIN | _STREAMED, (*_ADDRESSES, *_BENEATH)
    return {"format_whitelist": ",".join(formats), "protocol_whitelist": ",".join(protocols)}


def refuse_text(path: Path) -> None:
    """Tell a playlist or a script under another name, which was not opened, by how it begins.

    Raises:
        SourceError: the file is a text.
    """
    head = b""
    with suppress(OSError), path.open("rb") as file:
        head = file.read(256)
    with suppress(UnicodeDecodeError):
        lines = getincrementaldecoder("utf-8")().decode(head).splitlines()
        if lines and all(line.replace("\t", "").isprintable() for line in lines):
            raise SourceError(
                f"{path}: is a text (it begins `{lines[0][:40]}`), neither video nor image; a "
                f"playlist is read under its own extension only ({' '.join(_LISTS)})"
            )
