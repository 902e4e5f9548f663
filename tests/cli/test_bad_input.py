"""The real command line on bad input: one line that names it, an exit code, nothing lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.command_line import assert_one_complaint, complaints, records
from tests.conftest import Cli
from tests.media import (
    Encoding,
    cut,
    damage,
    decoded,
    moving,
    write_image,
    write_sound,
    write_video,
)
from tests.networks import classifier_card, write_classifier

# results that cannot go where they are sent


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-s", "a.png", "-s", "b.png", "--output", "-"), "takes the video of one source"),
        (("-s", "a.png", "-s", "none.png", "--output", "-"), "takes the video of one source"),
        (("-s", "a.png", "--report", "-"), "takes no report"),
        (("predict", "a.png", "--output", "-"), "takes no stills"),
    ],
)
def test_what_stdout_cannot_take_is_told_and_makes_no_folder(
    cli: Cli, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    for name in ("a.png", "b.png"):
        write_image(tmp_path / name, moving(64, 48, 1)[0])
    run = cli(*words)
    assert (run.returncode, run.stdout) == (1, "")
    assert f"fer-video: stdout: {said}" in run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


# sources that cannot be read at all


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _png_header(width: int, height: int) -> bytes:
    """A picture's start, which promises so many pixels."""
    size = width.to_bytes(4) + height.to_bytes(4)
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + b"IHDR" + size + b"\x08\x02\0\0\0\0\0\0\0"


def _folder(path: Path) -> Path:
    path.mkdir()
    (path / "notes.txt").write_text("no image")
    return path


BAD_SOURCES: dict[str, Callable[[Path], Path]] = {
    "missing.mp4": lambda path: path,
    "no_images": _folder,
    "*.nothing": lambda path: path,
    "empty.mp4": lambda path: _write(path, b""),
    "text.mp4": lambda path: _write(path, b"this is a text, not a video\n" * 50),
    "text.txt": lambda path: _write(path, b"this is a text, not a video\n" * 50),
    "random.mp4": lambda path: _write(path, np.random.default_rng(0).bytes(50_000)),
    "sound.m4a": write_sound,
    "zero.y4m": lambda path: _write(path, b"YUV4MPEG2 W0 H0 F25:1 C420\nFRAME\n"),
    "huge.y4m": lambda path: _write(path, b"YUV4MPEG2 W16000 H16000 F25:1 C420\nFRAME\n"),
    "huge.png": lambda path: _write(path, _png_header(100_000, 100_000)),
    "broken.jpg": lambda path: _write(path, b"\xff\xd8\xff\xe0broken"),
}


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_source_is_named_in_one_line(cli: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / "old.jsonl").write_text("old")
    source = BAD_SOURCES[name](tmp_path / name)
    run = cli("--source", source, "--json", "old.jsonl")
    assert_one_complaint(run, name)
    assert (tmp_path / "old.jsonl").read_text() == "old"
    assert not list(tmp_path.glob(".*"))


def test_camera_that_is_not_there_is_named(cli: Cli) -> None:
    assert_one_complaint(cli("--source", "97", "--json", "o.jsonl"), "camera 97")


# sources that can be read in part


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_file_cut_in_half_is_processed_as_far_as_it_goes(
    cli: Cli, tmp_path: Path, extension: str
) -> None:
    front = {"movflags": "+faststart"} if extension == "mp4" else {}
    noise = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), np.uint8)
    how = Encoding(options={"g": "5", "bf": "0"}, container_options=front)
    clip = cut(write_video(tmp_path / f"half.{extension}", list(noise), how), 0.5)
    run = cli("--source", clip, "--output", "o.mp4", "--json", "o.jsonl")
    assert_one_complaint(run, f"half.{extension}", "cut off")
    assert 20 < len(records(tmp_path / "o.jsonl")) < 40
    assert len(decoded(tmp_path / "o.mp4")) == len(records(tmp_path / "o.jsonl"))


def test_damaged_file_is_processed_and_reported(cli: Cli, tmp_path: Path) -> None:
    how = Encoding(options={"g": "5", "bf": "0"})
    clip = damage(write_video(tmp_path / "flipped.mp4", moving(128, 96, 60), how))
    run = cli("--source", clip, "--output", "o.mp4", "--json", "o.jsonl")
    assert_one_complaint(run, "flipped.mp4", "damaged")
    assert len(decoded(tmp_path / "o.mp4")) == len(records(tmp_path / "o.jsonl")) > 20


def test_time_stamps_that_run_backwards_are_mended_and_said_once(cli: Cli, tmp_path: Path) -> None:
    """Two recordings, one behind the other in one file."""
    part = write_video(tmp_path / "part.ts", moving(96, 64, 50)).read_bytes()
    (tmp_path / "joined.ts").write_bytes(part + part)
    run = cli("--source", "joined.ts", "--output", "o.mp4", "--json", "o.jsonl")
    assert run.returncode == 0, run.stderr
    (line,) = complaints(run)
    assert "joined.ts" in line
    assert "backwards" in line
    times = [record["time"] for record in records(tmp_path / "o.jsonl")]
    assert len(times) == len(decoded(tmp_path / "o.mp4")) >= 99
    assert times == sorted(set(times))


