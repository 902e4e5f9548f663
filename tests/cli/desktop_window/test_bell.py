"""Bell: the window's thread answers whatever thread rings, at once, and not after it is closed."""

from collections.abc import Iterator
from threading import Event, Thread, get_ident
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.display import lasting_screen

tkinter = pytest.importorskip("tkinter", reason="needs a Python with Tk")
from fer_video.cli.desktop_window.bell import Bell  # noqa: E402 - needs Tk

if TYPE_CHECKING:
    from tkinter import Tk


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator["Tk"]:
    monkeypatch.setenv("DISPLAY", lasting_screen())
    root = tkinter.Tk()
    yield root
    root.destroy()


def ringing(bell: Bell, times: int = 1) -> Thread:
    """Another thread that rings."""

    def ring() -> None:
        Event().wait(0.05)
        for _ in range(times):
            bell.ring()

    thread = Thread(target=ring)
    thread.start()
    return thread


def test_window_that_waits_answers_at_once_in_its_own_thread(root: "Tk") -> None:
    answered: list[tuple[int, float]] = []

    def answer() -> None:
        answered.append((get_ident(), monotonic()))
        root.quit()

    bell = Bell(root, answer)
    start = monotonic()
    thread = ringing(bell)
    root.after(5000, root.quit)
    root.mainloop()
    thread.join()
    bell.close()
    ((who, at),) = answered
    assert who == get_ident()
    assert at - start < 2


def test_all_that_rang_meanwhile_is_answered_once_and_nobody_waits(root: "Tk") -> None:
    answered: list[None] = []
    bell = Bell(root, lambda: answered.append(None))
    ringing(bell, 100_000).join()  # more than a pipe holds
    for _ in range(100):
        root.update()
    assert 0 < len(answered) < 100
    bell.close()


def test_what_rings_a_bell_that_is_closed_does_nothing(root: "Tk") -> None:
    bell = Bell(root, lambda: pytest.fail("answered"))
    bell.close()
    ringing(bell).join()
    root.update()


def test_error_of_the_answer_is_reported_as_tk_reports_others(root: "Tk") -> None:
    told: list[type[BaseException]] = []
    root.report_callback_exception = lambda kind, _error, _trace: told.append(kind)
    nothing: list[None] = []
    bell = Bell(root, nothing.pop)
    bell.ring()
    root.update()
    bell.close()
    assert told == [IndexError]
