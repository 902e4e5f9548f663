"""Somebody who streams a picture to a URL."""

from contextlib import suppress
from fractions import Fraction
from threading import Event, Thread

import av
import av.error
import numpy as np

RATE = 30


class Sender:
    """Streams 320x240 in H.264, and connects again whenever the other end went away."""

    def __init__(self, url: str, container: str, keyframe_every: int = 10) -> None:
        self._url, self._container, self._every = url, container, keyframe_every
        self._over = Event()
        self._thread = Thread(target=self._send, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(20)

    def _send(self) -> None:
        while not self._over.wait(0.1):
            with suppress(av.error.FFmpegError, OSError):
                self._stream()

    def _stream(self) -> None:
        options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(self._every)}
        with av.open(self._url, "w", format=self._container) as sender:
            stream = sender.add_stream("libx264", rate=RATE, options=options)
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            index = 0
            while not self._over.wait(1 / RATE):
                picture = np.full((240, 320, 3), index % 200, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base, index = index, Fraction(1, RATE), index + 1
                sender.mux(stream.encode(frame))
