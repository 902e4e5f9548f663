"""Every stage behind one contract, built as `build_chain` builds it; the pipeline relies on it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from itertools import takewhile
from typing import Any

import numpy as np
import pytest

from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.contracts.stage import Stage
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import (
    DetectedFrame,
    PreparedFrame,
    RecognizedFrame,
    ScoredFrame,
)
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.engine import Classify, EngineOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.smooth.baseline import NeutralBaseline
from tests.pictures import FACES, PICTURES, film

NAMES = ("detect", "preprocess", "infer", "quality", "smooth", "render")
GIVES = {
    "detect": DetectedFrame,
    "preprocess": PreparedFrame,
    "infer": ScoredFrame,
    "parts": ScoredFrame,
    "quality": ScoredFrame,
    "smooth": RecognizedFrame,
    "render": RecognizedFrame,
}
KINDS = (*NAMES, "detect adaptively", "smooth adaptively", "parts")
Stages = tuple[Stage[Any, Any], ...]
Told = list[list[np.ndarray[Any, Any]]]
"""What `told` says of each of several items."""


class Chains:
    """Makes the stages of one source after the other, around the same networks."""

    def __init__(self, kind: str, detector: YuNetDetector, classifier: Classifier) -> None:
        self._name = kind.split(maxsplit=1)[0]
        classify: Classify = "adaptive" if "adaptively" in kind else "every"
        rate = 10 if "parts" in kind else 0
        self._options = EngineOptions(classify=classify, draw=True, parts=rate)
        self._detector, self._classifier = detector, classifier
        self._baseline = NeutralBaseline(0.05)

    def stages(self) -> Stages:
        """Of a new source."""
        detector, baseline = self._detector.clone(), self._baseline.clone()
        return build_chain(self._options, self._classifier, detector, baseline).stages

    def stage(self) -> Stage[Any, Any]:
        """The one that is looked at, of a new source."""
        (stage,) = (stage for stage in self.stages() if stage.name == self._name)
        return stage

    def items(self, name: str, count: int = 3) -> list[Any]:
        """What that stage is given of a film, made anew with each call."""
        made: list[Any] = list(film(name, count))
        for stage in takewhile(lambda stage: stage.name != self._name, self.stages()):
            made = [stage.run(item) for item in made]
        return made


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """One that reads the crops' own memory, as most machines run it."""
    return Classifier("cnn_int8", SessionOptions("cpu"))


@pytest.fixture
def chains(kind: str, detector: YuNetDetector, classifier: Classifier) -> Chains:
    return Chains(kind, detector, classifier)


def frame_of(item: Any) -> Frame:
    return item if isinstance(item, Frame) else item.frame


def planes(frame: Frame) -> list[np.ndarray[Any, Any]]:
    return [frame.luma.copy(), frame.cb.copy(), frame.cr.copy()]


def told(item: Any) -> list[np.ndarray[Any, Any]]:
    """All that an item says at this moment, as arrays that can be compared."""
    if isinstance(item, DetectedFrame):
        return [told_of(item.faces), *(np.array(sorted(i)) for i in (item.reused, item.parts_due))]
    if isinstance(item, PreparedFrame):
        return [*told(item.detected), item.batch.copy()]
    if isinstance(item, ScoredFrame):
        said = [item.parts[identity].to_rows() for identity in sorted(item.parts)]
        seen = [(q.sharpness, q.exposure) for q in item.qualities]
        return [*told(item.prepared), item.scores.copy(), *said, np.array(seen)]
    readings = [[*r.scores, *r.raw_scores, r.confidence, r.reused] for r in item.readings]
    faces = told_of([reading.face for reading in item.readings])
    qualities = [(r.quality.sharpness, r.quality.exposure) for r in item.readings if r.quality]
    said = [r.parts.to_rows() for r in item.readings if r.parts is not None]
    return [faces, np.array(readings), np.array(qualities), *said, *planes(item.frame)]


def told_of(faces: Sequence[Face]) -> np.ndarray[Any, Any]:
    """(n, 16): box, score, identity and landmarks."""
    rows = []
    for face in faces:
        assert face.landmarks is not None
        rows.append([*astuple(face.box), face.score, face.id, *face.landmarks.ravel()])
    return np.array(rows, float)


def ran(stage: Stage[Any, Any], items: list[Any]) -> Told:
    """What a stage says of one item after the other."""
    return [told(stage.run(item)) for item in items]


