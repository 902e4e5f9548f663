"""Extensions: no result goes under the name of another format, which no program would open."""

from pathlib import Path
from typing import Literal

from fer_video.engine.errors import OptionsError

Kind = Literal["jsonl", "csv", "video", "still"]
"""What is written."""
CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".ts": "mpegts",
    ".flv": "flv",
}
"""FFmpeg's names of the containers of videos: those that hold H.264 with variable time stamps. AVI
counts frames; WebM holds no H.264."""
PICTURES = (".jpg", ".jpeg", ".png")
"""Extensions of the stills that are written."""
*_FIRST, _LAST = CONTAINERS
_WRITTEN: dict[Kind, str] = {
    "jsonl": "records are written as JSON Lines, .jsonl",
    "csv": "a table is written as .csv",
    "video": f"video is written as {', '.join(_FIRST)} or {_LAST}",
    "still": "a still is written as .jpg or .png",
}
_BY: dict[Kind, str] = {
    "jsonl": "`JsonLines`",
    "csv": "`Csv`",
    "video": "`VideoWriter`",
    "still": "`Stills`, of photographs,",
}
"""What writes it."""
_OWN: dict[str, Kind] = {
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "jsonl"),
    **dict.fromkeys((".csv",), "csv"),
    **dict.fromkeys(CONTAINERS, "video"),
    **dict.fromkeys(PICTURES, "still"),
}
_OF_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers", ".tsv", ".tab")
_OF_REPORTS = (".parquet", ".html", ".htm", ".pdf", ".svg", ".vtt", ".eaf", ".boris")
_OTHERS = (".avi", ".webm", ".wmv", ".mpg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".zip")
"""Of pictures and archives that are not written at all."""


def refuse_other(target: str | Path, *kinds: Kind) -> None:
    """Refuse a name whose extension is that of another format, before anything is written.

    An extension that nobody knows, and none at all, are let through; so is stdout.

    Args:
        target: a file, or a folder that is there, which may have any name.
        kinds: what may be written to it.

    Raises:
        OptionsError: with the way to what the name says.
    """
    path = Path(target)
    suffix = path.suffix.lower()
    if _OWN.get(suffix) in kinds or path.is_dir():
        return
    way = _way(path, suffix)
    if way:
        raise OptionsError(f"{target}: {', '.join(_WRITTEN[kind] for kind in kinds)}; {way}")


def _way(path: Path, suffix: str) -> str:
    """How to get what a name says; nothing where it says nothing."""
    if suffix in _OWN:
        return f"{_BY[_OWN[suffix]]} writes {suffix}"
    if suffix in _OF_SPREADSHEETS:
        return f"spreadsheets such as Excel open CSV: give {path.with_suffix('.csv')} to `Csv`"
    if suffix in _OF_REPORTS:
        return f"`fer-video report` makes {suffix} of records in JSON Lines"
    return f"{suffix} is not written" if suffix in _OTHERS else ""
