"""How well faces keep their identity: on clips, and on made-up crossing faces with known truth.

The made-up faces move like people in a 1280x720 picture at 30 frames a second: smoothly, at
changing speeds, past and in front of each other. A face behind another is not detected, a turned
head is lost for some tenths of a second, boxes are noisy, and now and then a detection is missed.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.detect.track import Tracker
from fer_video.engine.faces.face import Box, Face

RATE, SECONDS = 30, 60
WIDTH, HEIGHT = 1280, 720
_NOISE = 0.03
"""Noise of a box, in its sides."""
_MISSED, _TURNS, _TURNED = 0.02, 0.1, 0.4
"""Share of detections that fail alone; turned heads a face and second, and how long, in seconds."""
_STAY = 15.0
"""Seconds for which a person stays, in the mean."""
_HIDDEN = 0.25
"""Share of a face behind a nearer one from which it is not detected."""


@dataclass(slots=True)
class Count:
    """Over a run of frames."""

    faces: int = 0
    switches: int = 0
    """Faces that have another identity than the last time they were seen, or somebody else's."""
    identities: int = 0


def count_switches(
    frames: Iterator[tuple[float, Sequence[tuple[int, Face]]]], tracker: Tracker
) -> Count:
    """Track frames, each a time and its faces with whom they truly are."""
    result, names, owners = Count(), dict[int, int | None](), dict[int | None, int]()
    for time, people in frames:
        tracked = tracker([face for _, face in people], time)
        for (person, _), face in zip(people, tracked, strict=True):
            result.faces += 1
            known = names.get(person, face.id) == face.id and owners.get(face.id, person) == person
            result.switches += not known
            names[person], owners[face.id] = face.id, person
    result.identities = len(owners)
    return result


def crossing(people: int, seed: int) -> Iterator[tuple[float, Sequence[tuple[int, Face]]]]:
    """A minute of made-up faces; each nearer one is larger, and hides those behind it.

    Now and then one goes, and somebody else of that size comes in elsewhere.
    """
    rng = np.random.default_rng(seed)
    sizes = np.sort(rng.uniform(45, 130, people))[::-1]
    place = rng.uniform(0, 1, (people, 2)) * (WIDTH, HEIGHT)
    speed, away = rng.normal(0, 120, (people, 2)), np.zeros(people)
    who, coming = np.arange(people), people
    for index in range(RATE * SECONDS):
        for i in np.flatnonzero(rng.random(people) < 1 / (RATE * _STAY)):
            place[i], who[i], coming = rng.uniform(0, 1, 2) * (WIDTH, HEIGHT), coming, coming + 1
        speed += rng.normal(0, 25, speed.shape) - 0.01 * speed
        place += speed / RATE
        outside = (place < 0) | (place > (WIDTH, HEIGHT))
        speed[outside] = -speed[outside]
        place = place.clip(0, (WIDTH, HEIGHT))
        away = np.where(rng.random(people) < _TURNS / RATE, _TURNED, away - 1 / RATE)
        boxes = [_box(rng, place[i], size) for i, size in enumerate(sizes)]
        seen = [i for i in range(people) if away[i] <= 0 and rng.random() > _MISSED]
        seen = [i for i in seen if not any(_hides(boxes[k], boxes[i]) for k in range(i))]
        yield (
            index / RATE,
            [(int(who[i]), Face(boxes[i], 0.9)) for i in rng.permutation(seen).tolist()],
        )


def _box(rng: np.random.Generator, centre: NDArray[np.float64], size: float) -> Box:
    x, y = centre.tolist()
    dx, dy, dw, dh = rng.normal(0, _NOISE * size, 4)
    width, height = size + dw, 1.25 * size + dh
    return Box(x + dx - width / 2, y + dy - height / 2, width, height)


def _hides(near: Box, far: Box) -> bool:
    across = min(near.left + near.width, far.left + far.width) - max(near.left, far.left)
    down = min(near.top + near.height, far.top + far.height) - max(near.top, far.top)
    return across > 0 and down > 0 and across * down > _HIDDEN * far.area


def on_clip(source: str) -> Count:
    """A clip in which one person is seen at a time: every change of identity is a switch."""
    result, last, used = Count(), None, set[int | None]()
    with open_pipeline(source, EngineOptions(draw=False)) as pipeline:
        for recognized in pipeline:
            for reading in recognized.readings[:1]:
                result.faces += 1
                result.switches += last not in (None, reading.face.id)
                last = reading.face.id
            used |= {reading.face.id for reading in recognized.readings}
    result.identities = len(used)
    return result


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.studies.identity", description=__doc__
    )
    parser.add_argument("--source", action="append", default=[], help="clips with one face")
    parser.add_argument("--people", type=int, nargs="+", default=[2, 5, 10, 20])
    parser.add_argument("--seeds", type=int, nargs="+", default=[*range(100, 110)])
    wanted = parser.parse_args()
    for people in wanted.people:
        counts = [count_switches(crossing(people, seed), Tracker()) for seed in wanted.seeds]
        faces, switches = sum(c.faces for c in counts), sum(c.switches for c in counts)
        minutes = len(counts) * SECONDS / 60 * people
        sys.stdout.write(
            f"{people} crossing faces: {switches} switches in {faces} detections, "
            f"{switches / minutes:.2f} a face and minute\n"
        )
    for source in wanted.source:
        count = on_clip(source)
        sys.stdout.write(
            f"{source}: {count.switches} switches, {count.identities} identities in "
            f"{count.faces} faces\n"
        )


if __name__ == "__main__":
    main()