# results that cannot be written


@pytest.mark.parametrize("target", ["none/o.mp4", "/proc/o.mp4", "/proc/o.jsonl"])
def test_place_that_cannot_be_written_is_named(cli: Cli, face_clip: Path, target: str) -> None:
    flag = "--json" if target.endswith("jsonl") else "--output"
    run = cli("--source", face_clip, flag, target)
    assert_one_complaint(run, target)


def test_output_equal_to_the_input_is_refused(cli: Cli, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "in.mp4", moving(64, 48, 3))
    before = clip.read_bytes()
    (tmp_path / "link.mp4").symlink_to(clip)
    assert_one_complaint(cli("--source", "in.mp4", "-o", "link.mp4"), "link.mp4", "is the input")
    assert clip.read_bytes() == before


@pytest.mark.parametrize("source", ["photos", "photos/*.png", "{uri}"])
def test_input_is_known_however_it_is_named(cli: Cli, tmp_path: Path, source: str) -> None:
    (tmp_path / "photos").mkdir()
    photo = write_image(tmp_path / "photos" / "a.png", moving(64, 48, 1)[0])
    before = photo.read_bytes()
    run = cli("--source", source.format(uri=photo.as_uri()), "--output", "photos/a.png")
    assert_one_complaint(run, "photos/a.png", "is the input")
    assert photo.read_bytes() == before


@pytest.mark.parametrize("source", ["99999999999", "**x/*.jpg", "/dev/video97", "/dev/zero"])
def test_odd_names_are_no_surprise(cli: Cli, source: str) -> None:
    assert_one_complaint(cli("--source", source, "--json", "-"), source)


def test_two_results_into_one_place_are_refused(cli: Cli) -> None:
    run = cli("--source", "demo", "--json", "-", "--csv", "-")
    assert_one_complaint(run, "two results")
    assert run.stdout == ""


@pytest.mark.parametrize("target", ["in.mp4", "none/p.json"])
def test_profile_overwrites_no_input_and_names_a_missing_folder(
    cli: Cli, tmp_path: Path, target: str
) -> None:
    clip = write_video(tmp_path / "in.mp4", moving(64, 48, 3))
    before = clip.read_bytes()
    run = cli("profile", "--source", "in.mp4", "--json", target)
    assert run.returncode == 1
    assert f"fer-video: {target}" in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    assert clip.read_bytes() == before


def test_unknown_video_extension_is_explained(cli: Cli, face_clip: Path) -> None:
    assert_one_complaint(cli("--source", face_clip, "--output", "o.webm"), "o.webm", ".mkv")


def test_reader_that_goes_away_ends_it_without_a_traceback(face_clip: Path) -> None:
    command = [sys.executable, "-m", "fer_video.cli", "--source", str(face_clip)]
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(
        [*command, "--json", "-"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "Exception ignored" not in run.stderr


# networks, providers, displays


def test_wrong_networks_are_named(cli: Cli, face_clip: Path, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    write_classifier(tmp_path / "bare.onnx", None)
    write_classifier(tmp_path / "good.onnx", classifier_card())
    for flag, model, said in (
        ("--model", "text.onnx", "not an ONNX model"),
        ("--model", "bare.onnx", "no model card"),
        ("--detector", "good.onnx", "not a YuNet-style"),
    ):
        run = cli("--source", face_clip, flag, model, "--json", "o.jsonl")
        assert_one_complaint(run, model, said)


def test_provider_that_is_not_there_is_named(cli: Cli, face_clip: Path) -> None:
    run = cli("--source", face_clip, "--provider", "abacus", "--json", "o.jsonl")
    assert_one_complaint(run, "abacus", "cpu")


def test_missing_display_is_said(cli: Cli, face_clip: Path) -> None:
    assert_one_complaint(cli("--source", face_clip), "no display", "--output")


@pytest.mark.parametrize(
    "words",
    [
        "--source {} --json o.jsonl",
        "--source clip.mp4 --json {}",
        "--source clip.mp4 --csv {}",
        "--source clip.mp4 --output {}.mp4",
        "--source clip.mp4 --json o.jsonl --model {}",
        "--source clip.mp4 --json o.jsonl --detector {}",
        "--source clip.mp4 --json o.jsonl --settings {}",
        "predict {}",
        "predict {}.jpg",
        "profile --source clip.mp4 --json {}",
        "evaluate --data {} --layout folders --output report",
        "train --data {} --layout fer2013 --model cnn --output run",
        "models card {}",
    ],
)
@pytest.mark.parametrize("name", ["x" * 300, "loop/x"])
def test_name_that_the_system_refuses_is_told_whatever_it_is_of(
    cli: Cli, tmp_path: Path, words: str, name: str
) -> None:
    """As it does in a folder that may not be entered."""
    (tmp_path / "loop").symlink_to("loop")
    write_video(tmp_path / "clip.mp4", moving(64, 48, 2))
    run = cli(*words.format(name).split())
    assert_one_complaint(run, name)
