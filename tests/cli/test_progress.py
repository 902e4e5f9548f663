"""Progress: a terminal that goes away takes no run with it."""

import errno
import io

import pytest

from fer_video.cli.progress import progress


class Terminal(io.StringIO):
    """Standard error, until it is gone."""

    def __init__(self, *, terminal: bool) -> None:
        """Be a terminal, or a pipe."""
        super().__init__()
        self._terminal = terminal
        self.gone = False

    def isatty(self) -> bool:
        """What it is."""
        return self._terminal

    def write(self, text: str) -> int:
        """Fail as the system does when nobody is there any more."""
        if self.gone:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


@pytest.mark.parametrize("terminal", [True, False])
def test_run_goes_on_without_its_terminal(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = Terminal(terminal=terminal)
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr("fer_video.cli.progress._EVERY", 0.0)
    with progress(10) as say:
        say(1)
        stderr.gone = True
        say(2)
    assert "1/10" in stderr.getvalue() or terminal


def test_error_of_the_run_is_the_caller_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal(terminal=True))
    with pytest.raises(OSError, match="the disk is full"), progress(10):
        raise OSError("the disk is full")
