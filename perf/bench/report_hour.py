"""What a report of an hour costs: two people at 30 frames a second, all formats, on this machine.

    python -m fer_video.perf.bench.report_hour [--minutes 60] [--parts]

The records are made up, a random walk of scores for each person; `fer-video report` reads them as a
user starts it. Prints seconds on the clock and of the processor, and the peak of memory.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fer_video.engine import EXPRESSIONS
from fer_video.perf.bench.footprint import peak_megabytes

_RATE, _PEOPLE = 30, 2
_PARTS = ("left_eye", "right_eye", "nose", "mouth")


def records(minutes: float, *, parts: bool) -> Iterator[dict[str, Any]]:
    """One record a frame, as a run writes them.

    Args:
        minutes: that they last.
        parts: whether each face tells what its parts say.
    """
    rng, count = np.random.default_rng(1), round(60 * minutes * _RATE)
    steps = rng.normal(0, 0.04, (count, _PEOPLE, len(EXPRESSIONS)))
    walk = np.exp(3 * np.sin(np.cumsum(steps, axis=0)))
    scores = np.round(walk / walk.sum(axis=2, keepdims=True), 4)
    for frame in range(count):
        faces = [_face(person, scores[frame, person], parts=parts) for person in range(_PEOPLE)]
        yield {
            "source": "hour.mp4",
            "frame": frame,
            "time": round(frame / _RATE, 6),
            "size": [1280, 720],
            "faces": faces,
        }


def _face(person: int, scores: Any, *, parts: bool) -> dict[str, Any]:
    label = EXPRESSIONS[int(scores.argmax())]
    named = dict(zip(EXPRESSIONS, scores.tolist(), strict=True))
    left = 200 + 500 * person
    face = {
        "id": person + 1,
        "box": [left, 150.0, 180.0, 220.0],
        "score": 0.97,
        "landmarks": [[left + x, 200.0 + y] for x, y in ((50, 0), (130, 0), (90, 45))]
        + [[left + x, 200.0 + y] for x, y in ((60, 90), (120, 90))],
        "expression": label,
        "confidence": named[label],
        "scores": named,
        "raw_scores": named,
        "status": "ok",
        "quality": {"eye_distance": 80.0, "yaw": "≤20", "sharpness": 0.8, "reasons": []},
    }
    if parts:
        said = {"expression": label, "confidence": 0.5, "evidence": named}
        around = {"rest": {"evidence": named}, "baseline": named}
        face["parts"] = dict.fromkeys(_PARTS, said) | around
    return face


def measure(minutes: float, *, parts: bool) -> str:
    """Make the records, read them, and say what that took."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "hour.jsonl"
        with path.open("w") as file:
            file.writelines(json.dumps(one) + "\n" for one in records(minutes, parts=parts))
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        report = ["report", str(path), "--output", str(Path(folder) / "out")]
        peak = peak_megabytes([sys.executable, "-m", "fer_video.cli", *report])
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return (
            f"{minutes:g} minutes, {_PEOPLE} people, {_RATE} frames a second, "
            f"{path.stat().st_size / 1e6:.0f} MB of records: {seconds:.1f} s on the clock, "
            f"{spent:.1f} s of the processor, {peak:.0f} MB"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.report_hour",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--parts", action="store_true", help="each face tells what its parts say")
    wanted = parser.parse_args()
    sys.stdout.write(measure(wanted.minutes, parts=wanted.parts) + "\n")


if __name__ == "__main__":
    main()
