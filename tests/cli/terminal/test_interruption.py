"""Signals: a run ends between two frames, with every result in place and all of them agreeing."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest

from fer_video.cli.main import main
from fer_video.cli.running.processing import Tally, process
from fer_video.cli.terminal import interruption as module
from fer_video.cli.terminal.interruption import Interruption
from fer_video.cli.terminal.signals import ASKING
from fer_video.engine.contracts.sink import Sink
from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.records import JsonLines
from fer_video.engine.output.sinks import Sinks
from fer_video.engine.output.table import Csv
from fer_video.engine.run.pipeline import Pipeline
from tests.command_line import records
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait_until
from tests.media import decoded, photograph
from tests.networks import write_classifier

MANY = 100_000
"""Frames that no run below comes to the end of."""


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Shells start what runs in the background deaf to Ctrl-C, and children inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Asking:
    """A sink that counts, and sends a signal in the middle of its work."""

    def __init__(
        self, *, at: int | None = None, at_close: bool = False, error: OSError | None = None
    ) -> None:
        """Send it while frame `at` is written, or at each closing; then raise `error` there."""
        self.frames = 0
        self._at, self._at_close, self._error = at, at_close, error

    def write(self, recognized: RecognizedFrame) -> None:
        """Take a frame."""
        if recognized.frame.index == self._at:
            signal.raise_signal(signal.SIGTERM)
        self.frames += 1

    def close(self) -> None:
        """Be interrupted."""
        if self._at_close:
            for number in ASKING:
                signal.raise_signal(number)
        if self._error is not None:
            raise self._error


def pipeline(count: int, source: GeneratedSource | None = None) -> Pipeline:
    return Pipeline([lane_of(source or GeneratedSource(count), FakeStages().chain())])


def run(running: Pipeline, sinks: Sinks, tally: Tally | None = None) -> None:
    with Interruption() as interruption, sinks:
        process(running, sinks, tally or Tally(), interruption)


def together(*some: Sink) -> Sinks:
    sinks = Sinks()
    for sink in some:
        sinks.add(sink)
    return sinks


# in this process


@pytest.mark.parametrize("at", [0, 1, 17])
def test_signal_in_the_middle_of_a_write_ends_the_run_behind_the_frame(
    tmp_path: Path, at: int
) -> None:
    first, last, tally = Asking(at=at), Asking(), Tally()
    with pytest.raises(KeyboardInterrupt):
        run(pipeline(MANY), together(first, JsonLines(tmp_path / "a"), last), tally)
    assert at < first.frames < MANY
    assert first.frames == last.frames == tally.frames == len(records(tmp_path / "a"))


def test_signals_while_results_are_finished_lose_nothing(tmp_path: Path) -> None:
    sinks = together(Asking(at=3), Asking(at_close=True), JsonLines(tmp_path / "a"))
    with pytest.raises(KeyboardInterrupt):
        run(pipeline(MANY), sinks)
    assert len(records(tmp_path / "a")) > 3


def test_run_that_is_over_is_not_called_interrupted(tmp_path: Path) -> None:
    run(pipeline(5), together(Asking(at_close=True), JsonLines(tmp_path / "a")))
    assert len(records(tmp_path / "a")) == 5


def test_source_that_gives_nothing_ends_at_once(tmp_path: Path) -> None:
    away, sink = Gate(3), JsonLines(tmp_path / "a")
    source = GeneratedSource(5, live=True, before=away)
    began = monotonic()

    def look() -> None:
        if monotonic() - began > 0.2:
            signal.raise_signal(signal.SIGINT)

    running = pipeline(5, source)
    running.idle = look
    with pytest.raises(KeyboardInterrupt):
        run(running, together(sink))
    assert monotonic() - began < 5
    away.open()
    wait_until(
        lambda: not any(thread.name == "fer-video capture" for thread in threading.enumerate())
    )
    assert 1 <= len(records(tmp_path / "a")) <= 3


class Paused:
    """A window in which somebody has pressed pause: it waits within `write`."""

    def __init__(self, running: Pipeline) -> None:
        """Wait as the loop does, by the pipeline's `idle`."""
        self._running = running

    def write(self, recognized: RecognizedFrame) -> None:
        """Wait for a key that nobody presses."""
        if recognized.frame.index == 4:
            signal.raise_signal(signal.SIGINT)
            wait_until(lambda: self._running.idle is None or self._running.idle() is not None)

    def close(self) -> None:
        """Nothing to finish."""


