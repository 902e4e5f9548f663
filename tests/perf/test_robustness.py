"""The study of mutated files and signals, in short; and that it sees what goes wrong."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer_video.perf.studies import robustness
from fer_video.perf.studies.mutants import KINDS, film, mutate
from fer_video.perf.studies.robustness import disagreements, left_by_kill, read_all, study
from tests.media import cut, moving, write_video


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Shells start what runs in the background deaf to Ctrl-C, and children inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_mutated_files_are_read_or_refused_and_results_agree() -> None:
    assert list(study(len(KINDS), 0, silent=True)) == []


def test_signals_at_random_moments_leave_results_that_agree() -> None:
    assert list(study(0, 2, seed=2)) == []


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
