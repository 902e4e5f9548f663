"""Synthetic clips: what is chosen, what they look like, and that nobody takes them for real."""

import json
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.data.layouts.read import read_dataset
from fer_video.exporters.evaluation import synthetic
from fer_video.exporters.evaluation.labelled_clips import find_labelled_clips
from fer_video.exporters.evaluation.synthetic import choose, surrounded, write_clip
from fer_video.exporters.to_onnx.parity import portrait
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.labelled_faces import save_classes
from tests.media import decoded


@pytest.fixture
def _few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips of eight frames, where the command's other work is what matters."""
    monkeypatch.setattr(synthetic, "_RATE", 4)


def face() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """The portrait's face, cut as tightly as those of data sets, 108 x 108."""
    return portrait()[0][110:326:2, 156:372:2].copy()


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.mp4"))


def test_clip_is_a_moving_face_that_the_engine_finds(tmp_path: Path) -> None:
    write_clip(face(), tmp_path / "a.mp4", np.random.default_rng(2))
    with open_pipeline(tmp_path / "a.mp4", EngineOptions(draw=False)) as pipeline:
        results = list(pipeline)
    assert (pipeline.info.width, pipeline.info.height) == (640, 360)
    assert [result.frame.time for result in results] == pytest.approx([i / 25 for i in range(50)])
    assert sum(len(result.readings) == 1 for result in results) >= 48
    boxes = [reading.face.box for result in results for reading in result.readings]
    assert all(60 < box.height < 340 for box in boxes)
    path = np.array([(box.left + box.width / 2, box.top + box.height / 2) for box in boxes])
    assert np.ptp(path, axis=0).max() > 10


def test_border_goes_on_around_a_picture() -> None:
    image = np.full((48, 48, 3), 200, np.uint8)
    image[:, :24] = 40
    canvas = surrounded(image, np.random.default_rng(0))
    assert canvas.shape == (700, 1120, 3)
    assert np.abs(canvas[350, [5, 500, 620, 1115]].astype(int).T - [40, 40, 200, 200]).max() < 5


def test_no_black_is_left_of_a_painted_background() -> None:
    image = np.full((108, 108, 3), (200, 150, 120), np.uint8)
    rows, columns = np.mgrid[:108, :108] - 54
    image[rows**2 + columns**2 > 48**2] = 0
    canvas = surrounded(image, np.random.default_rng(3))
    assert canvas.max(axis=2).min() > 30
    assert np.abs(canvas[350, 560].astype(int) - (200, 150, 120)).max() < 3
    assert np.ptp(canvas[:200].astype(int), axis=2).max() == 0  # a gray wall


def test_choice_grows_with_the_number_and_takes_what_there_is(tmp_path: Path) -> None:
    dataset = read_dataset(save_classes(tmp_path, 6), "folders")
    names = {n: {s.name for s in choose(dataset, n, seed=1).samples} for n in (2, 4, 100)}
    assert [len(names[n]) for n in (2, 4, 100)] == [10, 20, 30]
    assert names[2] < names[4] < names[100]
    assert names[2] != {s.name for s in choose(dataset, 2, seed=2).samples}
    assert set(choose(dataset, 2, seed=1).kept().values()) == {2}


@pytest.mark.usefixtures("_few_frames")
def test_command_writes_the_same_marked_clips_again(cli: Cli, tmp_path: Path) -> None:
    save_classes(tmp_path / "faces" / "test", 3)
    (tmp_path / "faces" / "train" / "happy").mkdir(parents=True)
    make = ("clips", "--data", "faces", "--layout", "folders", "--per-class", "1")
    for output, seed in (("one", "4"), ("two", "4"), ("other", "5")):
        run = cli(*make, "--output", output, "--seed", seed)
        assert run.returncode == 0, run.stderr
        assert (len(files(tmp_path / output)), run.stdout) == (5, "")
    assert files(tmp_path / "one") == files(tmp_path / "two") != files(tmp_path / "other")
    happy = next(name for name in files(tmp_path / "one") if name.startswith("happy/00_"))
    one, two = (decoded(tmp_path / folder / happy) for folder in ("one", "two"))
    assert len(one) == len(two) == 8
    for frame, same in zip(one, two, strict=True):
        np.testing.assert_array_equal(frame.to_ndarray(), same.to_ndarray())
    clips = find_labelled_clips(tmp_path / "one")
    assert clips.name == "synthetic clips of faces test, seed 4"
    assert clips.kept() == dict.fromkeys(EXPRESSIONS, 1)
    marker = json.loads((tmp_path / "one" / "synthetic.json").read_text())
    assert marker["note"].startswith("Synthetic")
    assert marker["images"][happy] == f"test/happy/{happy[-5]}.png"


@pytest.mark.usefixtures("_few_frames")
def test_report_on_synthetic_clips_says_so(cli: Cli, tmp_path: Path) -> None:
    save_classes(tmp_path / "faces", 3)
    cli("clips", "--data", "faces", "--layout", "folders", "--output", "made")
    run = cli("evaluate", "--clips", "--data", "made", "--output", "report")
    assert run.returncode == 0, run.stderr
    for text in (run.stdout, (tmp_path / "report" / "report.json").read_text()):
        assert "synthetic clips of faces test, seed 1 through detector" in text


def test_folder_in_use_is_refused_and_left_alone(cli: Cli, tmp_path: Path) -> None:
    save_classes(tmp_path / "faces", 3)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("mine")
    run = cli("clips", "--data", "faces", "--layout", "folders", "--output", "made")
    assert run.returncode == 1
    assert "made: is not an empty folder" in run.stderr
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("extra", "said"), [(("--split", "best"), "best"), (("--split", "train"), "split train")]
)
def test_split_without_images_is_told(
    cli: Cli, tmp_path: Path, extra: tuple[str, str], said: str
) -> None:
    save_classes(tmp_path / "faces" / "test", 1)
    run = cli("clips", "--data", "faces", "--layout", "folders", "--output", "made", *extra)
    assert_one_complaint(run, said)
    assert not (tmp_path / "made").exists()
