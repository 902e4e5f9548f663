"""A real RTMP server on loopback, and somebody who streams to it; both end in the middle."""

import socket
import subprocess
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.options.live import LiveOptions
from tests.programs.sending import Sender

MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
SERVER = Path("/usr/sbin/nginx")
CONFIGURATION = """
load_module {module};
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{}}
rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{ live on; }} }} }}
"""
needs_nginx = pytest.mark.skipif(
    not (MODULE.exists() and SERVER.exists()), reason="needs Debian's libnginx-mod-rtmp"
)


class Studio:
    """Runs the server, and streams a picture to it for as long as it is there."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"rtmp://127.0.0.1:{self.port}/live/x"
        self._configuration = folder / "nginx.conf"
        text = CONFIGURATION.format(module=MODULE, folder=folder, port=self.port)
        self._configuration.write_text(text)
        self._server = self._start()
        self._sender = Sender(self.url, "flv")

    def restart(self) -> None:
        """Kill the server, and with it the connection of everybody."""
        self._server.kill()
        self._server.wait()
        self._server = self._start()

    def close(self) -> None:
        self._server.kill()
        self._server.wait()
        self._sender.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        server = subprocess.Popen([SERVER, "-c", self._configuration])
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return server
            Event().wait(0.05)
        raise AssertionError("the server does not listen")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    running = Studio(tmp_path)
    yield running
    running.close()


@needs_nginx
def test_stream_comes_back_when_its_server_was_killed(studio: Studio) -> None:
    Event().wait(1)  # until there is something to see
    start = monotonic()
    source = open_source(studio.url, live=LiveOptions(timeout=2.0))
    assert monotonic() - start < 4  # FFmpeg alone takes more than five seconds
    assert (source.info.width, source.info.height, source.info.live) == (320, 240, True)
    frames = source.frames()
    before = list(islice(frames, 10))
    studio.restart()
    after = list(islice(frames, 60))
    source.stop()
    source.close()
    times = [frame.time for frame in (*before, *after)]
    assert times == sorted(times)
    assert [frame.index for frame in (*before, *after)] == list(range(70))
    assert max(b - a for a, b in pairwise(times)) > 0.2
