"""What `--classify adaptive` changes: the labels that differ from every-frame's, readings saved."""

import argparse
import sys
from dataclasses import replace

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.faces.expressions import Reading


def readings(source: str, options: EngineOptions) -> dict[tuple[int, int | None], Reading]:
    """Of every face of every frame, by frame and identity."""
    with open_pipeline(source, options) as pipeline:
        return {(r.frame.index, one.face.id): one for r in pipeline for one in r.readings}


def main() -> None:
    """Print a line for each source, and one for all."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.studies.adaptive", description=__doc__
    )
    parser.add_argument("--source", action="append", required=True, help="clips with faces")
    parser.add_argument("--model", default="cnn")
    wanted = parser.parse_args()
    every = EngineOptions(model=wanted.model, draw=False)
    faces = same = reused = 0
    for source in wanted.source:
        one, other = (
            readings(source, options) for options in (every, replace(every, classify="adaptive"))
        )
        equal = sum(
            face in other and other[face].expression == one[face].expression for face in one
        )
        again = sum(reading.reused for reading in other.values())
        faces, same, reused = faces + len(one), same + equal, reused + again
        sys.stdout.write(
            f"{source}: {equal / len(one):.1%} of the labels, {again / len(one):.0%} not read\n"
        )
    sys.stdout.write(f"all: {same / faces:.1%} of the labels, {reused / faces:.0%} not read\n")


if __name__ == "__main__":
    main()
