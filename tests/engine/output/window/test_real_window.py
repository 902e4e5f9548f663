"""The real window, under Xvfb, with keys sent by xdotool."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import cv2
import pytest

from tests.media import moving, write_video

PACKAGES = ("xvfb", "xdotool")
TITLE = "fer-video: minute"


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of its own."""
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip(f"needs Debian's {' '.join(PACKAGES)}")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as number:
        yield f":{number.readline().strip()}"
    server.kill()
    server.wait()


def until(found: "subprocess.Popen[str]", *words: str, display: str) -> str:
    """Repeat xdotool until it succeeds; what it prints."""
    for _ in range(300):
        result = subprocess.run(
            ["xdotool", *words],
            env=os.environ | {"DISPLAY": display},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode == 0 and result.stdout.strip():
            return result.stdout.strip()
        assert found.poll() is None, found.communicate()[1]
        Event().wait(0.1)
    raise AssertionError(f"xdotool {' '.join(words)}: nothing")


def press(key: str, window: str, display: str) -> None:
    subprocess.run(
        ["xdotool", "windowfocus", "--sync", window, "key", key],
        env=os.environ | {"DISPLAY": display},
        check=True,
    )
    Event().wait(0.7)


@pytest.mark.parametrize(("sources", "size"), [(1, (240, 320)), (2, (720, 1280))])
def test_keys_save_record_and_leave(
    display: str, tmp_path: Path, sources: int, size: tuple[int, int]
) -> None:
    write_video(tmp_path / "minute.mkv", moving(320, 240, 1500))
    flags = ["--source", "minute.mkv"] * sources
    run = subprocess.Popen(
        [sys.executable, "-m", "fer_video.cli.main", *flags, "--realtime"],
        cwd=tmp_path,
        env=os.environ | {"DISPLAY": display},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        window = until(run, "search", "--onlyvisible", "--name", TITLE, display=display)
        for key in ("h", "s", "r", "c", "r", "q"):
            press(key, window.splitlines()[0], display)
        _, said = run.communicate(timeout=30)
    finally:
        run.kill()
    assert run.returncode == 0, said
    made = Counter(path.suffix for path in tmp_path.glob("fer-video *"))
    assert made == {".png": 1, ".mp4": sources, ".jsonl": sources}, said
    picture = cv2.imread(str(next(tmp_path.glob("*.png"))))
    assert picture is not None
    assert picture.shape == (*size, 3)
    assert picture.std() > 10
