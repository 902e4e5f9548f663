"""Waker: any thread wakes the window's at once, and none after it is closed."""

from collections.abc import Iterator
from threading import Event, Thread, get_ident
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.programs.display import lasting_screen

tkinter = pytest.importorskip("tkinter", reason="needs a Python with Tk")
from fer_video.cli.desktop_window.playing.waker import Waker  # noqa: E402 - needs Tk

if TYPE_CHECKING:
    from tkinter import Tk


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator["Tk"]:
    monkeypatch.setenv("DISPLAY", lasting_screen())
    root = tkinter.Tk()
    yield root
    root.destroy()


def calling(waker: Waker, times: int = 1) -> Thread:
    """Another thread that wakes."""

    def wake() -> None:
        Event().wait(0.05)
        for _ in range(times):
            waker.wake()

    thread = Thread(target=wake)
    thread.start()
    return thread


def test_window_that_waits_is_woken_at_once_in_its_own_thread(root: "Tk") -> None:
    woken: list[tuple[int, float]] = []

    def note() -> None:
        woken.append((get_ident(), monotonic()))
        root.quit()

    waker = Waker(root, note)
    start = monotonic()
    thread = calling(waker)
    root.after(5000, root.quit)
    root.mainloop()
    thread.join()
    waker.close()
    ((who, at),) = woken
    assert who == get_ident()
    assert at - start < 2


def test_many_calls_wake_it_once_and_none_of_them_waits(root: "Tk") -> None:
    woken: list[None] = []
    waker = Waker(root, lambda: woken.append(None))
    calling(waker, 100_000).join()  # more than a pipe holds
    for _ in range(100):
        root.update()
    assert 0 < len(woken) < 100
    waker.close()


def test_closed_one_wakes_nobody(root: "Tk") -> None:
    waker = Waker(root, lambda: pytest.fail("woken"))
    waker.close()
    calling(waker).join()
    root.update()


def test_error_of_what_is_woken_is_reported_as_tk_reports_others(root: "Tk") -> None:
    told: list[type[BaseException]] = []
    root.report_callback_exception = lambda kind, _error, _trace: told.append(kind)
    nothing: list[None] = []
    waker = Waker(root, nothing.pop)
    waker.wake()
    root.update()
    waker.close()
    assert told == [IndexError]
