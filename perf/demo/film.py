"""Draws the packaged demo: a face that rests, smiles, is surprised, and rests again.

    python -m fer_video.perf.demo.film [--portrait FILE] [--output FILE]

It takes some minutes and is run from the repository's root; the demo itself is only decoded.
"""

import argparse
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import cos, pi, sin
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_video.perf.demo.canvas import SCALE
from fer_video.perf.demo.drawing import Sitter
from fer_video.perf.demo.face import HAPPY, NEUTRAL, SURPRISE, Expression

WIDTH, HEIGHT, RATE, FRAMES = 1280, 720, 30, 300
SCRIPT = ((0.0, NEUTRAL), (2.4, HAPPY), (5.2, SURPRISE), (8.1, NEUTRAL))
"""When each expression begins, in seconds."""
CHANGE = 0.6
"""Seconds that a face takes from one expression to the next."""
_MIDDLE = 237.0, 129.0
"""What the camera looks at, in pixels of the portrait."""
_ENCODING = {"preset": "veryslow", "crf": "26", "g": str(FRAMES), "tune": "animation"}


def expression_at(time: float) -> Expression:
    """What the face shows, `time` in seconds."""
    shown = NEUTRAL
    for start, expression in SCRIPT:
        share = min(max((time - start) / CHANGE, 0), 1)
        shown = shown.towards(expression, share * share * (3 - 2 * share))
    return shown


def frames(portrait: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Every frame, (720, 1280, 3) uint8, RGB."""
    show = lru_cache(maxsize=1)(Sitter(portrait).show)
    for index in range(FRAMES):
        yield filmed(show(expression_at(index / RATE)), index / RATE)


def filmed(picture: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
    """What the camera shows of the enlarged portrait, `time` in seconds."""
    frame = cv2.warpAffine(
        picture,
        camera_at(time),
        (WIDTH, HEIGHT),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(frame, np.uint8)


def camera_at(time: float) -> NDArray[np.float64]:
    """(2, 3) map from frame to drawn pixels: an unsteady hand that comes nearer and goes away."""
    turns = 2 * pi * time / (FRAMES / RATE)
    zoom, roll = 0.95 + 0.05 * sin(turns), 0.02 * sin(2 * turns) + 0.003 * sin(19 * turns)
    turn = np.array([[cos(roll), -sin(roll)], [sin(roll), cos(roll)]]) / zoom
    shake = 1.5 * sin(13 * turns) + sin(29 * turns), 1.2 * sin(11 * turns + 1) + sin(31 * turns)
    pan = 14 * sin(turns) + shake[0], 9 * sin(2 * turns) + shake[1]
    return np.column_stack([turn, np.array(_MIDDLE) * SCALE + pan - turn @ [WIDTH / 2, HEIGHT / 2]])


def write(path: Path, portrait: NDArray[np.uint8]) -> None:
    """Encode the frames as H.264, as small as goes without being seen."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        container.metadata["title"] = "fer-video demo"
        container.metadata["copyright"] = "after NASA's portrait of Eileen Collins, public domain"
        stream = container.add_stream("libx264", rate=RATE, options=_ENCODING)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for index, frame in enumerate(frames(portrait)):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            picture.pts, picture.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def main() -> None:
    """Read the portrait and write the clip."""
    parser = argparse.ArgumentParser(prog="python -m fer_video.perf.demo.film", description=__doc__)
    parser.add_argument("--portrait", type=Path, default=Path("perf/demo/portrait.webp"))
    parser.add_argument("--output", type=Path, default=Path("engine/capture/film/demo.mp4"))
    wanted = parser.parse_args()
    write(wanted.output, np.asarray(Image.open(wanted.portrait).convert("RGB")))


if __name__ == "__main__":
    main()
