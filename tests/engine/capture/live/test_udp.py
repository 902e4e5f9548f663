"""MPEG-TS over UDP on loopback, met in the middle."""

import socket
from itertools import islice
from threading import Event

import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.options.live import LiveOptions
from tests.programs.sending import Sender


@pytest.mark.parametrize("keyframe_every", [10, 75])
def test_stream_is_met_between_keyframes(keyframe_every: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{free.getsockname()[1]}"
    sender = Sender(f"{url}?pkt_size=1316", "mpegts", keyframe_every)
    Event().wait(0.5)
    source = open_source(url, live=LiveOptions(timeout=5.0))
    assert (source.info.width, source.info.height, source.info.live) == (320, 240, True)
    assert [frame.index for frame in islice(source.frames(), 20)] == list(range(20))
    source.stop()
    source.close()
    sender.close()
