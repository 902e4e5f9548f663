"""Channel: how items go from one thread to another, and the two ways it ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from fakes import wait

from fer_video.engine.channel import Channel


def test_items_come_out_in_the_order_they_went_in() -> None:
    channel: Channel[int] = Channel()
    for item in (3, 1, 2):
        assert channel.put(item)
    channel.close()
    assert list(channel) == [3, 1, 2]


def test_queued_items_still_flow_after_close() -> None:
    channel: Channel[str] = Channel()
    channel.put("last")
    channel.close()
    assert not channel.put("too late")
    assert list(channel) == ["last"]


def test_abort_discards_what_is_queued() -> None:
    channel: Channel[str] = Channel()
    channel.put("discarded")
    channel.abort()
    assert list(channel) == []


def test_newest_takes_the_place_of_all_that_wait() -> None:
    channel: Channel[int] = Channel()
    for item in range(5):
        assert channel.put_newest(item)
    channel.close()
    assert list(channel) == [4]
    assert channel.dropped == 4


def test_newest_comes_too_late_after_abort_which_everyone_still_sees() -> None:
    channel: Channel[int] = Channel()
    channel.put_newest(1)
    channel.abort()
    assert not channel.put_newest(2)
    assert list(channel) == list(channel) == []


def test_nothing_is_lost_between_two_threads() -> None:
    channel: Channel[int] = Channel()

    def produce() -> None:
        for item in range(200):
            channel.put(item)
        channel.close()

    with ThreadPoolExecutor() as pool:
        produced = pool.submit(produce)
        assert list(channel) == list(range(200))
        produced.result()
    assert channel.dropped == 0


@pytest.mark.parametrize("end", [Channel.close, Channel.abort])
def test_ending_wakes_a_consumer_that_waits_for_items(
    end: Callable[[Channel[int]], None],
) -> None:
    channel: Channel[int] = Channel()
    started = Event()

    def consume() -> list[int]:
        started.set()
        return list(channel)

    with ThreadPoolExecutor() as pool:
        items = pool.submit(consume)
        wait(started)
        end(channel)
        assert items.result() == []
