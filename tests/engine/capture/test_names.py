"""What is there is opened as a file, whatever its name; pipes; and addresses without secrets."""

import ntpath
import os
import subprocess
from pathlib import Path
from threading import Thread

import pytest

from fer_video.engine.address import without_secrets
from fer_video.engine.capture import expand
from fer_video.engine.capture.expand import path_of
from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from fer_video.engine.output.files.targets import file_names
from tests.capturing import every
from tests.command_line import PROGRAM, assert_one_complaint, complaints, records
from tests.conftest import Cli
from tests.media import moving, patches, write_image, write_video

NAMES = (
    *(
        "12:30 talk",
        "file:x",
        "concat:a|b",
        "frame%d",
        "a%20b",
        "[1]",
        "{a,b}",
        "*",
        "-x",
        "--",
        "2",
    ),
    *(" ", "a\nb", "a\tb", "\U0001f600", "é".encode("latin-1").decode(errors="surrogateescape")),
)


@pytest.mark.parametrize("name", NAMES)
def test_file_is_opened_whatever_its_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "x.mp4", moving(64, 48, 3)).replace(tmp_path / f"{name}.mp4")
    write_image(tmp_path / "x.png", patches(16, 12)).replace(tmp_path / f"{name}.png")
    assert len(every(open_source(f"{name}.mp4"))) == 3
    (frame,) = every(open_source(f"{name}.png"))
    assert frame.file == f"{name}.png"


def test_address_of_a_file_names_it_on_every_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert path_of("file:///C:/a%20b.mp4") == "/C:/a b.mp4"
    monkeypatch.setattr(expand, "splitdrive", ntpath.splitdrive)
    assert path_of("file:///C:/a%20b.mp4") == "C:/a b.mp4"
    assert path_of("file:////server/share/a.mp4") == "//server/share/a.mp4"
    assert path_of("file:///home/a.mp4") == "/home/a.mp4"


@pytest.mark.parametrize("name", ["2024", "0", "a:", "clip.mp4", "x [1]", "100%"])
def test_folder_is_opened_whatever_its_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / name / "a.png", patches(16, 12))
    (frame,) = every(open_source(name))
    assert frame.file == "a.png"


def test_name_that_is_no_unicode_is_spelt_everywhere(cli: Cli, tmp_path: Path) -> None:
    name = b"caf\xe9.png".decode(errors="surrogateescape")
    write_image(tmp_path / "x.png", patches()).replace(tmp_path / name)
    run = cli("--source", ".", "--csv", "o.csv", "--json", "o.jsonl")
    assert (run.returncode, complaints(run)) == (0, [])
    assert r"caf\udce9.png" in (tmp_path / "o.csv").read_text()
    assert records(tmp_path / "o.jsonl")[0]["file"] == name
    assert cli("predict", name).stdout == "caf\\udce9.png: 0 faces\n"


def test_name_with_a_line_break_stays_in_its_line(cli: Cli, tmp_path: Path) -> None:
    write_image(tmp_path / "x.png", patches()).replace(tmp_path / "a\nb.png")
    assert cli("predict", "a\nb.png").stdout == "a\\x0ab.png: 0 faces\n"
    run = cli("--source", "a\nb.png", "--json", "o\no.jsonl")
    assert run.stderr.splitlines()[-1].endswith(" 0 faces -> o o.jsonl")


