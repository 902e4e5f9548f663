"""Decoding and encoding alone: the limit of whatever reads and writes video. Needs PyAV only."""

from fractions import Fraction
from pathlib import Path

import av


def transcode(clip: Path, target: Path, preset: str) -> int:
    """Decode and encode, with as many threads as the codecs like; how many frames there were."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as result:
        pictures = source.streams.video[0]
        pictures.thread_type = "AUTO"
        rate = pictures.average_rate or Fraction(30)
        stream = result.add_stream("libx264", rate=rate, options={"preset": preset})
        stream.width, stream.height = pictures.width, pictures.height
        stream.pix_fmt, stream.thread_type = "yuv420p", "FRAME"
        stream.codec_context.time_base = pictures.time_base or 1 / rate
        frames = 0
        for picture in source.decode(pictures):
            picture.pict_type = 0
            result.mux(stream.encode(picture))
            frames += 1
        result.mux(stream.encode(None))
    return frames
