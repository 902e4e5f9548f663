"""How good the written pictures are, how large the file becomes, and how much work that is."""

from fer_video.engine.errors import OptionsError
from fer_video.engine.frames.info import SourceInfo

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")
"""Presets of the encoder x264, from least to most work a frame."""

_USUAL = 23
"""Constant rate factor of x264 at which few see a difference (its own default)."""
_TIMES_THE_SOURCE = 2
"""How often the source's bit rate the usual quality may take: what a better or slower encoder has
saved would else come back, and the noise of its own that it left be kept with care."""
_LEAST = 300_000
"""Bits a second that it may always take."""
_LARGEST = 2**31 - 1
"""Bits of two seconds that can be told to the encoder."""


def check_quality(target: str, crf: int | None, bitrate: int | None) -> None:
    """Refuse what x264 does not know.

    Args:
        target: what errors call the video.
        crf: constant rate factor.
        bitrate: kbit/s.

    Raises:
        OptionsError: both are given, or one lies outside its range.
    """
    if crf is not None and bitrate is not None:
        raise OptionsError(f"{target}: give crf or bitrate, not both")
    if crf is not None and not 0 <= crf <= 51:
        raise OptionsError(f"crf {crf}: give 0 (no loss) to 51 (worst); 23 is usual")
    if bitrate is not None and not 10 <= bitrate <= 1_000_000:
        raise OptionsError(f"bitrate {bitrate}: give 10 to 1000000 kbit/s")


def quality_options(info: SourceInfo, crf: int | None, bitrate: int | None) -> dict[str, str]:
    """The encoder's options.

    Args:
        info: of the source, whose bit rate limits the usual quality.
        crf: constant rate factor; None for the usual.
        bitrate: average in kbit/s; None for as much as the quality takes.
    """
    if bitrate is not None:
        return {"b": str(1000 * bitrate)} | _limited(2 * 1000 * bitrate)
    if crf is not None or info.bit_rate is None:
        return {"crf": str(_USUAL if crf is None else crf)}
    return {"crf": str(_USUAL)} | _limited(max(_TIMES_THE_SOURCE * info.bit_rate, _LEAST))


def _limited(most: int) -> dict[str, str]:
    """For any two seconds; without a limit where FFmpeg's integers cannot hold it."""
    if 2 * most > _LARGEST:
        return {}
    return {"maxrate": str(most), "bufsize": str(2 * most)}
