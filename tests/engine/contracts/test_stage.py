"""Stages of somebody's own: each at its place, by its name, and refused in a line."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from fer_video.engine import (
    DetectedFrame,
    EngineOptions,
    Frame,
    Networks,
    OptionsError,
    RecognizedFrame,
    Recognizer,
    Stage,
    open_pipeline,
    open_pipelines,
)
from fer_video.engine.capture.pictures.given import Picture
from fer_video.engine.contracts.stage import BypassPolicy
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.handovers import PreparedFrame, ScoredFrame
from fer_video.perf.recorder import Recorder
from fer_video.perf.report import report
from tests.networks import classifier_card, write_classifier

PLACES = {
    "before detect": Frame,
    "after detect": DetectedFrame,
    "before preprocess": DetectedFrame,
    "after preprocess": PreparedFrame,
    "after infer": ScoredFrame,
    "after smooth": RecognizedFrame,
    "before render": RecognizedFrame,
    "after render": RecognizedFrame,
}


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    path = tmp_path_factory.mktemp("networks") / "tiny.onnx"
    options = EngineOptions(str(write_classifier(path, classifier_card())), draw=True)
    boxes = (Box(4, 4, 30, 30), Box(50, 20, 40, 40))
    return Networks.load(options, lambda _: [Face(box, 0.5) for box in boxes])


def pictures(count: int = 6) -> list[Picture]:
    return [np.full((72, 96, 3), 30 * i, np.uint8) for i in range(count)]


@pytest.mark.parametrize("place", PLACES)
def test_it_is_given_what_is_there_in_order(networks: Networks, place: str) -> None:
    seen: list[Any] = []

    def look(item: Any) -> Any:
        seen.append(item)
        return item

    with open_pipeline(pictures(), networks=networks, stages={place: look}) as pipeline:
        assert len(list(pipeline)) == 6
    assert {type(item) for item in seen} == {PLACES[place]}
    frames = [item if isinstance(item, Frame) else item.frame for item in seen]
    assert [frame.index for frame in frames] == list(range(6))


PAST: BypassPolicy[Any, Any] = BypassPolicy(due=lambda _: frozenset(), merge=lambda item, _: item)


def largest_alone(detected: DetectedFrame) -> DetectedFrame:
    return replace(detected, faces=detected.faces[-1:])


def test_what_it_gives_is_what_comes_next(networks: Networks) -> None:
    stages = {"after detect": largest_alone}
    with open_pipeline(pictures(), networks=networks, stages=stages) as pipeline:
        assert [len(result.readings) for result in pipeline] == [1] * 6
    assert len(Recognizer(networks=networks, stages=stages)(pictures()[0])) == 1


class Shade:
    """Darkens what it is given."""

    def __call__(self, recognized: RecognizedFrame) -> RecognizedFrame:
        recognized.frame.luma[:] = 16
        return recognized


def test_profiles_have_it_by_its_name_in_its_place(networks: Networks) -> None:
    recorder = Recorder()
    stages: dict[str, Any] = {
        "after detect": largest_alone,
        "after smooth": Shade(),
        "before render": Stage("blur faces", Shade(), parallel=True),
    }
    with open_pipeline(pictures(), networks=networks, stages=stages, observe=recorder) as pipeline:
        for result in pipeline:
            assert result.frame.luma[-1, -1] == 16
    measured = report(recorder, drops={}, faces=0, provider="CPU", threads=1).stages
    flow = "capture detect largest_alone preprocess infer quality smooth Shade"
    assert list(measured) == [*flow.split(), "blur faces", "render", "output"]


def test_parallel_one_takes_several_frames_at_once(networks: Networks) -> None:
    both = Barrier(2, timeout=20)

    def meets(detected: DetectedFrame) -> DetectedFrame:
        both.wait()
        return detected

    stages = {"after detect": Stage("meets", meets, parallel=True)}
    with open_pipeline(pictures(), networks=networks, stages=stages) as pipeline:
        assert [result.frame.index for result in pipeline] == list(range(6))


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ({"after smoothing": largest_alone}, "'after smoothing': there is no such place; give "),
        ({"smooth": largest_alone}, "'smooth': there is no such place; give before detect, after"),
        (
            {"after detect": Stage("infer", largest_alone)},
            "'after detect': the name infer is taken",
        ),
        (
            {"after detect": Stage("output", largest_alone)},
            "the name output is taken; give it one of",
        ),
        (
            {"after detect": largest_alone, "before infer": largest_alone},
            "the name largest_alone is taken",
        ),
        (
            {"after detect": Stage("past", largest_alone, bypass=PAST)},
            "'after detect': frames go past no stage of your own; leave out bypass",
        ),
        ({"after detect": "blur"}, "'after detect': 'blur' cannot be called; give a callable"),
        ([largest_alone], "stages .*: give them by their place"),
    ],
)
def test_wrong_place_and_a_name_that_is_taken_are_refused_in_a_line(
    networks: Networks, stages: Any, said: str
) -> None:
    for opened in (
        lambda: open_pipeline(pictures(), networks=networks, stages=stages),
        lambda: open_pipelines([pictures()], networks=networks, stages=stages),
        lambda: Recognizer(networks=networks, stages=stages),
    ):
        with pytest.raises(OptionsError, match=said) as raised:
            opened()
        assert "\n" not in str(raised.value)


def test_place_beside_a_stage_that_does_not_run_is_none(networks: Networks) -> None:
    bare = replace(networks.options, draw=False)
    with pytest.raises(OptionsError, match=r"'after render': .* with `draw=True` alone"):
        open_pipeline(pictures(), bare, networks=networks, stages={"after render": Shade()})


@pytest.mark.parametrize(("gives", "kind"), [(None, "NoneType"), ("frame", "str")])
def test_what_is_no_frame_ends_nothing_silently(
    networks: Networks, gives: object, kind: str
) -> None:
    def forgets(_item: Any) -> Any:
        return gives

    said = rf"the stage forgets \(after smooth\) gave a {kind}; give back the RecognizedFrame"
    with (
        open_pipeline(pictures(), networks=networks, stages={"after smooth": forgets}) as pipeline,
        pytest.raises(TypeError, match=said) as raised,
    ):
        list(pipeline)
    assert "in stage forgets" in raised.value.__notes__


def test_lambdas_go_by_their_places(networks: Networks) -> None:
    recorder = Recorder()
    stages: dict[str, Any] = {"after detect": lambda item: item, "after smooth": lambda item: item}
    with open_pipeline(pictures(), networks=networks, stages=stages, observe=recorder) as pipeline:
        list(pipeline)
    measured = report(recorder, drops={}, faces=0, provider="CPU", threads=1).stages
    assert {"after detect", "after smooth"} <= measured.keys()


def test_one_that_takes_several_together_is_given_them_by_a_recognizer(networks: Networks) -> None:
    given: list[int] = []

    def all_of_them(items: Sequence[DetectedFrame]) -> list[DetectedFrame]:
        given.append(len(items))
        return [largest_alone(item) for item in items]

    stages = {"after detect": Stage("largest", largest_alone, together=all_of_them)}
    recognizer = Recognizer(networks=networks, stages=stages)
    assert [len(readings) for readings in recognizer.batch(pictures())] == [1] * 6
    assert sum(given) == 6
    assert max(given) > 1


@pytest.mark.parametrize("keeps", [1, 0, None])
def test_one_that_takes_several_together_loses_none_silently(
    networks: Networks, keeps: int | None
) -> None:
    def loses(items: Sequence[DetectedFrame]) -> Any:
        return None if keeps is None else items[:keeps]

    stages = {"after detect": Stage("loses", largest_alone, together=loses)}
    recognizer = Recognizer(networks=networks, stages=stages)
    said = rf"the stage loses \(after detect\) gave {keeps or 0} of \d; give back one for each"
    with pytest.raises(TypeError, match=said):
        recognizer.batch(pictures())
