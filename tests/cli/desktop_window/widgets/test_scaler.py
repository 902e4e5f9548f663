"""Scaler: pictures of the size at which they are shown, the same whichever thread asks."""

from itertools import islice
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from fer_video.cli.desktop_window.widgets.scaler import scaled_ahead
from fer_video.engine.capture.film.demo import open_demo


def test_frame_is_the_same_picture_at_another_size() -> None:
    (frame,) = islice(open_demo().frames(), 1)
    whole = Image.fromarray(frame.to_bgr()[..., ::-1])
    scaled = scaled_ahead(1)
    for width, height in ((640, 360), (333, 187), (1280, 720), (1500, 844)):
        ours = scaled(frame, width, height)
        assert (ours.mode, ours.size) == ("RGB", (width, height))
        theirs = whole.resize((width, height), Image.Resampling.BILINEAR)
        apart = np.abs(np.asarray(ours, int) - np.asarray(theirs, int))
        assert apart.mean() < 4, (width, height)


@pytest.mark.parametrize("ahead", [1, 2])
def test_what_one_thread_asks_ahead_another_one_finds_ready(ahead: int) -> None:
    frames = list(islice(open_demo().frames(), ahead))
    scaled = scaled_ahead(1)
    ready: list[Image.Image] = []
    thread = Thread(target=lambda: ready.extend(scaled(one, 64, 36) for one in frames))
    thread.start()
    thread.join()
    assert all(scaled(one, 64, 36) is kept for one, kept in zip(frames, ready, strict=True))
    assert scaled(frames[0], 65, 36).size == (65, 36)  # the window was resized since
