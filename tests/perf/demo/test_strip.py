"""README's picture shows what the engine draws."""

import numpy as np

from fer_video.engine.render.palette import PALETTE
from fer_video.perf.demo.strip import strip


def test_each_frame_of_the_picture_has_the_colour_of_its_label() -> None:
    frames = np.split(np.asarray(strip(), int), 3, axis=1)
    for frame, label in zip(frames, ("neutral", "happy", "surprise"), strict=True):
        alike = np.abs(frame - PALETTE[label]).max(axis=2) < 24
        assert alike.sum() > 500, label
