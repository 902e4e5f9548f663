"""Tuning: what is chosen from trials, the file that is written, and how it is read."""

import json
import tomllib
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from fer_video.engine import EngineOptions, SourceError
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.capture.open import open_source
from fer_video.engine.machine import cores
from fer_video.perf import tuning
from fer_video.perf.detection import MIN_FACES
from fer_video.perf.tuning import Trial, _cheapest, _fastest, tune, with_settings
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.media import moving, patches, write_image, write_video
from tests.networks import classifier_card, write_classifier


def trial(value: str | int, fps: float = 100.0, faces: int = 60) -> Trial:
    return Trial("setting", value, fps, faces)


def test_cheapest_size_that_finds_almost_all_faces_wins() -> None:
    assert _cheapest([trial(96, faces=50), trial(48, faces=99), trial(24, faces=100)]) == 48
    assert _cheapest([trial(96, faces=0), trial(24, faces=0)]) is None


def test_usual_value_stays_unless_another_is_clearly_faster() -> None:
    assert _fastest([trial(1, 100), trial(2, 102)]) == 1
    assert _fastest([trial(1, 100), trial(2, 110), trial(4, 90)]) == 2


def test_settings_become_options() -> None:
    options = with_settings(EngineOptions(), {"min_face": 48, "threads": 2})
    assert (options.detect.min_face, options.session.threads, options.precision) == (48, 2, "auto")


