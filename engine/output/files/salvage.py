"""What is left of a video whose end could not be written."""

from pathlib import Path

import av
import av.error

_BOXES = (b"ftyp", b"free", b"wide", b"moov", b"moof", b"mdat", b"sidx", b"mfra")


def cut_to_whole_fragments(path: Path) -> None:
    """Drop the mp4 box that a full disk left unfinished (ISO 14496-12, 4.2), with pictures that
    are, also what tells of them."""
    end = path.stat().st_size
    with path.open("r+b") as file:
        start = fragment = 0
        while len(header := file.read(8)) == 8 and header[4:] in _BOXES:
            box, fragment = start, start if header[4:] == b"moof" else fragment
            start += max(int.from_bytes(header[:4]), 8)
            if start > end:
                file.truncate(fragment if header[4:] == b"mdat" else box)
                return
            file.seek(start)


def plays(path: Path) -> bool:
    """Whether a picture can be read from the file."""
    try:
        with av.open(str(path)) as container:
            return next(container.decode(video=0), None) is not None
    except (av.error.FFmpegError, IndexError):
        return False
