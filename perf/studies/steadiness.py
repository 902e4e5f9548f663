"""How steady the labels are: on clips, and on true expression steps with noise from those clips.

    python -m fer_video.perf.studies.steadiness --source CLIP [--source CLIP ...] [--smoothing 0.1]

A step has the scores that the classifier usually gives to one expression of the clips, weak or
full, for one to three seconds; its noise is a stretch of what the raw scores of a clip deviate from
their running median. A change of label is untrue if it is not the first one to a step's expression.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine import EXPRESSIONS, UNCERTAIN, EngineOptions, open_pipeline
from fer_video.engine.smooth.smoother import ScoreSmoother

Array: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]

_STEPS = 400
_FRAME_RATE = 30
_WEAKEST = 0.15
"""Share of the usual logits that the weakest step has."""
_HALF_WINDOW = 7
_LEAST = 5
"""Frames of an expression from which the clips say how it usually scores."""


@dataclass(frozen=True, slots=True)
class Track:
    """The face that is seen longest in a clip."""

    times: Array
    """Times of the frames in seconds, (n,)."""
    raw: Array
    """Scores of each frame alone, (n, 5)."""
    shown: Labels
    """Labels with smoothing, (n,)."""
    uncertain: Flags
    """Whether the face is labelled `uncertain`, (n,)."""
    less: Flags
    """Whether its confidence is less than the least, which is asked for or the network's, (n,)."""

    def changes(self, labels: Labels | Flags) -> float:
        """Changes of label, or of `uncertain`, a second."""
        return float(np.count_nonzero(np.diff(labels)) / (self.times[-1] - self.times[0]))


def read_track(source: str, options: EngineOptions) -> Track:
    """Run a clip."""
    rows: dict[int | None, list[tuple[float, Array, int, bool, bool]]] = {}
    with open_pipeline(source, options) as pipeline:
        least = (pipeline.options or options).min_confidence or 0.0
        for result in pipeline:
            for reading in result.readings:
                label, less = EXPRESSIONS.index(reading.expression), reading.confidence < least
                raw, unsure = reading.raw_scores.astype(float), reading.label == UNCERTAIN
                rows.setdefault(reading.face.id, []).append(
                    (result.frame.time, raw, label, unsure, less)
                )
    if not rows:
        raise SystemExit(f"{source}: shows no face; give a clip that does")
    return Track(*map(np.array, zip(*max(rows.values(), key=len), strict=True)))


def logits(scores: Array) -> Array:
    """log(scores), centred."""
    logs = np.log(np.maximum(scores, 1e-4))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def deviations(track: Track) -> Array:
    """(n, 5) logits less their running median over half a second."""
    values, half = logits(track.raw), _HALF_WINDOW
    medians = [
        np.median(values[max(i - half, 0) : i + half + 1], axis=0) for i in range(len(values))
    ]
    return np.asarray(values - medians)


def steps(tracks: Sequence[Track], seed: int) -> tuple[Labels, Array]:
    """True labels (n,) and raw scores (n, 5) of a made-up sequence."""
    rng = np.random.default_rng(seed)
    known = np.concatenate([logits(track.raw) for track in tracks])
    labels = known.argmax(axis=1)
    counts = np.bincount(labels, minlength=len(EXPRESSIONS))
    seen = [c for c in range(len(counts)) if counts[c] >= _LEAST]
    usual = {c: np.median(known[labels == c], axis=0) for c in seen}
    if len(usual) < 2:
        raise SystemExit("the clips show one expression only; give more of them")
    noise = np.concatenate([deviations(track) for track in tracks])
    truth: list[int] = []
    parts = []
    for _ in range(_STEPS):
        label = int(rng.choice([c for c in usual if not truth or c != truth[-1]]))
        length = int(rng.uniform(1.0, 3.0) * _FRAME_RATE)
        start = rng.integers(0, max(len(noise) - length, 1))
        parts.append(rng.uniform(_WEAKEST, 1.0) * usual[label] + noise[start : start + length])
        truth += [label] * len(parts[-1])
    powers = np.exp(np.concatenate(parts))
    return np.array(truth), powers / powers.sum(axis=1, keepdims=True)


def steadied(scores: Array, seconds: float) -> Labels:
    """(n,) labels as the engine shows them."""
    steady = ScoreSmoother(seconds)
    rows = enumerate(scores.astype(np.float32))
    return np.array([EXPRESSIONS.index(steady(1, row, i / _FRAME_RATE)[1]) for i, row in rows])


def untrue_changes(truth: Labels, labels: Labels) -> tuple[int, Array]:
    """Changes but for the first to each step's expression; when steps were shown first, in ms."""
    changed = np.diff(labels, prepend=labels[0]) != 0
    borders = [0, *(np.flatnonzero(np.diff(truth)) + 1), len(truth)]
    delays = []
    for start, end in pairwise(borders):
        hits = np.flatnonzero(labels[start:end] == truth[start])[:1]
        changed[start + hits] = False
        delays += list(hits)
    return int(changed.sum()), 1000 / _FRAME_RATE * np.array(delays)


def uncertain_told(tracks: Sequence[Track]) -> str:
    """How often faces become `uncertain`, or stop being so, by the confidence and as shown."""
    minutes = sum(track.times[-1] - track.times[0] for track in tracks) / 60

    def told(flags: Sequence[Flags]) -> str:
        changes = sum(np.count_nonzero(np.diff(of_track)) for of_track in flags)
        share = np.concatenate(flags).mean()
        return f"{changes / minutes:.1f} changes a minute, {share:.1%} of the frames"

    return (
        f"uncertain: by the confidence of each frame {told([track.less for track in tracks])}; "
        f"as shown {told([track.uncertain for track in tracks])}\n"
    )


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.studies.steadiness", description=__doc__
    )
    parser.add_argument("--source", action="append", required=True, help="clips with a face")
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--smoothing", type=float, default=EngineOptions().smoothing)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Print what was measured."""
    wanted, say = parse(), sys.stdout.write
    options = EngineOptions(model=wanted.model, smoothing=wanted.smoothing, draw=False)
    tracks = [read_track(source, options) for source in wanted.source]
    for source, track in zip(wanted.source, tracks, strict=True):
        raw, shown = track.changes(track.raw.argmax(axis=1)), track.changes(track.shown)
        say(f"{source}: {raw:.2f} changes of label a second raw, {shown:.2f} smoothed\n")
    say(uncertain_told(tracks))
    truth, scores = steps(tracks, wanted.seed)
    before, _ = untrue_changes(truth, scores.argmax(axis=1))
    after, delays = untrue_changes(truth, steadied(scores, wanted.smoothing))
    say(
        f"{_STEPS} true steps: {before} untrue changes raw, {after} smoothed "
        f"({1 - after / max(before, 1):.0%} fewer); a step shows after {delays.mean():.0f} ms "
        f"(p95 {np.percentile(delays, 95):.0f})\n"
    )


if __name__ == "__main__":
    main()
