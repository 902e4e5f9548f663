"""A real RTSP server on loopback, stopped and started again in the middle."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from threading import Event

import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.contracts.source import Source
from fer_video.engine.errors import SourceError
from fer_video.engine.options.live import LiveOptions

PYTHON = "/usr/bin/python3"
PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good"
NEEDS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst; "
NEEDS += "Gst.init(None); assert Gst.ElementFactory.find('rtpjpegpay')"

Server = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def _packages() -> None:
    found = Path(PYTHON).exists() and subprocess.run(
        [PYTHON, "-c", NEEDS], capture_output=True, check=False
    )
    if not found or found.returncode:
        pytest.skip(f"needs Debian's {PACKAGES}")


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(_packages: None, port: int) -> Iterator[Server]:
    """Starts the server; call it again after it was killed."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        script = Path(__file__).parents[3] / "programs" / "rtsp_server.py"
        running.append(subprocess.Popen([PYTHON, str(script), str(port)]))
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return running[-1]
            Event().wait(0.05)
        raise AssertionError("the server does not listen")

    yield start
    for process in running:
        process.kill()
        process.wait()


def opened(port: int, *, reconnect: bool = True) -> Source:
    return open_source(f"rtsp://127.0.0.1:{port}/live", live=LiveOptions(reconnect=reconnect))


def test_stream_is_read_lost_and_found_again(
    server: Server, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    first = server()
    source = opened(port)
    assert source.info.live
    frames = source.frames()
    before = list(islice(frames, 10))
    first.kill()
    first.wait()
    server()
    after = list(islice(frames, 100))
    source.stop()
    source.close()
    indices = [frame.index for frame in before + after]
    assert indices == list(range(110))
    times = [frame.time for frame in before + after]
    assert times == sorted(times)
    assert {(frame.width, frame.height) for frame in before + after} == {(320, 240)}
    said = [record.getMessage() for record in caplog.records]
    assert sum("trying again" in line for line in said) == 1
    assert sum("is back" in line for line in said) == 1


def test_server_that_stays_away_ends_the_stream_if_asked(server: Server, port: int) -> None:
    process = server()
    source = opened(port, reconnect=False)
    frames = source.frames()
    next(frames)
    process.kill()  # which the connection ends with, in order
    assert len(list(frames)) < 100
    source.close()


def test_server_that_is_not_there_is_named(port: int) -> None:
    with pytest.raises(SourceError, match=f"rtsp://127.0.0.1:{port}/live"):
        opened(port)
