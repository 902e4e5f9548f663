"""Records whose truth is known to the second: three people, three frame rates, drops and a gap."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_video.engine.faces.expressions import EXPRESSIONS

Record = dict[str, Any]


def face(
    identity: int,
    label: str,
    score: float,
    *,
    labels: Sequence[str] = EXPRESSIONS,
    status: str = "ok",
    **scores: float,
) -> Record:
    """A face as a record has it; the scores that are not given share what is left."""
    given = {label: score, **scores}
    rest = (1 - sum(given.values())) / (len(labels) - len(given))
    shown = {name: round(given.get(name, rest), 4) for name in labels}
    return {
        "id": identity,
        "box": [100.0 * identity, 40.5, 60.0, 80.25],
        "score": 0.97,
        "landmarks": None,
        "expression": "uncertain" if status != "ok" else label,
        "confidence": score,
        "scores": shown,
        "raw_scores": {name: round(value / 2, 4) for name, value in shown.items()},
        "status": "ok" if status == "uncertain" else status,
    }


def frame(number: int, time: float, faces: Iterable[Record], source: str = "in.mp4") -> Record:
    """A frame as a record has it."""
    return {"source": source, "frame": number, "time": round(time, 6), "faces": list(faces)}


def write(path: Path, records: Iterable[Record]) -> Path:
    """Records as a run writes them."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def steady(
    path: Path, seconds: float, shown: Callable[[float], Iterable[Record]], fps: int = 10
) -> Path:
    """Records of frames at a steady rate, with what is shown at each time."""
    times = np.arange(round(seconds * fps)) / fps
    return write(path, (frame(n, t, shown(t), path.stem) for n, t in enumerate(times.tolist())))


def known(path: Path) -> Path:
    """100 frames in 10 s, 50 in the next 10, five dropped in a second, 60 in 3 s, nothing for a
    minute, and 20 in 2 s. See `test_summary` for what is true of it."""
    return write(path, _known())


def _known() -> Iterator[Record]:
    parts = ((0, 0.1, 100), (10, 0.2, 50), (21, 0.05, 60), (84, 0.1, 20))
    number = 0
    for start, step, count in parts:
        for place in range(count):
            time = round(start + step * place, 6)
            if time == 21:
                number += 5
            record = frame(number, time, [*_first(time), *_second(time), face(3, "happy", 0.9)])
            yield record | ({"dropped_before": 5} if time == 21 else {})
            number += 1


def _first(time: float) -> Iterator[Record]:
    """In view until 10 s, two frames left out, and from 15 to 20 s, at first hardly to be read."""
    if time in (4.0, 4.1) or 10 <= time < 15 or time >= 20:
        return
    if time < 2 or 5 <= time < 10:
        yield face(1, "neutral", 0.9)
    elif time < 5:
        yield face(1, "happy", 0.95 if time == 3 else 0.8)
    elif time < 16:
        yield face(1, "neutral", 0.9, status="low_quality")
    elif time < 16.4:
        yield face(1, "neutral", 0.4, status="uncertain")
    elif time < 18:
        yield face(1, "surprise", 0.6)
    elif time < 19:
        yield face(1, "surprise", 0.4, neutral=0.45)
    else:
        yield face(1, "neutral", 0.8)


def _second(time: float) -> Iterator[Record]:
    """In view from 21 s, angry but for one short frame."""
    if time == 22:
        yield face(2, "disgust", 0.8, angry=0.1)
    elif time >= 21:
        yield face(2, "angry", 0.6)
