"""Whether a file is a photograph or a film, by what it is, not by what it is called."""

from contextlib import suppress
from pathlib import Path

from fer_video.engine.capture.pictures.images import IMAGE_SUFFIXES

FILM_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".divx", ".ts", ".m2ts", ".mts"}
    | {".mpg", ".mpeg", ".vob", ".dv", ".mxf", ".flv", ".f4v", ".3gp", ".3g2", ".wmv", ".asf"}
    | {".ogv", ".ogm", ".y4m", ".h264", ".264", ".h265", ".265", ".hevc", ".m2v", ".m2t", ".mod"}
    | {".tod", ".wtv", ".rm", ".rmvb", ".gif", ".mjpeg", ".mjpg"}
)
"""Extensions of files that are taken for films in folders."""
_PHOTOGRAPHS = (
    *(b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*"),  # JPEG, PNG, BMP, TIFF
    *(b"P5", b"P6", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),  # PGM, PPM, JPEG 2000
)
"""How files of photographs begin."""
_OF_JPEGS = (".mjpeg", ".mjpg")
"""Extensions of films that are one JPEG behind the other, so that they begin as a photograph does,
behind which other pictures may lie, too: a preview, or the same scene in another light."""
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
"""Of photographs in a container that is a film's, too (ISO/IEC 23008-12)."""
_MATROSKA = b"\x1aE\xdf\xa3"


def is_film(path: Path) -> bool:
    """Whether a file is opened as a film: whatever is no photograph, unless it is called like one.

    Args:
        path: of a file; what cannot be read goes by its name alone.
    """
    head, suffix = _head(path), path.suffix.lower()
    if head[4:8] == b"ftyp":
        return head[8:12] not in _BRANDS
    if head[:4] == b"RIFF":
        return head[8:12] != b"WEBP"
    if head.startswith(_MATROSKA):
        return True
    if suffix in _OF_JPEGS:
        return True
    return not (suffix in IMAGE_SUFFIXES or head.startswith(_PHOTOGRAPHS))


def _head(path: Path) -> bytes:
    with suppress(OSError):
        if path.is_file():  # a pipe would give its first bytes away
            with path.open("rb") as file:
                return file.read(16)
    return b""
