"""Channel: how items go from one thread to another, and the two ways it ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from fakes import wait

from fer_video.engine.channel import Channel, WhenFull


def test_items_come_out_in_the_order_they_went_in() -> None:
    channel: Channel[int] = Channel(3)
    for item in (3, 1, 2):
        assert channel.put(item)
    channel.close()
    assert list(channel) == [3, 1, 2]


def test_queued_items_still_flow_after_close() -> None:
    channel: Channel[str] = Channel(2)
    channel.put("last")
    channel.close()
    assert not channel.put("too late")
    assert list(channel) == ["last"]


def test_abort_discards_what_is_queued() -> None:
    channel: Channel[str] = Channel(2)
    channel.put("discarded")
    channel.abort()
    assert list(channel) == []


def test_full_channel_drops_oldest_not_newest() -> None:
    channel: Channel[int] = Channel(2, WhenFull.DROP_OLDEST)
    for item in range(5):
        assert channel.put(item)
    channel.close()
    assert list(channel) == [3, 4]
    assert channel.dropped == 3


def test_producer_waits_for_room_and_loses_nothing() -> None:
    channel: Channel[int] = Channel(1)

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
def test_ending_wakes_a_producer_that_waits_for_room(
    end: Callable[[Channel[int]], None],
) -> None:
    channel: Channel[int] = Channel(1)
    channel.put(0)
    started = Event()

    def produce() -> bool:
        started.set()
        return channel.put(1)

    with ThreadPoolExecutor() as pool:
        taken = pool.submit(produce)
        wait(started)
        end(channel)
        assert not taken.result()


@pytest.mark.parametrize("end", [Channel.close, Channel.abort])
def test_ending_wakes_a_consumer_that_waits_for_items(
    end: Callable[[Channel[int]], None],
) -> None:
    channel: Channel[int] = Channel(1)
    started = Event()

    def consume() -> list[int]:
        started.set()
        return list(channel)

    with ThreadPoolExecutor() as pool:
        items = pool.submit(consume)
        wait(started)
        end(channel)
        assert items.result() == []
