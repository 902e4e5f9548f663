"""`fer-video gui` as a program: closed by its frame, ended by a signal, without Tk or a screen."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.programs.display import close_by_x, wait_for_window, xdotool

WAY = ["detect", "preprocess", "infer", "parts", "quality", "smooth", "prepare", "show"]
"""Of a film's frame to the screen."""
pytest.importorskip("tkinter", reason="needs a Python with Tk")


def started(folder: Path, *flags: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "fer_video.cli", "gui", *flags]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)


@pytest.mark.usefixtures("display")
@pytest.mark.parametrize(("how", "code"), [("x", 0), ("signal", 130)])
def test_closed_by_its_x_or_a_signal_it_ends_without_a_word_and_says_how_it_went_if_asked(
    tmp_path: Path, how: str, code: int
) -> None:
    with started(tmp_path, "--source", "demo", "--profile") as run:
        window = wait_for_window("^fer-video$", run)
        Event().wait(1.0)
        if how == "x":
            close_by_x(window)
        else:
            run.terminate()
        said = run.communicate(timeout=30)[1]
    assert run.returncode == code, said
    first, *table = said.splitlines()
    assert "pictures shown" in first
    assert [line.split()[0] for line in table[1:]] == ([] if first.startswith("0 ") else WAY)
    assert not list(tmp_path.iterdir())


def test_names_that_fit_no_sources_are_told_in_one_line(cli: Cli) -> None:
    assert_one_complaint(cli("gui", "-s", "demo", "--name", "a", "--name", "b"), "names a, b", "1")


def test_python_without_tk_is_told_which_package_brings_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['tkinter'] = None; sys.argv = ['fer-video', 'gui'];"
        "from fer_video.cli.main import main; main()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "this Python has no Tk; install python3-tk" in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_machine_without_a_screen_is_told_in_one_line(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    command = [sys.executable, "-m", "fer_video.cli", "gui"]
    ended = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("fer-video: gui: no window can be opened")
    assert len(ended.stderr.splitlines()) == 1


FULL_DISK = """
from pathlib import Path
from fer_video.cli.main import main
from fer_video.engine.errors import OutputError
from fer_video.engine.output.film.video import VideoWriter
write, close = VideoWriter.write, VideoWriter.close
def noted(video, *of):
    write(video, *of)
    Path("written").touch()
def full(video):
    close(video)
    raise OutputError("the disk is full")
VideoWriter.write, VideoWriter.close = noted, full
main()
"""
"""The command line where there is no space for the end of a video; `written` tells of a frame."""


@pytest.mark.usefixtures("display")
def test_recording_that_cannot_be_finished_on_closing_is_told_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, "gui", "--source", "demo"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        window = wait_for_window("^fer-video$", run)
        for wait in range(400):
            if wait % 100 == 15:  # not heard before the source is open; a second one would stop it
                xdotool("windowfocus", window, "key", "r")
            Event().wait(0.1)
            if (tmp_path / "written").exists():
                break
        close_by_x(window)
        said = run.communicate(timeout=30)[1]
    assert run.returncode == 1
    assert said.startswith("fer-video: the disk is full")
    assert len(said.splitlines()) == 1
