"""Clips as a data set: one verdict each through the whole engine, and what happens to bad ones."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.errors import DataError, SourceError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.evaluation.labelled_clips import MARKER, Origin, find_labelled_clips
from fer_video.exporters.evaluation.recognition import classify_clip
from fer_video.exporters.to_onnx.parity import portrait
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.labelled_faces import damage, encrypt, pack
from tests.media import Encoding, Pixels, cut, write_sound, write_video
from tests.networks import write_brightness_classifier

EMPTY = np.full((300, 600, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> EngineOptions:
    """Our detector, and a network that calls a dark face angry and a bright one surprised."""
    network = write_brightness_classifier(tmp_path_factory.mktemp("net") / "brightness.onnx")
    return EngineOptions(str(network), session=SessionOptions("cpu"), draw=False)


def save_clip(path: Path, face_clip: Path) -> Path:
    """A copy of the clip with a face, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(face_clip, path))


def faces(large: float, small: float | None = None) -> Pixels:
    """The portrait this bright, 0..1, and perhaps once more at half the size beside it."""
    face = portrait()[0][::2, ::2].astype(float) / 255
    picture = EMPTY.copy()
    picture[:, 20:276] = (face**0.5 * large * 255).astype(np.uint8)
    if small is not None:
        picture[80:230, 400:528] = (face[::2, ::2] ** 0.5 * small * 255).astype(np.uint8)
    return picture


def read(pictures: list[Pixels], path: Path, options: EngineOptions) -> str:
    scores = classify_clip(options, write_video(path, pictures))
    assert scores is not None
    assert scores.sum() == pytest.approx(1, abs=1e-3)
    return EXPRESSIONS[int(scores.argmax())]


def test_largest_face_gives_the_verdict(tmp_path: Path, options: EngineOptions) -> None:
    assert read([faces(1.0, 0.35)] * 3, tmp_path / "bright.mp4", options) == "surprise"
    assert read([faces(0.35, 1.0)] * 3, tmp_path / "dark.mp4", options) == "angry"


def test_verdict_is_the_mean_over_the_frames_with_a_face(
    tmp_path: Path, options: EngineOptions
) -> None:
    """The first frame alone would say otherwise; those without a face do not count."""
    dark, bright = faces(0.35), faces(1.0)
    clips = {"dark": [dark], "bright": [bright], "all": [EMPTY, bright, dark, dark, EMPTY, EMPTY]}
    scores = {
        name: classify_clip(options, write_video(tmp_path / f"{name}.mkv", pictures))
        for name, pictures in clips.items()
    }
    assert scores["dark"] is not None
    assert scores["bright"] is not None
    expected = (scores["bright"] + 2 * scores["dark"]) / 3
    assert scores["all"] == pytest.approx(expected, abs=0.03)


def test_clip_without_a_face_has_no_verdict(tmp_path: Path, options: EngineOptions) -> None:
    assert classify_clip(options, write_video(tmp_path / "none.mp4", [EMPTY] * 3)) is None


def test_clip_that_breaks_off_is_no_verdict_on_its_first_half(
    tmp_path: Path, options: EngineOptions
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), np.uint8)
    how = Encoding(options={"g": "5", "bf": "0"})
    clip = write_video(tmp_path / "half.mkv", list(noise), how)
    with pytest.raises(SourceError, match="cut off"):
        classify_clip(options, cut(clip, 0.5))


