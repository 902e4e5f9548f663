"""Sources without a flag: each command that takes some says how to give them."""

from pathlib import Path

import pytest
import typer

from fer_video.cli.main import app

PROGRAM = typer.main.get_command(app)


@pytest.mark.parametrize("command", ["", "gui", "profile", "tune"])
@pytest.mark.parametrize("source", ["demo", "a clip.mp4", "0", "rtsp://camera/1"])
def test_source_without_a_flag_is_refused_with_what_to_type(
    command: str,
    source: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a clip.mp4").touch()
    with pytest.raises(SystemExit) as ended:
        PROGRAM([*command.split(), source, *(["--source", "0"] if command else [])])
    assert ended.value.code == 2
    typed = "'a clip.mp4'" if " " in source else source
    assert f"{source}: give a source as --source {typed}" in capsys.readouterr().err


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The last line of a command that is refused as wrong usage."""
    with pytest.raises(SystemExit) as ended:
        PROGRAM([*words])
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("profile", "x.mp4"), "a source as --source x.mp4"),
        (("profile", "--max-frames", "2", "x.mp4"), "a source as --source x.mp4"),
        (("tune", "0"), "a source as --source 0"),
        (("gone.mp4",), "a source as --source gone.mp4"),
        (("prepare", "my faces"), "a data set as --data 'my faces'"),
        (("train", "faces"), "a data set as --data faces"),
        (("train", "faces.npz"), "prepared faces as --faces faces.npz"),
        (("train", "--data", "faces", "mine.onnx"), "weights to start from as --from mine.onnx"),
        (("teach", "faces.npz"), "prepared faces as --faces faces.npz"),
        (("export", "run/best.keras"), "weights as --weights run/best.keras"),
        (("quantize", "mine.onnx"), "a network as --model mine.onnx"),
        (("evaluate", "mine.onnx", "faces"), "a network as --model mine.onnx"),
        (("evaluate", "faces"), "a data set as --data faces"),
        (("clips", "faces"), "a data set as --data faces"),
        (("tables", "faces"), "a data set as --data faces"),
    ],
    ids=" ".join,
)
def test_what_stands_without_a_flag_is_told_with_it_before_flags_that_are_missing(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], typed: str
) -> None:
    assert complaint(capsys, *words).endswith(f": give {typed}")


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        ("profile --source a.mp4 --source b.mp4", "--source"),
        ("tune -s a.mp4 --source b.mp4 -s c.mp4", "--source"),
        ("quantize --model a.onnx --model b.onnx", "--model"),
        ("predict --model cnn --model mobilenetv2 a.jpg", "--model"),
        ("-s demo --model cnn --model mobilenetv2", "--model"),
    ],
)
def test_of_several_where_one_is_read_none_is_ignored(
    capsys: pytest.CaptureFixture[str], words: str, flag: str
) -> None:
    said = complaint(capsys, *words.split())
    assert f"{flag}: takes a " in said
    assert said.endswith("not several; give one of them")


@pytest.mark.parametrize("flag", ["--source", "-s"])
@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("predict", "fer-video predict IMAGE..."),
        ("report", "fer-video report RECORDS..."),
        ("agreement", "fer-video agreement RECORDS"),
    ],
)
def test_files_that_need_no_flag_are_told_without_it(
    capsys: pytest.CaptureFixture[str], flag: str, command: str, typed: str
) -> None:
    said = complaint(capsys, command, flag, "x.jpg")
    assert said.endswith(f"{flag}: {command} takes files without a flag, as in `{typed}`")


def test_help_is_given_whatever_stands_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        PROGRAM(["profile", "x.mp4", "--help"])
    assert ended.value.code == 0
    assert "--source" in capsys.readouterr().out


def test_what_is_no_source_is_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        PROGRAM(["analyse"])
    assert "No such command 'analyse'" in capsys.readouterr().err
