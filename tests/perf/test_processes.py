"""What is measured of whole processes: seconds to their first word, memory, another engine."""

import sys
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from fer_video.perf.bench import footprint, one_run
from fer_video.perf.bench.compare import ROOT, package, speed
from fer_video.perf.bench.footprint import peak_megabytes, repeat, seconds_to_first_record
from tests.media import decoded
from tests.perf.conftest import FRAMES

PYTHON = (sys.executable, "-c")
SPEAKS_LATE = "import time; time.sleep(0.3); print('a record', flush=True); time.sleep(20)"


def test_first_record_is_waited_for_and_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint, "ENGINE", (*PYTHON, SPEAKS_LATE))
    monkeypatch.setattr(footprint, "_STARTS", 1)
    assert 0.3 < seconds_to_first_record(tmp_path / "a.mp4", tmp_path / "o.mp4") < 20


def test_seconds_are_the_median_of_the_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = iter([0.5, 9.0, *[0.7] * 3, 0.1, *[0.8] * 3])
    monkeypatch.setattr(footprint, "_start", lambda _clip, _target: next(starts))
    assert seconds_to_first_record(tmp_path / "a.mp4", tmp_path / "o.mp4") == 0.7
    assert next(starts, None) is None


def test_engine_gives_a_record_and_without_one_there_is_no_figure(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint, "_STARTS", 1)
    seconds_to_first_record(clip, tmp_path / "o.mp4")
    with pytest.raises(RuntimeError, match=r"none\.mp4.* ended without a record"):
        seconds_to_first_record(tmp_path / "none.mp4", tmp_path / "o.mp4")


def test_peak_is_the_memory_of_the_command_in_megabytes() -> None:
    small, large = (peak_megabytes([*PYTHON, f"b'x' * {n}"]) for n in (1, 300_000_000))
    assert large - small == pytest.approx(300, rel=0.1)


def test_command_that_fails_has_no_peak() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        peak_megabytes([*PYTHON, "exit(3)"])


def test_clip_is_repeated_until_it_is_long_enough(clip: Path, tmp_path: Path) -> None:
    """At thirty frames a second."""
    repeated = decoded(repeat(clip, tmp_path / "long.mp4", 1.0))
    assert len(repeated) == 4 * FRAMES
    assert [picture.time for picture in repeated] == pytest.approx(
        [i / 30 for i in range(4 * FRAMES)]
    )


@pytest.mark.parametrize("said", [1.5, 2.5])
def test_engine_that_is_measured_is_the_one_of_the_tree(tmp_path: Path, said: float) -> None:
    for part in ("engine", "perf"):
        (tmp_path / "tree" / part).mkdir(parents=True)
    (tmp_path / "tree" / "engine" / "__init__.py").write_text(f"print({said}); raise SystemExit")
    path = package(tmp_path / "tree", tmp_path / "found")
    assert speed(path, tmp_path / "a.mp4", "ultrafast") == said


def test_engine_of_this_working_tree_is_found_and_runs(
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = package(ROOT, tmp_path / "found") / "fer_video"
    assert (found / "engine" / "__init__.py").is_file()
    assert (found / "perf" / "bench" / "one_run.py").is_file()
    monkeypatch.setattr(one_run, "perf_counter", partial(next, count(0.0, 0.5)))
    one_run.main(str(clip), "ultrafast")
    assert float(capsys.readouterr().out) == FRAMES / 0.5
