"""The study of mutated files and signals, in short; and that it sees what goes wrong."""

import json
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGHUP

import numpy as np
import pytest

from fer_video.engine import EngineOptions, Networks, Records
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.perf.studies import robustness, signals
from fer_video.perf.studies.leftovers import disagreements, left_by_kill
from fer_video.perf.studies.mutants import KINDS, film, mutate
from fer_video.perf.studies.robustness import examine, read_all, study
from fer_video.perf.studies.signals import interrupt
from tests.media import cut, moving, write_video


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Shells start what runs in the background deaf to Ctrl-C, and children inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.getsignal(SIGHUP)
    yield
    signal.signal(signal.SIGINT, before[0])
    signal.signal(SIGHUP, before[1])


def test_mutated_files_are_read_or_refused_and_results_agree() -> None:
    assert list(study(2 * len(KINDS), 0, seconds=0.6)) == []


def test_signals_at_random_moments_leave_results_that_agree() -> None:
    assert list(study(0, 5, seed=2)) == []


def test_seed_repeats_what_becomes_of_a_file() -> None:
    data = bytes(range(256)) * 40
    one, same, other = (mutate(data, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("worker", "fault"),
    [("import os; os.abort()", "ended with"), ("import time; time.sleep(60)", "hangs")],
)
def test_worker_that_dies_or_hangs_is_a_fault_of_the_file_it_read(
    monkeypatch: pytest.MonkeyPatch, worker: str, fault: str
) -> None:
    monkeypatch.setattr(robustness, "_WORKER", worker)
    monkeypatch.setattr(robustness, "_SECONDS", 0.3)
    monkeypatch.setattr(robustness, "_SECONDS_A_FILE", 0)
    found = dict(read_all([Path("one.mp4"), Path("two.mp4")], silent=True))
    assert list(found) == [Path("one.mp4"), Path("two.mp4")]
    assert all(fault in said for (said,) in found.values())


def test_error_that_is_no_fault_of_the_source_is_seen(tmp_path: Path) -> None:
    networks = Networks.load(EngineOptions(draw=True))
    path = film(tmp_path / "a.mp4", KINDS[0], 0.2)
    assert examine(path, "mp4", networks) == []
    (fault,) = examine(path, "wrong", networks)
    assert fault.startswith("wrong: OptionsError: ")


def test_warning_that_comes_twice_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4", KINDS[0], 0.2)

    class Talkative(Records):
        def write(self, recognized: RecognizedFrame) -> None:
            logging.getLogger("fer_video.engine.output").warning("%s: odd", self)
            super().write(recognized)

    monkeypatch.setattr(robustness, "Records", Talkative)
    assert examine(path, "mp4", Networks.load(EngineOptions(draw=True))) == [
        "said 5 times: %s: odd"
    ]


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        ("raise SystemExit(3)", "it ends with 3"),
        ("print('Traceback of fer_video', file=__import__('sys').stderr)", "a traceback"),
        ("import sys; open(sys.argv[4] + '.part', 'w')", "left are out.mp4.part"),
    ],
)
def test_run_that_does_not_end_in_order_is_seen(
    monkeypatch: pytest.MonkeyPatch, program: str, fault: str
) -> None:
    monkeypatch.setattr(signals, "_PROGRAM", (sys.executable, "-c", program))
    assert fault in interrupt(Path("a.mp4"), "SIGTERM", 60, "mp4")[0]


@pytest.mark.parametrize("deaf", [False, True])
def test_run_that_hangs_behind_a_signal_is_seen(
    monkeypatch: pytest.MonkeyPatch, deaf: bool
) -> None:
    monkeypatch.setattr(signals, "_PROGRAM", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(signals, "_SECONDS", 1)
    signal.signal(SIGHUP, signal.SIG_IGN if deaf else signal.SIG_DFL)  # children inherit it
    found = interrupt(Path("a.mp4"), "SIGHUP", 0.2, "mp4")
    assert found == (["mp4, SIGHUP after 0.20 s: hangs"] if deaf else [])


def write_results(folder: Path, times: list[float]) -> None:
    """A video of five pictures at 25 a second, and records of these times."""
    write_video(folder / "out.mp4", moving(64, 48, 5))
    rows = [{"frame": number, "time": time} for number, time in enumerate(times)]
    (folder / "out.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize(
    ("times", "fault"),
    [
        ([0, 0.04, 0.08, 0.12, 0.16], None),
        ([0, 0.04, 0.08, 0.12], "5 pictures, 4 records"),
        ([0, 0.04, 0.08, 0.12, 0.12], "do not increase"),
        ([0, 0.04, 0.08, 0.12, 0.20], "0.040 s off"),
    ],
)
def test_results_that_disagree_are_seen(
    tmp_path: Path, times: list[float], fault: str | None
) -> None:
    write_results(tmp_path, times)
    found = disagreements(tmp_path, "mp4")
    assert (fault in found[0]) if fault else not found


def test_what_is_left_over_is_seen(tmp_path: Path) -> None:
    write_results(tmp_path, [0, 0.04, 0.08, 0.12, 0.16])
    (tmp_path / ".out.x.partial.mp4").touch()
    assert "partial" in disagreements(tmp_path, "mp4")[0]


def test_killed_film_that_does_not_play_is_seen(tmp_path: Path) -> None:
    whole = film(tmp_path / ".out.partial.mp4", KINDS[1], 4)
    rows = [{"frame": number, "time": number / 25} for number in range(100)]
    (tmp_path / ".out.partial.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert left_by_kill(tmp_path, "mp4") == []
    cut(whole, 0.01)
    assert "it plays 0.0 s" in left_by_kill(tmp_path, "mp4")[0]
