"""One run of whichever fer-video the interpreter finds; prints its frames a second.

A file of its own, that uses the public interface alone, since `compare.py` runs it with the engines
of two revisions.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from fer_video.engine import EngineOptions, VideoWriter, open_pipeline


def main(clip: str, preset: str) -> None:
    """Annotate `clip`; start-up is not counted."""
    options = EngineOptions(draw=True)
    with TemporaryDirectory() as folder, open_pipeline(clip, options) as pipeline:
        frames, start = 0, perf_counter()
        with VideoWriter(Path(folder) / "out.mp4", pipeline.info, preset=preset) as video:
            for recognized in pipeline:
                video.write(recognized)
                frames += 1
        sys.stdout.write(f"{frames / (perf_counter() - start)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
