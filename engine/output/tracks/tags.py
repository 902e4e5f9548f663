"""What a file says of itself, carried over to the video that is made of it."""

import logging
from collections.abc import Mapping, Sequence

import av

from fer_video.engine.frames.info import SourceInfo

log = logging.getLogger(__name__)

_OF_THE_FILE = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "software"}
    | {"duration", "handler_name"}
    | {"uid", "generation_uid", "material_package_umid", "operational_pattern_ul", "product_uid"}
    | {"company_name", "product_name", "product_version", "product_version_num"}
    | {"toolkit_version_num", "application_platform"}
)
"""Names of what holds only for the file that says it; MXF names the program that wrote it."""
_OF_MP4 = frozenset(
    {"title", "artist", "album_artist", "composer", "album", "date", "comment", "genre"}
    | {"copyright", "grouping", "lyrics", "description", "synopsis", "show", "episode_id"}
    | {"network", "keywords", "creation_time"}
)
"""Names that FFmpeg writes into an mp4; QuickTime files have some of their own."""
_HELD = {
    "mp4": _OF_MP4,
    "mov": _OF_MP4 | {"author", "make", "model", "location"},
    "mpegts": frozenset[str](),
}
"""Names of what containers hold; others hold all."""
_MOST_NAMED = 4
"""Names that are told of what is lost; phones and cameras write dozens."""
_WITHOUT_CHAPTERS = ("mpegts", "flv")


def carry_over(target: str, container: av.container.OutputContainer, info: SourceInfo) -> None:
    """Write title, date, chapters and the like, and say once what the container cannot hold.

    Args:
        target: what the warning calls the video.
        container: to write to; its header is not yet written.
        info: of the source.
    """
    held = container.format.name
    told = {key: value for key, value in info.metadata.items() if key.lower() not in _OF_THE_FILE}
    known = _HELD.get(held)
    lost = [] if known is None else sorted(key for key in told if key.lower() not in known)
    container.metadata.update({key: told[key] for key in told if key not in lost})
    if info.chapters and held not in _WITHOUT_CHAPTERS:
        container.set_chapters(list(info.chapters))
    elif info.chapters:
        lost.insert(0, "chapters")
    if lost:
        log.warning(
            "%s: %s cannot hold what the source says of itself (%s); .mkv can",
            target,
            held,
            _some(lost),
        )


def _some(names: Sequence[str]) -> str:
    """A few of the names, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def of_track(metadata: Mapping[str, str], held: str) -> dict[str, str]:
    """What a track says of itself that holds for a copy, too.

    Args:
        metadata: of the track.
        held: FFmpeg's name of the container.
    """
    copied = {key: metadata[key] for key in ("language", "title") if key in metadata}
    if held == "mov" and "language" in copied:
        copied["language"] = _IN_MOV.get(copied["language"], copied["language"])
    return copied


_IN_MOV = {
    "bod": "tib",
    "cym": "wel",
    "deu": "ger",
    "ell": "gre",
    "eus": "baq",
    "fas": "per",
    "hye": "arm",
    "isl": "ice",
    "kat": "geo",
    "mkd": "mac",
    "msa": "may",
    "mya": "bur",
    "nld": "dut",
    "sqi": "alb",
    "zho": "chi",
}
"""Codes of ISO 639-2 that QuickTime has by their other names."""
