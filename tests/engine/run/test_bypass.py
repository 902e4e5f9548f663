"""A stage that live frames go past: they do not wait for it, and its results come later."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from threading import Event
from typing import Any

import numpy as np
import pytest

from fer_video.engine.assembly.pipelines import open_pipeline
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.contracts.stage import BypassPolicy, Chain, Stage
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame, ScoredFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.machine import cores
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.run.bypass import Bypass
from fer_video.engine.run.pipeline import Pipeline
from tests.engine.run.running import FILE
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait


class Lines:
    """Pipelines whose third stage reads some frames; it tells what each frame was given."""

    def __init__(
        self,
        source: GeneratedSource,
        read: Callable[[int], None],
        *,
        every: int = 5,
        cameras: int = 1,
    ) -> None:
        self.given: dict[int, int | None] = {}
        """The frame that was read last, by the frame that was told of it."""
        policy: BypassPolicy[Any, Any] = BypassPolicy(
            due=lambda scored: frozenset({1} if scored.frame.index % every == 0 else ()),
            merge=lambda newer, older: replace(newer, parts=older.parts),
        )

        def reading(scored: ScoredFrame) -> Any:
            if not policy.due(scored):
                return scored
            read(scored.frame.index)
            return replace(scored, parts={1: scored.frame.index})  # type: ignore[dict-item]

        def smooth(scored: Any) -> RecognizedFrame:
            self.given[scored.frame.index] = scored.parts.get(1)
            return RecognizedFrame(scored.frame, ())

        own = Stage("parts", reading, parallel=True, bypass=policy), Stage("smooth", smooth)
        chain = Chain[Frame, RecognizedFrame].__new__(Chain)
        chain.stages = (*FakeStages().chain().stages[:3], *own)
        self.pipeline = Pipeline([lane_of(source, chain) for _ in range(cameras)])


def endless() -> GeneratedSource:
    """A camera."""

    def pause(_index: int) -> None:
        Event().wait(0.001)

    return GeneratedSource(10**6, live=True, before=pause)


def test_live_frames_come_while_one_of_them_is_read_and_a_later_one_is_told() -> None:
    gate, next_frame = Gate(0), Event()

    def hold(_index: int) -> None:
        assert next_frame.wait(20)
        next_frame.clear()

    lines = Lines(GeneratedSource(12, live=True, before=hold), gate)
    next_frame.set()
    with lines.pipeline as pipeline:
        for recognized in pipeline:
            if recognized.frame.index == 6:  # six frames came, and the first is still read
                assert set(lines.given.values()) == {None}
                gate.open()
                Event().wait(0.2)
            next_frame.set()
    assert list(lines.given) == list(range(12))
    told = [given for given in lines.given.values() if given is not None]
    assert told
    assert set(told) <= {0, 5, 10}
    assert told == sorted(set(told))  # each once, and the newest last


@pytest.mark.skipif(cores() < 2, reason="needs a worker beside the one that reads")
def test_frames_of_many_cameras_come_while_all_of_them_have_one_to_be_read() -> None:
    read, came = Event(), Counter[str]()
    lines = Lines(endless(), lambda _: wait(read), every=1, cameras=cores() + 1)
    with lines.pipeline as pipeline:
        for recognized in pipeline:
            came[recognized.frame.source] += 1
            if len(came) == cores() + 1 and min(came.values()) > 20:
                break
        read.set()


def test_every_frame_of_a_file_waits_for_its_own() -> None:
    lines = Lines(GeneratedSource(12, files=(FILE,)), lambda _: None)
    with lines.pipeline as pipeline:
        assert len(list(pipeline)) == 12
    expected = {index: index if index % 5 == 0 else None for index in range(12)}
    assert lines.given == expected


def test_error_of_a_bypassed_stage_is_raised_in_the_loop_with_its_stage() -> None:
    def fail(_index: int) -> None:
        raise ValueError("broken")

    lines = Lines(endless(), fail)
    with pytest.raises(ValueError, match="broken") as caught, lines.pipeline as pipeline:
        list(pipeline)
    assert caught.value.__notes__ == ["in stage parts"]


def test_leaving_waits_for_the_frame_that_is_read() -> None:
    """That no thread is left is seen by the fixture of all tests."""
    begun, read = Event(), Event()

    def read_slowly(_index: int) -> None:
        begun.set()
        wait(read)

    lines = Lines(endless(), read_slowly, every=1)
    with lines.pipeline as pipeline:
        next(pipeline)
        wait(begun)
        read.set()


# which frame is read next


def bypass_of(*items: tuple[str, int]) -> Bypass:
    """Past which frames of some faces went, with their numbers, while a frame is in the stage."""
    policy: BypassPolicy[Any, Any] = BypassPolicy(due=frozenset, merge=lambda newer, _: newer)
    bypass = Bypass(policy)
    bypass.pass_by(0, "z")
    bypass.take()
    for faces, number in items:
        bypass.pass_by(number, faces)
    return bypass


def order(bypass: Bypass) -> list[int]:
    """Numbers of the frames that enter the stage, one after the other."""
    entered = []
    bypass.done(None)
    while bypass.ready:
        entered.append(bypass.take()[0])
        bypass.done(None)
    return entered


def test_newer_frame_takes_the_place_of_an_older_one_of_the_same_faces_and_its_turn() -> None:
    assert order(bypass_of(("a", 1), ("b", 2), ("a", 3))) == [3, 2]


def test_frame_in_which_nothing_is_due_does_not_wait() -> None:
    assert order(bypass_of(("", 1), ("a", 2))) == [2]


def test_few_frames_wait_however_many_faces_come_and_go() -> None:
    assert order(bypass_of(*((letter, ord(letter)) for letter in "abcdefgh"))) == [97, 98, 99, 100]


# the parts of a face


class LiveDemo:
    """The demo as a camera gives it, without end."""

    def __init__(self) -> None:
        self._clip = open_demo()
        self.info: SourceInfo = replace(self._clip.info, live=True)

    def frames(self) -> Iterator[Frame]:
        kept = [frame for frame, _ in zip(self._clip.frames(), range(4), strict=False)]
        for index in count():
            Event().wait(0.02)
            yield replace(kept[0], index=index, time=index / 30)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        self._clip.close()


def test_parts_of_a_live_face_sum_up_to_the_scores_of_the_frame_that_is_told_of_them() -> None:
    with open_pipeline(LiveDemo(), EngineOptions(parts=5.0)) as pipeline:
        for recognized in pipeline:
            (reading,) = recognized.readings
            if reading.parts is not None:
                break
    assert recognized.frame.index > 0
    parts = reading.parts
    assert parts is not None
    evidence = sum((part.evidence for part in parts.of.values()), parts.rest + parts.baseline)
    assert np.allclose(evidence, reading.raw_scores, atol=1e-4)