def assert_same(one: Told, other: Told) -> None:
    for left, right in zip(one, other, strict=True):
        for a, b in zip(left, right, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", ["detect"], indirect=True)
def test_names_and_order_are_those_of_the_flow(chains: Chains) -> None:
    assert tuple(stage.name for stage in chains.stages()) == NAMES


@pytest.mark.parametrize("kind", ["detect"], indirect=True)
def test_stages_that_remember_run_one_frame_at_a_time_in_order(chains: Chains) -> None:
    serial = {stage.name for stage in chains.stages() if not stage.parallel}
    assert serial == {"detect", "smooth", "quality"}


@pytest.mark.parametrize("name", PICTURES)
def test_any_picture_goes_through_with_all_its_faces(chains: Chains, name: str) -> None:
    stage = chains.stage()
    for result in map(stage.run, chains.items(name)):
        assert type(result) is GIVES[stage.name]
        assert_complete(result, FACES.get(name, 0))


def assert_complete(result: Any, count: int) -> None:
    """As many faces as there are, in order, with identities from 1 on and finite numbers."""
    faces = (
        tuple(reading.face for reading in result.readings)
        if isinstance(result, RecognizedFrame)
        else getattr(result, "detected", result).faces
    )
    assert len(faces) == count
    assert {face.id for face in faces} == set(range(1, count + 1))  # no other source's go on
    for numbers in told(result):
        assert np.isfinite(numbers).all()
    if isinstance(result, PreparedFrame):
        assert len(result.batch) == count - len(result.detected.reused)
    if isinstance(result, ScoredFrame):
        assert result.scores.shape == (count - len(result.detected.reused), 5)
    if isinstance(result, RecognizedFrame):
        for reading in result.readings:
            assert reading.scores.sum() == pytest.approx(1, abs=1e-5)


def test_frame_and_what_came_before_are_handed_on_as_they_are(chains: Chains) -> None:
    """Not as copies: what is known of a face travels once."""
    stage = chains.stage()
    for item in chains.items("many faces"):
        result = stage.run(item)
        assert result.frame is frame_of(item)
        if isinstance(result, PreparedFrame):
            assert result.detected is item
        if isinstance(result, ScoredFrame):
            adds = stage.name in ("parts", "quality")
            assert result.prepared is (item.prepared if adds else item)
        if stage.name == "smooth":
            for reading, face in zip(result.readings, item.detected.faces, strict=True):
                assert reading.face is face
        if stage.name == "render":
            assert result is item


@pytest.mark.parametrize("name", PICTURES)
def test_only_render_touches_the_picture(chains: Chains, name: str) -> None:
    stage = chains.stage()
    for item in chains.items(name):
        before = planes(frame_of(item))
        after = planes(stage.run(item).frame)
        same = all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        assert same == (stage.name != "render" or name not in FACES)


def test_same_frames_give_the_same_again(chains: Chains) -> None:
    first, second = (ran(chains.stage(), chains.items("many faces")) for _ in range(2))
    assert_same(first, second)


def test_what_was_given_stays_so_when_more_frames_come(chains: Chains) -> None:
    """Several frames are in flight at once."""
    stage, items = chains.stage(), chains.items("many faces")
    results = [stage.run(item) for item in items]
    assert_same(
        [told(result) for result in results], ran(chains.stage(), chains.items("many faces"))
    )


def test_sources_do_not_hear_of_each_other(chains: Chains) -> None:
    """Stages of two sources share the networks and run in turns."""
    films = ("one face", "many faces")
    alone = [ran(chains.stage(), chains.items(name)) for name in films]
    stages = [chains.stage() for _ in films]
    turns = zip(*map(chains.items, films), strict=True)
    together = [
        [told(stage.run(item)) for stage, item in zip(stages, items, strict=True)]
        for items in turns
    ]
    for given, expected in zip(zip(*together, strict=True), alone, strict=True):
        assert_same(list(given), expected)


@pytest.mark.parametrize("kind", ["preprocess", "infer", "parts", "render"], indirect=True)
def test_parallel_stages_may_be_called_from_several_threads(chains: Chains) -> None:
    """With frames of all kinds at once, in whatever order."""
    stage, names = chains.stage(), [*PICTURES, *FACES]
    assert stage.parallel
    one_by_one = ran(stage, [item for name in names for item in chains.items(name, count=1)])
    items = [item for name in names for item in chains.items(name, count=1)]
    with ThreadPoolExecutor(4) as threads:
        assert_same(one_by_one, [told(result) for result in threads.map(stage.run, items)])
