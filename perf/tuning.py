"""Which settings are best on this machine for a source: each tried on the same frames."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import Any

from fer_video.engine import EngineOptions, SourceError
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.capture.open import open_source
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.machine import cores
from fer_video.engine.network.models import MODELS
from fer_video.engine.run.lane import Lane
from fer_video.engine.run.pipeline import Pipeline
from fer_video.perf.detection import MIN_FACES

FRAMES = 60
"""Number of frames held in memory, so that neither reading nor a camera's pace counts."""
_ENOUGH = 0.98
"""Share of the most faces found at any price that a cheaper setting must find."""
_CLEARLY = 1.03
"""Factor by which a setting must be faster before it replaces the usual one."""
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """One value of one setting, and what came of it."""

    setting: str
    value: str | int
    fps: float
    """Frames a second from detection to reading, the best of some runs."""
    faces: int
    """Number of faces found in all frames."""


class _Replay:
    """A source that gives the same frames again."""

    def __init__(self, info: SourceInfo, frames: Sequence[Frame]) -> None:
        self.info = replace(info, live=False, audio=(), frames=len(frames))
        self._frames = frames

    def frames(self) -> Iterator[Frame]:
        yield from self._frames

    def stop(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""


def tune(
    source: str, options: EngineOptions, tell: Callable[[Trial], None]
) -> dict[str, str | int]:
    """Try sizes of the smallest face, precisions and threads, each with the best before.

    The size that is looked for unasked is among those.

    Args:
        source: its first `FRAMES` frames count.
        options: model and everything that is not tried.
        tell: called with every trial.

    Returns:
        The best value of `min_face`, `precision` and `threads`; none of `min_face` where no size
        finds a face.

    Raises:
        SourceError: the source cannot be opened, or has no frame.
    """
    with closing(open_source(source, live=options.live)) as opened:
        frames, info = list(islice(opened.frames(), FRAMES)), opened.info
        opened.stop()
    if not frames:
        raise SourceError(f"{source}: has no frame to try settings on")
    replay = _Replay(info, frames)
    best: dict[str, Any] = {}
    for setting, values in _candidates(str(options.model), _usual_face(frames, options)).items():
        trials = []
        for value in values:
            trials.append(_try(replay, options, setting, value, best))
            tell(trials[-1])
        chosen = (_cheapest if setting == "min_face" else _fastest)(trials)
        best |= {} if chosen is None else {setting: chosen}
    return best


def _usual_face(frames: Sequence[Frame], options: EngineOptions) -> int:
    """Height in pixels of the smallest faces that are looked for in these frames unless asked."""
    sides = [(max(frame.width, frame.height), frame.still) for frame in frames]
    return int(min(options.detect.smallest_face(side, still=still) for side, still in sides))


def _candidates(model: str, usual_face: int) -> dict[str, Sequence[str | int]]:
    others = [name for name in ("int8", "fp16") if f"{model}_{name}" in MODELS]
    precisions = ["fp32", *others] if others else ["auto"]  # a file has the one that it has
    threads = [n for n in (1, 2, 4, 8) if n <= cores()]
    faces = sorted({*MIN_FACES, usual_face}, reverse=True)
    return {"min_face": faces, "precision": precisions, "threads": threads}


def _try(
    replay: _Replay, options: EngineOptions, setting: str, value: str | int, best: dict[str, Any]
) -> Trial:
    chosen = with_settings(options, best | {setting: value})
    classifier, detector, runs = load_classifier(chosen), load_detector(chosen), []
    for _ in range(_ROUNDS):
        lane = Lane(replay, build_chain(chosen, classifier, detector))
        start = perf_counter()
        with Pipeline([lane]) as pipeline:
            faces = sum(len(recognized.readings) for recognized in pipeline)
        runs.append(perf_counter() - start)
    return Trial(setting, value, (replay.info.frames or 0) / min(runs), faces)


def with_settings(options: EngineOptions, settings: dict[str, Any]) -> EngineOptions:
    """Options with some of the settings that are tried."""
    return replace(
        options,
        detect=replace(options.detect, min_face=settings.get("min_face", options.detect.min_face)),
        session=replace(options.session, threads=settings.get("threads", options.session.threads)),
        precision=settings.get("precision", options.precision),
        draw=False,
    )


def _cheapest(trials: Sequence[Trial]) -> str | int | None:
    """The first that finds almost as many faces as any; None where none finds any."""
    most = max(trial.faces for trial in trials)
    enough = (trial.value for trial in trials if trial.faces >= _ENOUGH * most)
    return next(enough) if most else None


def _fastest(trials: Sequence[Trial]) -> str | int:
    """The usual one comes first, and stays unless another is clearly faster."""
    usual, best = trials[0], max(trials, key=lambda trial: trial.fps)
    return best.value if best.fps > _CLEARLY * usual.fps else usual.value