@pytest.mark.parametrize("name", ["x" * 300, "loop", "a\0b"])
def test_name_that_cannot_be_opened_is_told(cli: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    if "\0" not in name:  # no shell can give that
        assert_one_complaint(cli("--source", name, "--json", "o.jsonl"), name)
        assert_one_complaint(cli("predict", name), name)
    with pytest.raises(SourceError):
        open_source(str(tmp_path / name))


def test_files_of_a_pattern_that_the_shell_expanded_are_sources(cli: Cli, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        write_video(tmp_path / name, moving(64, 48, 2))
    run = cli("--source", "a.mp4", "b.mp4", "c.mp4", "--json", "o.jsonl")
    assert (run.returncode, complaints(run)) == (0, [])
    assert {record["source"] for record in records(tmp_path / "o.jsonl")} == {
        *("a.mp4", "b.mp4", "c.mp4")
    }
    run = cli("a.mp4", "b.mp4", "--json", "o.jsonl")
    assert run.returncode == 2
    assert "a.mp4: give a source as --source a.mp4" in run.stderr


def test_predict_names_a_video_beside_an_image_that_fails(cli: Cli, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", patches())
    (tmp_path / "half.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    write_video(tmp_path / "b.mp4", moving(64, 48, 2))
    run = cli("predict", "a.png", "half.png", "b.mp4")
    assert run.returncode == 1
    assert run.stdout == "a.png: 0 faces\n"
    assert_one_complaint(run, "half.png", "b.mp4: no image, but a video")


def test_predict_calls_a_text_no_video(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert_one_complaint(cli("predict", "notes.txt"), "is a text", "neither video nor image")


def test_predict_names_a_video_as_one(cli: Cli, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", moving(64, 48, 2))
    write_image(tmp_path / "a.png", patches())
    run = cli("predict", "clip.mp4", "a.png")
    assert run.stdout == "a.png: 0 faces\n"
    assert_one_complaint(run, "clip.mp4: no image, but a video", "--source")
    assert_one_complaint(cli("predict", "clip.mp4"), "clip.mp4: no image, but a video")


# pipes


@pytest.mark.parametrize("extension", ["mkv", "ts", "mp4"])
@pytest.mark.parametrize("redirected", [False, True])
def test_video_comes_by_stdin(tmp_path: Path, extension: str, *, redirected: bool) -> None:
    video = write_video(tmp_path / f"a.{extension}", moving(64, 48, 7))
    if extension == "mp4" and not redirected:
        pytest.skip("its index is at its end")
    words = " ".join(f"'{word}'" for word in PROGRAM)
    line = f"{words} --source - --json - {'<' if redirected else ''}"
    line = f"{line} '{video}'" if redirected else f"cat '{video}' | {line}"
    run = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, complaints(run)) == (0, [])
    assert run.stdout.count('{"source": "stdin", ') == 7


def test_nothing_on_stdin_is_told_in_one_line(tmp_path: Path) -> None:
    run = subprocess.run(
        [*PROGRAM, "--source", "-", "--json", "o.jsonl"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert_one_complaint(run, "stdin: cannot be opened")


def test_video_comes_by_a_named_pipe(tmp_path: Path) -> None:
    video, pipe = write_video(tmp_path / "a.mkv", moving(64, 48, 7)), tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_bytes(video.read_bytes()))
    writer.start()
    assert len(every(open_source(pipe))) == 7
    writer.join()


# secrets


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:pw@host:554/a@b", "rtsp://host:554/a@b"),
        ("rtsp://admin:p/w@host/a", "rtsp://host/a"),
        ("rtsp://admin:p@w@host/a", "rtsp://host/a"),
        ("http://host:80/a?user=x&password=pw&n=1", "http://host:80/a?user=x&password=***&n=1"),
        ("rtsp://host/user=x_password=pw_channel=1", "rtsp://host/user=x_password=***"),
        ("srt://host:1?passphrase=pw", "srt://host:1?passphrase=***"),
        ("https://host/a?token=pw", "https://host/a?token=***"),
        ("http://host:8080/@me/talk.mp4", "http://host:8080/@me/talk.mp4"),
        ("a@b.mp4", "a@b.mp4"),
    ],
)
def test_address_is_shown_without_secrets(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


@pytest.mark.parametrize("scheme", ["rtsp", "http", "foo", "rtmp"])
def test_password_is_in_no_message(cli: Cli, scheme: str) -> None:
    run = cli("--source", f"{scheme}://me:hunter2@127.0.0.1:9/x?token=hunter2", "--json", "o.jsonl")
    assert_one_complaint(run, "127.0.0.1:9/x")
    assert "hunter2" not in run.stderr
    assert "hunter2" not in file_names([without_secrets("rtsp://me:hunter2@h/x")])[0]
