"""What every test is held to, and the media that several share."""

import logging
import subprocess
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import pytest

from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from tests.command_line import in_its_own_process, in_this_process
from tests.fakes import FakeCapture
from tests.media import Encoding, moving, write_video
from tests.programs.display import virtual_screen

Cli = Callable[..., "subprocess.CompletedProcess[str]"]
SHARED = Path(__file__).parents[2] / "shared" / "data"
"""Beside the checkout on the machines of the project; nowhere else."""


@pytest.fixture(autouse=True)
def _nothing_left_behind(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No thread of a pipeline outlives a test, and nothing logs an ERROR.

    What Python can only report, such as an exception in a thread or a finaliser, is an error by
    the filters of warnings in pyproject.toml.
    """
    before = set(threading.enumerate())
    yield
    new = set(threading.enumerate()) - before
    left = [thread.name for thread in new if thread.name.startswith("fer-video")]
    assert not left, f"threads left running: {left}"
    logged = [*caplog.get_records("setup"), *caplog.get_records("call")]
    errors = [record.getMessage() for record in logged if record.levelno >= logging.ERROR]
    assert not errors


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's data, where it is."""
    if not SHARED.is_dir():
        pytest.skip(f"needs {SHARED}")
    return SHARED


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A screen of its own."""
    with virtual_screen() as name:
        monkeypatch.setenv("DISPLAY", name)
        yield


@pytest.fixture(scope="session")
def detector() -> YuNetDetector:
    """The packaged detector."""
    return YuNetDetector(DetectOptions(), SessionOptions())


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    """The packaged classifier."""
    return Classifier("cnn", SessionOptions())


@pytest.fixture(scope="session")
def face_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve frames of the demo's face at 640x360 and 25 frames a second, H.264 in mp4."""
    path = tmp_path_factory.mktemp("clips") / "face.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for frame in islice(open_demo().frames(), 12):
            picture = frame.picture.reformat(width=640, height=360, format="yuv420p")
            picture.pts, picture.time_base = frame.index, Fraction(1, 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def sound_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of moving pictures with AAC sound."""
    path = tmp_path_factory.mktemp("clips") / "sound.mp4"
    return write_video(path, moving(96, 64, 25), Encoding(sound="aac"))


@pytest.fixture
def cli(tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Cli:
    """Run the command line's `main()` in `tmp_path`; standard output and error come as text."""
    return lambda *arguments: in_this_process(arguments, tmp_path, capfd, caplog.handler)


@pytest.fixture
def program(tmp_path: Path) -> Cli:
    """Start the program in `tmp_path`: for what only a process of its own can show."""
    return lambda *arguments: in_its_own_process(arguments, tmp_path)


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> FakeCapture:
    """A camera with five pictures."""
    capture = FakeCapture(5)
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: capture)
    return capture