def test_paused_window_ends_at_once_and_its_frame_is_kept(tmp_path: Path) -> None:
    running, tally = pipeline(MANY), Tally()
    sinks = together(JsonLines(tmp_path / "a"), Paused(running))
    with pytest.raises(KeyboardInterrupt):
        run(running, sinks, tally)
    assert len(records(tmp_path / "a")) == tally.frames == 5


def ask_first(running: Pipeline, sinks: Sinks) -> None:
    with Interruption() as interruption:
        interruption.protect()
        signal.raise_signal(signal.SIGHUP)
        interruption._asked.wait(5)
        with sinks:
            process(running, sinks, Tally(), interruption)


def test_request_before_the_first_frame_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        ask_first(pipeline(MANY), together(JsonLines(tmp_path / "a")))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def test_error_of_finishing_goes_before_the_interruption() -> None:
    sinks = together(Asking(at=2, error=OutputError("a: the disk is full")))
    with pytest.raises(OutputError, match="the disk is full"):
        run(pipeline(MANY), sinks)


def test_signal_ignored_from_the_start_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        run(pipeline(20), together(Asking(at=3), JsonLines(tmp_path / "a")))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(records(tmp_path / "a")) == 20


def test_signals_are_given_back() -> None:
    before = [signal.getsignal(number) for number in ASKING]
    run(pipeline(3), Sinks())
    assert [signal.getsignal(number) for number in ASKING] == before
    assert signal.set_wakeup_fd(-1) == -1


@pytest.fixture
def full_pipe(tmp_path: Path) -> Iterator[Path]:
    """A pipe whose reader takes nothing, so that the next to write waits."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    yield path
    os.close(writer)
    os.close(reader)


def test_pipe_that_nobody_reads_is_given_up_and_the_rest_is_kept(
    tmp_path: Path,
    full_pipe: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    monkeypatch.setattr(module, "_STUCK", 0.1)
    sinks = together(JsonLines(tmp_path / "a"), Asking(at=0), JsonLines(full_pipe))
    with pytest.raises(KeyboardInterrupt):
        run(pipeline(MANY), sinks)
    assert len(records(tmp_path / "a")) == 1
    assert capsys.readouterr().err.count("finishing what was written") == 1


def raise_from_a_library() -> None:
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        raise ImportError("numpy failed to import") from None


def test_library_that_makes_another_error_of_it_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fer_video.cli.main.app", raise_from_a_library)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == ""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int | str | None]:
    """Run the command line in this process; its exit code comes back."""

    def run(*arguments: str | Path) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["fer-video", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code

    return run


def test_profile_that_is_interrupted_tells_what_it_measured(
    command: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write = VideoWriter.write

    def interrupted(self: VideoWriter, recognized: RecognizedFrame) -> None:
        if recognized.frame.index == 4:
            signal.raise_signal(signal.SIGINT)
        write(self, recognized)

    monkeypatch.setattr(VideoWriter, "write", interrupted)
    assert command("profile", "--source", "demo", "--json", tmp_path / "p.json") == 130
    result = json.loads((tmp_path / "p.json").read_text())
    assert 4 <= result["frames"] < 300
    assert result["detection_ms"] == {}
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


class Pressing:
    """Stdin of a person who presses Ctrl-C at the first question."""

    def readline(self, *_size: int) -> str:
        """Be interrupted."""
        signal.raise_signal(signal.SIGINT)
        return "\n"

    def isatty(self) -> bool:
        """As a person's is."""
        return True


