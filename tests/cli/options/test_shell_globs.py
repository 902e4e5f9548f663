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


def test_what_is_no_source_is_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        PROGRAM(["analyse"])
    assert "No such command 'analyse'" in capsys.readouterr().err
