"""A track of sound written into a file in memory, to know beforehand what a muxer makes of it."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeAlias, cast

import av
import av.error

from fer_video.engine.output.tracks.copied import CopiedTrack
from fer_video.engine.output.tracks.encoded import EncodedTrack

_Track: TypeAlias = CopiedTrack | EncodedTrack
RECOVERABLE = {
    "movflags": "+hybrid_fragmented+delay_moov+frag_keyframe",
    "flush_packets": "1",  # else a fragment may wait in memory for the next
}
"""An mp4 that plays even when its end was never written (a full disk, a power cut).

Its index comes late (delay_moov), since only then it holds the video's offset to the sound; and
its fragments end before a keyframe, since FFmpeg takes the last of them for the whole to find
where the video ends, and B-frames across a border would cost the last picture.

A trial writes as the file will be written: in a pipe FFmpeg says nothing of what it cannot write.
"""


def can_write(
    held: str,
    add: Callable[[av.container.OutputContainer], _Track],
    packet: "av.Packet[av.AudioStream] | None",
) -> bool:
    """Whether the track can be written to the end of a file.

    Some muxers say only there that they cannot, and the whole file is lost then.

    Args:
        held: FFmpeg's name of the container.
        add: adds the track to a container.
        packet: the first of the track, if it is there already; it stays as it is.
    """
    options = RECOVERABLE if held in ("mp4", "mov") else {}
    try:
        with av.open(BytesIO(), "w", format=held, options=dict(options)) as container:
            pictures = _pictures(container)
            track = add(container)
            container.mux(pictures.encode(av.VideoFrame(16, 16, "yuv420p")))
            if packet is not None and isinstance(track, CopiedTrack):
                track.write(_copy(packet))
            container.mux(pictures.encode(None))
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _pictures(container: av.container.OutputContainer) -> av.VideoStream:
    """A film to go with the sound, without which nothing is written at all."""
    stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
    return stream


def _copy(packet: "av.Packet[Any]") -> "av.Packet[av.AudioStream]":
    copy = cast("av.Packet[av.AudioStream]", av.Packet(bytes(packet)))
    copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
    copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
    return copy