@pytest.mark.parametrize("splits", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_clips_are_found_in_folders_and_zips(
    tmp_path: Path, face_clip: Path, splits: bool, zipped: bool
) -> None:
    parts = ("test", "train") if splits else ("",)
    for part in parts:
        save_clip(tmp_path / "set" / part / "happy" / "a.MKV", face_clip)
        save_clip(tmp_path / "set" / part / "sad" / "b.mp4", face_clip)
        (tmp_path / "set" / part / "happy" / "still.png").write_bytes(b"")
    place = tmp_path / "set"
    if zipped:
        place = Path(shutil.make_archive(str(tmp_path / "set"), "zip", tmp_path, "set"))
    clips = find_labelled_clips(place).split("test")
    assert [s.name for s in clips.samples] == ["test/happy/a.MKV" if splits else "happy/a.MKV"]
    dropped = {(drop.label, drop.reason) for drop in clips.dropped}
    assert dropped == {("sad", "another expression"), ("happy", "another kind of file")}
    assert clips.name == "clips"


def test_place_without_clips_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: no such folder"):
        find_labelled_clips(tmp_path / "nowhere")
    (tmp_path / "happy").mkdir()
    with pytest.raises(DataError, match=r"no clips \(\.mp4"):
        find_labelled_clips(tmp_path)


def test_synthetic_clips_are_called_so(tmp_path: Path, face_clip: Path) -> None:
    save_clip(tmp_path / "happy" / "a.mp4", face_clip)
    marker = tmp_path / MARKER
    marker.write_text(Origin("ferplus", "test", 7).to_json({"happy/a.mp4": "a.png"}))
    assert find_labelled_clips(tmp_path).name == "synthetic clips of ferplus test, seed 7"
    marker.write_text('{"source": "ferplus"}')
    with pytest.raises(DataError, match=r"synthetic\.json: does not say"):
        find_labelled_clips(tmp_path)


def test_evaluate_counts_what_it_cannot_see_and_names_what_it_cannot_read(
    cli: Cli, tmp_path: Path, face_clip: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(face_clip, "set/neutral/face.mp4")
        archive.write(write_video(tmp_path / "e.mkv", [EMPTY] * 3), "set/happy/empty.mkv")
        archive.write(write_sound(tmp_path / "s.mp4"), "set/happy/sound.mp4")
        archive.writestr("set/angry/text.mp4", "no video")
    run = cli("evaluate", "--clips", "--data", "set.zip", "--output", "report")
    assert run.returncode == 0, run.stderr
    values = json.loads((tmp_path / "report/report.json").read_text())
    assert (values["images"], values["undetected"]) == (2, 1)
    assert values["broken"] == ["angry/text.mp4", "happy/sound.mp4"]
    assert values["per_class"]["happy"]["fn"] == 1
    assert values["data"] == "set test, clips through detector"
    assert "2 clips" in run.stdout
    assert "no face found in 1, 2 unreadable" in run.stdout
    for name in values["broken"]:
        assert f"warning: {name}: is left out" in run.stderr
    assert (tmp_path / "report/confusion.png").is_file()


@pytest.mark.parametrize("bad", [damage, encrypt])
def test_clip_that_an_archive_does_not_give_is_left_out_and_named(
    bad: Callable[[Path, str], None], cli: Cli, tmp_path: Path, face_clip: Path
) -> None:
    for name in ("happy/a.mp4", "angry/b.mp4"):
        save_clip(tmp_path / "set" / name, face_clip)
    bad(pack(tmp_path / "set", tmp_path / "set.zip"), "happy/a.mp4")
    run = cli("evaluate", "--clips", "--data", "set.zip", "--output", "report")
    assert run.returncode == 0, run.stderr
    said = "warning: happy/a.mp4: is left out: set.zip: happy/a.mp4: is damaged or encrypted"
    assert said in run.stderr
    values = json.loads((tmp_path / "report/report.json").read_text())
    assert (values["images"], values["broken"]) == (1, ["happy/a.mp4"])


def test_clips_of_which_none_can_be_read_are_no_report(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "a.mp4").write_text("no video")
    run = cli("evaluate", "--clips", "--data", ".", "--output", "report")
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("fer-video: .: of 1 samples")
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("extra", [["--crops"], ["--layout", "ferplus"], ["--split", "best"]])
def test_wrong_use_with_clips_is_told(
    cli: Cli, tmp_path: Path, face_clip: Path, extra: list[str]
) -> None:
    save_clip(tmp_path / "happy" / "a.mp4", face_clip)
    run = cli("evaluate", "--clips", "--data", ".", "--output", "report", *extra)
    assert_one_complaint(run, extra[-1])
