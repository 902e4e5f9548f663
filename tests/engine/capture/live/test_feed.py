"""A feed: what is put in comes out, what is late gives way, and nobody waits for ever."""

from threading import Thread

import numpy as np
import pytest

from fer_video.engine.capture.live.feed import Feed
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.run.pipeline import Pipeline
from tests.fakes import FakeStages, lane_of

SHADES = [np.full((8, 8), level, np.uint8) for level in range(0, 250, 5)]


def pipeline_of(feed: Feed) -> Pipeline:
    return Pipeline([lane_of(feed, FakeStages().chain())])


def test_waiting_feed_loses_nothing_and_keeps_the_order() -> None:
    feed = Feed(delivery=Delivery.WAIT, frame_rate=25)
    taken: list[bool] = []

    def push() -> None:
        taken.extend(feed.put(shade) for shade in SHADES)
        feed.close()

    with pipeline_of(feed) as pipeline:
        thread = Thread(target=push)
        thread.start()
        frames = [result.frame for result in pipeline]
        thread.join(20)
    assert all(taken)
    assert [frame.index for frame in frames] == list(range(len(SHADES)))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(len(SHADES))])
    levels = [float(frame.luma.mean()) for frame in frames]
    assert levels == sorted(levels)


def test_live_feed_never_keeps_its_caller_waiting_and_gives_the_newest() -> None:
    feed = Feed()
    assert all(feed.put(shade) for shade in SHADES)  # nobody reads yet
    feed.close()
    with pipeline_of(feed) as pipeline:
        (last,) = pipeline
        counters = pipeline.counters()
    assert last.frame.index == last.dropped_before == len(SHADES) - 1
    assert (counters.offered, counters.processed) == (len(SHADES), 1)
    assert counters.dropped == {"skipped": len(SHADES) - 1}
    assert feed._arrivals.qsize() < 3  # what nobody reads does not pile up


def test_pictures_of_a_live_feed_are_stamped_when_they_come() -> None:
    feed = Feed(capacity=9)
    feed.put(SHADES[0], 10.0)
    feed.put(SHADES[1], 12.5)
    feed.close()
    times = [frame.time for frame in feed.frames()]
    assert times == pytest.approx([10.0, 12.5])


def test_end_of_the_pipeline_lets_a_waiting_caller_go() -> None:
    feed, taken = Feed(delivery=Delivery.WAIT), list[bool]()

    def push() -> None:
        while not taken or taken[-1]:
            taken.append(feed.put(SHADES[0]))

    with pipeline_of(feed) as pipeline:
        threads = [Thread(target=push) for _ in range(3)]
        for thread in threads:
            thread.start()
        next(pipeline)
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert not feed.put(SHADES[0])


def test_time_limit_of_a_feed_that_nobody_reads() -> None:
    feed = Feed(delivery=Delivery.WAIT, capacity=2)
    assert [feed.put(SHADES[0], timeout=0.05) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("delivery", Delivery)
def test_what_is_no_picture_takes_no_room_and_no_number(delivery: Delivery) -> None:
    feed = Feed(delivery=delivery)
    for _ in range(3):
        with pytest.raises(SourceError, match="feed: frame 0"):
            feed.put(np.zeros((2, 2), np.float64))
    assert feed.put(SHADES[0], timeout=0.05)
    feed.close()
    feed.close()
    assert [frame.index for frame in feed.frames()] == [0]
    assert feed._vacancies.qsize() <= 3  # mistakes do not pile up


def test_feed_without_room_for_any_picture_is_refused() -> None:
    for capacity in (0, 1.5, None):
        with pytest.raises(OptionsError, match=f"capacity {capacity}: give a whole number"):
            Feed(capacity=capacity)  # type: ignore[arg-type]


def test_delivery_that_there_is_not_is_refused_and_not_taken_for_another() -> None:
    with pytest.raises(OptionsError, match=r"DROP_OLDEST: give Delivery\.WAIT or Delivery\.DROP"):
        Feed(delivery="DROP_OLDEST")  # type: ignore[arg-type]


def test_end_is_told_to_everybody_who_reads() -> None:
    feed = Feed(delivery=Delivery.WAIT)
    feed.put(SHADES[0])
    feed.close()
    assert [len(list(feed.frames())) for _ in range(3)] == [1, 0, 0]


def test_time_limit_below_zero_is_none_at_all() -> None:
    feed = Feed(delivery=Delivery.WAIT)
    assert [feed.put(SHADES[0], timeout=-1) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("delivery", Delivery)
def test_a_picture_that_is_put_while_the_feed_is_closed_is_read_and_the_feed_ends(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(delivery=delivery)
    convert = feed._to_frame

    def slowly(picture: object) -> Frame:
        closing = Thread(target=feed.close)
        closing.start()
        closing.join(0.1)
        return convert(picture)  # type: ignore[arg-type]

    monkeypatch.setattr(feed, "_to_frame", slowly)
    assert feed.put(SHADES[0])
    frames: list[Frame] = []
    reader = Thread(target=lambda: frames.extend(feed.frames()), daemon=True)
    reader.start()
    reader.join(20)
    assert not reader.is_alive()
    assert len(frames) == 1