def test_every_value_is_tried_with_the_best_before_it_and_its_faster_run_counts(
    face_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each value has two runs, of two seconds and of one."""
    told, tried = list[Trial](), list[tuple[object, ...]]()

    def build(options: EngineOptions, *networks: Any) -> Any:
        tried.append((options.detect.min_face, options.precision, options.session.threads))
        return build_chain(options, *networks)

    monkeypatch.setattr(tuning, "build_chain", build)
    monkeypatch.setattr(tuning, "_ROUNDS", 2)
    monkeypatch.setattr(tuning, "perf_counter", partial(next, cycle([0.0, 2.0, 2.0, 3.0])))
    best = tune(str(face_clip), EngineOptions(), told.append)
    smallest = next(t.value for t in told if t.setting == "min_face" and t.faces == 12)
    assert best == {"min_face": smallest, "precision": "fp32", "threads": 1}
    threads = [n for n in (1, 2, 4, 8) if n <= cores()]
    assert tried[::2] == [
        *((size, "auto", 1) for size in MIN_FACES),
        *((smallest, precision, 1) for precision in ("fp32", "int8")),
        *((smallest, "fp32", n) for n in threads),
    ]
    assert [t.value for t in told] == [*MIN_FACES, "fp32", "int8", *threads]
    assert {t.fps for t in told} == {12.0}
    assert {t.faces for t in told if t.setting != "min_face"} == {12}


@pytest.mark.parametrize(
    ("name", "size", "usual"), [("a.mp4", (320, 240), 16), ("a.png", (2000, 96), 25)]
)
def test_size_that_a_source_has_unasked_is_tried_and_none_is_chosen_where_no_face_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: tuple[int, int], usual: int
) -> None:
    monkeypatch.setattr(tuning, "_ROUNDS", 1)
    path, told = tmp_path / name, list[Trial]()
    if name.endswith("mp4"):
        write_video(path, moving(*size, 3))
    else:
        write_image(path, patches(*size))
    best = tune(str(path), EngineOptions(), told.append)
    assert usual in [t.value for t in told if t.setting == "min_face"]
    assert set(best) == {"precision", "threads"}


def test_source_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match=r"none\.mp4"):
        tune("none.mp4", EngineOptions(), lambda _trial: None)


def test_file_is_written_and_read_and_flags_win(cli: Cli, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "a.mp4", moving(64, 48, 3))
    tuned = cli("tune", "--source", clip, "--output", "t.toml")
    assert tuned.returncode == 0, tuned.stderr
    written = tomllib.loads((tmp_path / "t.toml").read_text())
    assert written["model"] == "cnn"
    (tmp_path / "mine.toml").write_text("max_frames = 2\nprecision = 'fp32'\n")
    for flags, frames in (((), 2), (("--max-frames", "1"), 1)):
        run = cli("--settings", "mine.toml", "--source", clip, "--json", "-", *flags)
        assert [json.loads(line)["frame"] for line in run.stdout.splitlines()] == [*range(frames)]


def test_settings_are_read_as_people_write_them(cli: Cli, tmp_path: Path) -> None:
    """Names as the help spells them, one source without a list, behind a byte order mark."""
    lines = ("max-frames = 1", 'source = "demo"', 'name = "bob"', 'json = "-"')
    (tmp_path / "s.toml").write_text("\n".join(lines), "utf-8-sig")
    run = cli("--settings", "s.toml")
    assert run.returncode == 0, run.stderr
    (record,) = run.stdout.splitlines()
    assert json.loads(record)["source"] == "bob"


@pytest.mark.parametrize(
    ("text", "said"), [("colour = 1", "no setting colour"), ("= 1", "is no settings file")]
)
def test_settings_that_make_no_sense_are_named(
    cli: Cli, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "s.toml").write_text(text)
    run = cli("--settings", "s.toml", "--source", "demo", "--json", "o.jsonl")
    assert_one_complaint(run, "s.toml", said)


def test_missing_settings_are_named(cli: Cli) -> None:
    run = cli("--settings", "none.toml", "--source", "demo", "--json", "o.jsonl")
    assert_one_complaint(run, "none.toml", "tune")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One size, once: what is tried of the rest is what counts."""
    monkeypatch.setattr(tuning, "MIN_FACES", (96,))
    monkeypatch.setattr(tuning, "_ROUNDS", 1)


def tuned(cli: Cli, folder: Path, *words: str | Path) -> dict[str, Any]:
    """The settings that come of it, for a picture in which is no face."""
    source = write_image(folder / "a.png", patches(64, 48))
    run = cli("tune", "--source", source, "--output", "t.toml", *words)
    assert run.returncode == 0, run.stderr
    return tomllib.loads((folder / "t.toml").read_text())


@pytest.mark.usefixtures("quick")
def test_network_of_ones_own_is_tuned_in_the_precision_that_it_has(
    cli: Cli, tmp_path: Path
) -> None:
    own = write_classifier(tmp_path / "own.onnx", classifier_card())
    written = tuned(cli, tmp_path, "--model", own)
    assert (written["model"], written["precision"]) == (str(own), "auto")
    run = cli("--settings", "t.toml", "--source", "a.png", "--json", "-")
    assert run.returncode == 0, run.stderr


@pytest.mark.usefixtures("quick")
def test_network_that_is_named_with_its_precision_is_tried_in_no_other(
    cli: Cli, tmp_path: Path
) -> None:
    written = tuned(cli, tmp_path, "--model", "cnn_int8")
    assert (written["model"], written["precision"]) == ("cnn_int8", "auto")


@pytest.mark.usefixtures("quick")
def test_settings_name_the_gpu_that_was_tried(cli: Cli, tmp_path: Path) -> None:
    assert tuned(cli, tmp_path, "--provider", "cpu", "--device", "1")["device"] == 1


@pytest.mark.usefixtures("quick")
def test_password_of_an_address_is_not_written_into_the_settings(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = open_source(write_image(tmp_path / "a.png", patches(64, 48)))
    monkeypatch.setattr(tuning, "open_source", lambda _source, **_how: there)
    run = cli("tune", "--source", "rtsp://me:hidden@hall/door", "--output", "t.toml")
    assert run.returncode == 0, run.stderr
    for said in (run.stderr, (tmp_path / "t.toml").read_text()):
        assert "rtsp://hall/door" in said
        assert "hidden" not in said
