"""Lane: which frame may go on, and how many; by hand, without a thread."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.machine import cores
from fer_video.engine.run.lane import Lane, Task
from fer_video.engine.run.observe import run, unobserved
from tests.engine.run.running import FILE
from tests.fakes import FakeStages, GeneratedSource, lane_of


def lane_at_hand(**settings: Any) -> Lane:
    return lane_of(GeneratedSource(100, files=(FILE,)), FakeStages().chain(), **settings)


def bring_back(task: Task) -> Task | None:
    """Run a task and bring its frame back to the lane; what may go on in the next stage."""
    return task.lane.done(task, run(task, unobserved))


def go_through(lane: Lane) -> int:
    """Take frames through all stages until none may go on; how many entered."""
    entered = 0
    while (task := lane.task()) is not None:
        entered += task.stage == 0
        following = bring_back(task)
        while following is not None:
            following = bring_back(following)
    return entered


def names(lane: Lane, tasks: list[Task]) -> list[tuple[str, int]]:
    return [(lane.stages[task.stage].name, task.number) for task in tasks]


def taken(lane: Lane) -> Task:
    task = lane.task()
    assert task is not None
    return task


def taken_to(lane: Lane, stage: str) -> Task:
    """The next frame, taken through all stages before this one."""
    task = taken(lane)
    while lane.stages[task.stage].name != stage:
        following = bring_back(task)
        assert following is not None
        task = following
    return task


def test_frame_nearest_to_the_end_goes_first() -> None:
    lane = lane_at_hand()
    detecting = bring_back(taken(lane))
    assert detecting is not None
    assert bring_back(taken(lane)) is None  # where the one before still is
    prepared = bring_back(detecting)
    assert prepared is not None
    assert names(lane, [prepared, taken(lane), taken(lane)]) == [
        ("preprocess", 0),
        ("detect", 1),
        ("capture", 2),
    ]


def test_four_more_frames_than_cores_are_in_flight_until_some_are_released() -> None:
    lane, most = lane_at_hand(), cores() + 4
    assert go_through(lane) == most
    assert lane.counters.in_flight == lane.counters.offered == most
    assert [recognized.frame.index for recognized in lane.finished()] == list(range(most))
    assert go_through(lane) == 0
    lane.release()
    assert go_through(lane) == 1


def test_live_frames_in_flight_are_two_whatever_is_asked_and_the_newest_waits() -> None:
    source = GeneratedSource(9, live=True)
    lane, entered = lane_of(source, FakeStages().chain(), in_flight=8), 0
    for frame in source.frames():
        lane.offer(frame)
        entered += go_through(lane)
    counters = lane.counters
    assert (entered, counters.offered, counters.waiting, counters.in_flight) == (2, 9, 1, 2)
    assert counters.dropped == {"late": 6}
    list(lane.finished())
    lane.release()
    assert go_through(lane) == 1
    assert [recognized.frame.index for recognized in lane.finished()] == [8]


def test_frame_that_is_through_before_its_turn_waits_for_no_stage() -> None:
    lane = lane_at_hand()
    first, second = taken_to(lane, "render"), taken_to(lane, "render")
    bring_back(second)
    assert list(lane.finished()) == []
    assert (lane.counters.waiting, lane.counters.in_flight) == (0, 2)
    bring_back(first)
    assert [recognized.frame.index for recognized in lane.finished()] == [0, 1]


def test_frames_behind_one_that_failed_are_let_go_and_the_one_ahead_comes_out() -> None:
    lane = lane_at_hand()
    ahead, failing = taken_to(lane, "infer"), taken_to(lane, "infer")
    taken_to(lane, "detect")
    assert bring_back(taken(lane)) is None  # it waits for that
    assert (lane.counters.waiting, lane.counters.in_flight) == (1, 4)
    lane.fail(failing, ValueError("broken"))
    assert (lane.counters.waiting, lane.counters.in_flight) == (0, 2)
    task: Task | None = ahead
    while task is not None:
        task = bring_back(task)
    assert [recognized.frame.index for recognized in lane.finished()] == [0]
    assert lane.over
    assert str(lane.error) == "broken"


def lane_with(*indices: int, live: bool = True, file: str | None = None) -> Lane:
    """One with room, whose source offers the frames of these numbers alone, all in it."""
    source = GeneratedSource(max(indices) + 1, live=live, files=(FILE,))
    frames = [replace(frame, file=file) for frame in source.frames() if frame.index in indices]
    source.frames = lambda: iter(frames)  # type: ignore[method-assign]
    lane = lane_of(source, FakeStages().chain(), delivery=Delivery.WAIT)
    go_through(lane)
    return lane


def skipping(*indices: int, live: bool = True, file: str | None = None) -> list[RecognizedFrame]:
    """What comes out of such a lane."""
    return list(lane_with(*indices, live=live, file=file).finished())


def test_result_says_how_many_were_dropped_between_it_and_the_one_before() -> None:
    assert [result.dropped_before for result in skipping(2, 3, 7)] == [2, 0, 3]


def test_frames_that_a_source_let_go_itself_were_offered_and_dropped() -> None:
    counters = lane_with(2, 3, 7).counters
    assert (counters.offered, counters.dropped) == (8, {"skipped": 5})


def test_photograph_that_could_not_be_read_is_none_that_was_dropped() -> None:
    assert [result.dropped_before for result in skipping(2, 7, file="a.png")] == [0, 0]


def test_frames_of_a_live_source_alone_have_a_time_of_day() -> None:
    before = datetime.now().astimezone()
    (live,), (filmed,) = skipping(0), skipping(0, live=False)
    after = datetime.now().astimezone()
    assert filmed.frame.at is None
    assert "at" not in filmed.to_dict()
    assert live.frame.at is not None
    assert live.frame.at.utcoffset() == after.utcoffset()
    margin = timedelta(milliseconds=5)
    assert before - margin <= live.frame.at <= after + margin
    told = datetime.fromisoformat(live.to_dict()["at"])
    assert abs(told - live.frame.at) < timedelta(milliseconds=1)


@pytest.mark.parametrize(("share", "most"), [(1, 5), (2, 2), (9, 2)])
def test_large_frames_in_flight_fill_no_more_than_the_memory_for_them(
    monkeypatch: pytest.MonkeyPatch, share: int, most: int
) -> None:
    """Which several lanes share; two frames each have at any rate."""
    frame = 32 * 24 * 3 // 2
    monkeypatch.setattr("fer_video.engine.run.permits.cores", lambda: 64)
    monkeypatch.setattr("fer_video.engine.run.permits._MEMORY", 5 * frame + 1)
    lane = lane_at_hand(share=share)
    assert go_through(lane) == most
    lane.release()
    assert go_through(lane) == 1


def test_as_many_frames_as_are_asked_for_are_in_flight_whatever_they_fill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fer_video.engine.run.permits._MEMORY", 1)
    assert go_through(lane_at_hand(in_flight=7)) == 7
