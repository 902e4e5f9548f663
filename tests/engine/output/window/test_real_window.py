"""The real window, under Xvfb, with keys sent by xdotool, and closed as a person closes it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest

from tests.fakes import wait_until
from tests.media import Encoding, decoded, moving, write_video
from tests.programs.display import close_by_x, wait_for_window, xdotool

TITLE = "fer-video: .*long"


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of moving pictures."""
    path = tmp_path_factory.mktemp("clips") / "long.mkv"
    return write_video(path, moving(320, 240, 40) * 20, Encoding(options={"preset": "ultrafast"}))


@dataclass
class Shown:
    """The program with its window open, and the folder that it saves into."""

    run: "subprocess.Popen[str]"
    window: str
    folder: Path

    def press(self, key: str) -> None:
        xdotool("windowfocus", "--sync", self.window, "key", key)

    def press_until(self, key: str, condition: Callable[[], bool]) -> None:
        self.press(key)
        wait_until(condition)

    def files(self, pattern: str) -> list[Path]:
        """What is in the folder; unfinished files begin with a dot."""
        return [path for path in self.folder.iterdir() if path.match(pattern)]

    def wait_for_a_frame(self) -> None:
        """Save pictures until there is one: before the first frame the key does nothing."""
        while not self.files("*.png"):
            self.press("s")
            Event().wait(0.2)
            assert self.run.poll() is None

    def record(self, sources: int) -> None:
        """Begin, and wait until a frame of each source is written."""

        def written() -> bool:
            records = self.files(".*.jsonl")
            return len(records) == sources and all(path.stat().st_size for path in records)

        self.press_until("r", written)

    def cpu_seconds(self) -> float:
        """What the program has used so far."""
        fields = Path(f"/proc/{self.run.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, code: int = 0) -> None:
        """Wait for its end, which is quiet."""
        said = self.run.communicate(timeout=30)[1]
        assert self.run.returncode == code, said
        assert "Traceback" not in said


@contextmanager
def shown(
    folder: Path, source: Path, count: int = 1, title: str = TITLE, live: bool = True
) -> Iterator[Shown]:
    flags = ["--source", str(source)] * count
    command = [sys.executable, "-m", "fer_video.cli", *flags, *(["--realtime"] if live else [])]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as run:
        try:
            yield Shown(run, wait_for_window(title, run), folder)
        finally:
            run.kill()


@pytest.mark.usefixtures("display")
@pytest.mark.parametrize(("sources", "size"), [(1, (240, 320)), (2, (720, 1280))])
def test_keys_save_record_and_leave(
    tmp_path: Path, long_clip: Path, sources: int, size: tuple[int, int]
) -> None:
    with shown(tmp_path, long_clip, sources) as window:
        window.press("h")
        window.wait_for_a_frame()
        window.record(sources)
        window.press("c")
        window.press_until("r", lambda: len(window.files("fer-video *.mp4")) == sources)
        window.press("q")
        window.end()
    assert len(window.files("fer-video *.jsonl")) == sources
    picture = cv2.imread(str(window.files("*.png")[0]))
    assert picture is not None
    assert picture.shape == (*size, 3)
    assert picture.std() > 10


@pytest.mark.usefixtures("display")
@pytest.mark.parametrize("state", ["playing", "paused"])
@pytest.mark.parametrize("how", ["x", "signal"])
def test_closed_by_its_x_or_a_signal_the_program_ends_and_finishes_the_recording(
    tmp_path: Path, long_clip: Path, state: str, how: str
) -> None:
    with shown(tmp_path, long_clip) as window:
        window.wait_for_a_frame()
        window.record(1)
        if state == "paused":
            window.press("space")
            Event().wait(0.5)
        if how == "x":
            close_by_x(window.window)
            window.end()
        else:
            window.run.terminate()
            window.end(130)
    (video,) = window.files("*.mp4")
    assert not window.files(".*")
    assert len(decoded(video)) == len(video.with_suffix(".jsonl").read_text().splitlines())


@pytest.mark.usefixtures("display")
def test_pause_leaves_the_processor_alone(tmp_path: Path, long_clip: Path) -> None:
    with shown(tmp_path, long_clip) as window:
        window.wait_for_a_frame()
        window.press("space")
        Event().wait(1.0)
        used = [window.cpu_seconds()]
        while len(used) < 7 and (len(used) < 2 or used[-1] - used[-2] > 0.03):
            Event().wait(1.0)
            used.append(window.cpu_seconds())
        assert used[-1] - used[-2] <= 0.03, used
        window.press("q")
        window.end()


@pytest.mark.usefixtures("display")
def test_photograph_stays_until_the_window_is_closed(tmp_path: Path) -> None:
    picture = tmp_path / "large.jpg"
    cv2.imwrite(str(picture), np.full((2160, 3840, 3), 90, np.uint8))
    with shown(tmp_path, picture, title="fer-video: .*large", live=False) as window:
        Event().wait(2.0)
        assert window.run.poll() is None
        size = xdotool("getwindowgeometry", "--shell", window.window)
        sides = dict(line.split("=") for line in size)
        assert int(sides["WIDTH"]) <= 1400
        assert int(sides["HEIGHT"]) <= 900
        close_by_x(window.window)
        window.end()
