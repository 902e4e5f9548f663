"""Progress: a line every few seconds where nobody watches, a bar where somebody does."""

import io
import sys

import pytest

from fer_video.cli import progress as module
from fer_video.cli.progress import progress


def said(total: int | None, done_at: dict[float, int], monkeypatch: pytest.MonkeyPatch) -> str:
    """What goes to a stderr that is no terminal, by a clock that starts at 0."""
    stderr, times = io.StringIO(), iter([0.0, *done_at])
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        patch.setattr(module, "perf_counter", lambda: next(times))
        with progress(total) as say:
            for done in done_at.values():
                say(done)
    return stderr.getvalue()


def test_line_comes_every_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    done_at = {1.0: 10, 4.9: 49, 5.0: 50, 6.0: 60, 9.9: 99, 10.0: 100}
    assert said(200, done_at, monkeypatch) == (
        "50/200 frames, 10.0 fps, ETA 15 s\n100/200 frames, 10.0 fps, ETA 10 s\n"
    )
    assert said(None, {8.0: 20}, monkeypatch) == "20 frames, 2.5 fps\n"


def test_short_run_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(100, {0.1: 50, 0.2: 100}, monkeypatch) == ""


class Terminal(io.StringIO):
    """Somebody watches it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("total", "counted"), [(4, "2/4"), (None, "2/?")])
def test_bar_counts_on_a_terminal_and_leaves_nothing(
    total: int | None, counted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress(total) as say:
        say(1)
        say(2)
    shown = terminal.getvalue()
    assert counted in shown
    assert "fps" in shown
    assert "ETA" in shown
    assert shown.endswith("\x1b[2K")  # the line is wiped
