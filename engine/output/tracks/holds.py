"""Which sound a container holds as it is, and what other sound becomes in it."""

import av

_OF_MP4 = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp2", "mp3", "opus"})
_OF_MOV = frozenset({"aac", "ac3", "alac", "eac3", "mp2", "mp3"})
_OF_TS = frozenset({"aac", "aac_latm", "ac3", "dts", "eac3", "mp2", "mp3", "opus"})
_OF_FLV = frozenset({"aac", "ac3", "eac3", "flac", "mp3", "opus"})
"""Canonical names of codecs. FFmpeg's muxers take more of them than players do, and a few that
fail only when the file is finished; that of transport streams does not list what it takes."""
_RATES_OF_MP3_IN_FLV = (44_100, 22_050, 11_025)
"""Samples a second: what two bits of its header can say."""
ENCODERS = {"matroska": "libopus"}
"""Encoder of sound that a container cannot hold as it is; elsewhere AAC."""
SEVERAL = frozenset({"mp4", "mov", "matroska", "mpegts"})
"""Containers of several tracks of sound."""


def holds(container: av.container.OutputContainer, sound: av.AudioStream) -> bool:
    """Whether the container can hold the sound as it is."""
    held, context = container.format.name, sound.codec_context
    codec = context.codec.canonical_name
    if held == "matroska":
        return codec in _canonical(container)
    if held == "mov" and codec.startswith("pcm_"):
        return codec in _canonical(container)
    if held == "flv" and codec == "mp3":
        return context.sample_rate in _RATES_OF_MP3_IN_FLV
    known = {"mp4": _OF_MP4, "mov": _OF_MOV, "mpegts": _OF_TS, "flv": _OF_FLV}
    return codec in known[held]


def _canonical(container: av.container.OutputContainer) -> set[str]:
    """What the muxer lists: FFmpeg names encoders and decoders there, `dca` for DTS."""
    return {codec_name(name) for name in container.supported_codecs}


def codec_name(name: str) -> str:
    """Of an encoder's or decoder's name that of the codec: `libmp3lame` is for `mp3`."""
    try:
        return av.Codec(name, "r").canonical_name
    except av.codec.codec.UnknownCodecError:
        return av.Codec(name, "w").canonical_name
