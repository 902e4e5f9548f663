"""Newest: one result a source is handed on, the newest, and nobody waits."""

from threading import Thread

import pytest

from fer_video.engine.contracts.sink import WindowClosed
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.output.newest import Newest
from tests.fakes import RATE
from tests.media import patches, to_picture


def result(index: int, source: str = "a") -> RecognizedFrame:
    picture = to_picture(patches(16, 12))
    frame = to_frame(picture, index=index, pts=index, time_base=1 / RATE, source=source)
    return RecognizedFrame(frame, ())


def test_newest_of_each_source_is_taken_once() -> None:
    newest = Newest()
    assert newest.take() == ()
    for index in range(5):
        newest.write(result(index, "a"))
    newest.write(result(7, "b"))
    taken = {one.frame.source: one.frame.index for one in newest.take()}
    assert taken == {"a": 4, "b": 7}
    assert newest.take() == ()


def test_reader_is_told_of_each_result_once_it_can_be_taken() -> None:
    told: list[int] = []
    newest = Newest(lambda: told.extend(one.frame.index for one in newest.take()))
    for index in range(3):
        newest.write(result(index))
    assert told == [0, 1, 2]


def test_writer_is_never_kept_waiting_and_the_last_result_arrives() -> None:
    newest, results, seen = Newest(), [result(index) for index in range(2000)], [-1]

    def write() -> None:
        for one in results:
            newest.write(one)

    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        seen += [one.frame.index for one in newest.take()]
    seen += [one.frame.index for one in newest.take()]
    assert seen == sorted(set(seen))  # none twice, none after a newer one
    assert seen[-1] == 1999


def test_loop_of_the_writer_ends_when_nobody_looks_any_more() -> None:
    newest, errors = Newest(), list[type[BaseException]]()

    def write() -> None:
        try:
            while True:
                newest.write(result(0))
        except WindowClosed as closed:
            errors.append(type(closed))

    writer = Thread(target=write, daemon=True)
    writer.start()
    newest.close()
    newest.close()
    writer.join(10)
    assert errors == [WindowClosed]
    with pytest.raises(WindowClosed):
        newest.write(result(0))