def test_ctrl_c_at_a_question_is_an_interruption_as_elsewhere(
    command: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = write_classifier(tmp_path / "own.onnx", None)
    monkeypatch.setattr(sys, "stdin", Pressing())
    assert command("models", "card", own, "--ask") == 130
    assert [path.name for path in tmp_path.iterdir()] == ["own.onnx"]


def test_signal_as_predict_begins_to_write_leaves_nothing_half_written(
    command: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    photograph(64, 64).save(tmp_path / "a.png")
    begin = Csv.__init__

    def asked(table: Csv, *arguments: Any) -> None:
        begin(table, *arguments)
        signal.raise_signal(signal.SIGTERM)
        Event().wait(0.2)  # in which it is heard

    monkeypatch.setattr(Csv, "__init__", asked)
    assert command("predict", tmp_path / "a.png", "--csv", tmp_path / "o.csv") == 130
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_result_that_is_not_in_place_is_not_named(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str], face_clip: Path
) -> None:
    assert command("--source", face_clip, "--json", "/dev/full") == 1
    said = capsys.readouterr().err
    assert "/dev/full: cannot be written (No space left on device)" in said
    assert "->" not in said


# in processes of their own


def wait_for(condition: Callable[[], bool]) -> None:
    """Longer than for a thread: a first run compiles its loops."""
    end = monotonic() + 120
    while not condition():
        assert monotonic() < end
        Event().wait(0.001)


def began(process: "subprocess.Popen[str]") -> bool:
    """Whether SIGTERM is heard, which is the first thing that the program does."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    heard = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(heard.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def counts(folder: Path) -> list[int]:
    """Frames in each of the results that are there; nothing else is."""
    found = {path.name: path for path in folder.iterdir()}
    if not found:
        return []
    assert set(found) == {"o.mp4", "o.jsonl", "o.csv", "o.about.json"}
    with found["o.csv"].open() as file:
        rows = {row["frame"] for row in csv.DictReader(file)}
    return [len(decoded(found["o.mp4"])), len(records(found["o.jsonl"])), len(rows)]


COMMAND = (sys.executable, "-m", "fer_video.cli", "--source", "demo")
RESULTS = ("--output", "o.mp4", "--json", "o.jsonl", "--csv", "o.csv", "--preset", "ultrafast")


@contextmanager
def started(folder: Path, *before: str) -> Iterator["subprocess.Popen[str]"]:
    """A run of three hundred frames."""
    command = [*before, *COMMAND, *RESULTS]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for(lambda: began(process))
        yield process


def written(folder: Path) -> int:
    """Records so far, of a run that has not ended."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob(".*.jsonl"))


def ask(process: "subprocess.Popen[str]", dice: random.Random) -> None:
    """One signal or several, soon after each other."""
    for _ in range(dice.choice([1, 1, 2, 4])):
        process.send_signal(dice.choice(ASKING))
        Event().wait(dice.uniform(0, 0.2))


def assert_in_peace(process: "subprocess.Popen[str]", folder: Path) -> None:
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "Exception" not in said
    assert len(set(counts(folder))) <= 1


def test_interrupted_while_a_class_is_made_it_ends_with_130_all_the_same(tmp_path: Path) -> None:
    """Python takes a KeyboardInterrupt in `exec`, as of dataclasses, for unhandled even if it is
    not, and then ends by the signal."""
    code = """
import sys
from fer_video.cli import __main__ as program, main as command_line
def main():
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        sys.exit(130)
command_line.main = main
program.start()
"""
    (tmp_path / "interrupted.py").write_text(code)
    command = [sys.executable, "-m", "interrupted"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (130, b"")


@pytest.mark.parametrize("seed", range(3))
def test_signals_while_it_starts_leave_no_traceback(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    with started(tmp_path) as process:
        Event().wait(dice.uniform(0, 1.2))
        ask(process, dice)
        assert_in_peace(process, tmp_path)


@pytest.mark.parametrize("seed", range(2))
def test_signals_while_it_writes_leave_results_that_agree(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    with started(tmp_path) as process:
        frames = dice.randint(1, 30)
        wait_for(lambda: written(tmp_path) >= frames)
        Event().wait(dice.uniform(0, 0.1))
        ask(process, dice)
        assert_in_peace(process, tmp_path)
    assert min(counts(tmp_path)) >= frames


def test_run_under_nohup_goes_on_when_the_terminal_goes(tmp_path: Path) -> None:
    with started(tmp_path, "nohup") as process:
        wait_for(lambda: written(tmp_path) > 0)
        process.send_signal(signal.SIGHUP)
        frames = written(tmp_path) + 10
        wait_for(lambda: written(tmp_path) >= frames)
        process.send_signal(signal.SIGTERM)
        assert_in_peace(process, tmp_path)
    assert min(counts(tmp_path)) >= frames
