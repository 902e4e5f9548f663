"""README's picture: the demo's three expressions, as the engine reads and draws them.

python -m fer_video.perf.demo.strip [--output FILE]
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from fer_video.engine import EngineOptions, open_pipeline

_MOMENTS = 60, 135, 210
"""Frames: resting, smiling, surprised."""
_SIDE = 480


def strip() -> Image.Image:
    """The middle of each frame, side by side."""
    picture = Image.new("RGB", (_SIDE * len(_MOMENTS), _SIDE))
    with open_pipeline("demo", EngineOptions(draw=True)) as pipeline:
        for result in pipeline:
            if result.frame.index in _MOMENTS:
                frame = Image.fromarray(np.ascontiguousarray(result.frame.to_bgr()[..., ::-1]))
                aside = (frame.width - frame.height) // 2
                square = frame.crop((aside, 0, aside + frame.height, frame.height))
                left = _SIDE * _MOMENTS.index(result.frame.index)
                picture.paste(square.resize((_SIDE, _SIDE)), (left, 0))
    return picture


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.demo.strip", description=__doc__
    )
    parser.add_argument("--output", type=Path, default=Path("perf/figures/annotated.jpg"))
    strip().save(parser.parse_args().output, quality=88)


if __name__ == "__main__":
    main()
