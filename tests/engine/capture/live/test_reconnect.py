"""Live sources that come back: by faults injected behind the interface, and over real HTTP."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, pairwise
from pathlib import Path
from threading import Event

import cv2
import pytest

from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.capture.live.reconnect import Reconnecting
from fer_video.engine.capture.open import open_source
from fer_video.engine.contracts.stage import Chain, Stage
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.live import LiveOptions
from fer_video.engine.run.pipeline import Pipeline
from tests.capturing import until_error
from tests.fakes import FakeCapture, GeneratedSource, lane_of
from tests.media import Encoding, moving, write_video

LOST = SourceError("generated: the plug was pulled")
COUNT = 100


def connections(*sources: GeneratedSource | SourceError) -> Callable[[], GeneratedSource]:
    """One after the other; an error is a connection that fails."""
    rest = iter(sources)

    def connect() -> GeneratedSource:
        source = next(rest)
        if isinstance(source, SourceError):
            raise source
        return source

    return connect


def lossy(count: int = 5) -> GeneratedSource:
    return GeneratedSource(count, live=True, error=LOST)


def assert_counted_on(frames: list[Frame]) -> None:
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(one.pts < other.pts for one, other in pairwise(frames))
    assert all(frame.time == float(frame.pts * frame.time_base) for frame in frames)
    assert all(frame.picture.pts == frame.pts for frame in frames)


def test_frames_are_counted_on_and_the_loss_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = Reconnecting(connections(lossy(), LOST, LOST, lossy(), lossy()))
    with caplog.at_level(logging.WARNING):
        assert_counted_on(list(islice(source.frames(), 10)))
    said, back = [record.getMessage() for record in caplog.records]
    assert back == "generated: is back"
    assert said.startswith("generated: the plug was pulled; trying again")
    source.close()


def test_gap_shows_in_the_times() -> None:
    source = Reconnecting(connections(lossy(3), LOST, LOST, lossy(3)))  # waits 0.1 and 0.2 s
    frames = list(islice(source.frames(), 4))
    source.close()
    assert frames[3].time - frames[2].time > 0.15
    start = frames[0].captured_at - frames[0].time
    assert frames[3].time == pytest.approx(frames[3].captured_at - start, abs=0.05)


def test_source_that_cannot_be_opened_at_first_is_an_error() -> None:
    with pytest.raises(SourceError, match="plug"):
        Reconnecting(connections(LOST))


def test_fifty_interruptions_leave_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_video.engine.capture.live.reconnect._LASTING", -1.0)
    sources = [lossy(2) for _ in range(51)]
    source = Reconnecting(connections(*sources))
    assert_counted_on(list(islice(source.frames(), 102)))
    source.close()
    assert all(one.closed for one in sources)


def test_waiting_for_a_source_that_stays_away_can_be_left() -> None:
    away = Event()

    def connect() -> GeneratedSource:
        if away.is_set():
            raise LOST
        away.set()
        return lossy(3)

    recognize: Stage[Frame, RecognizedFrame] = Stage("r", lambda frame: RecognizedFrame(frame, ()))
    with Pipeline([lane_of(Reconnecting(connect), Chain(recognize))]) as pipeline:
        next(iter(pipeline))
    assert "fer-video" not in "".join(thread.name for thread in threading.enumerate())


def test_camera_that_was_pulled_out_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    captures = [FakeCapture(3), FakeCapture(opened=False), FakeCapture(3)]
    rest = iter(captures)
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: next(rest))
    source = open_source("0")
    assert_counted_on(list(islice(source.frames(), 6)))
    source.close()
    assert captures[0].released
    assert captures[2].released


def test_camera_is_asked_for_a_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture(3)
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: capture)
    open_source("0", live=LiveOptions(width=640, height=480, fps=15, fourcc="MJPG")).close()
    asked = [cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT]
    assert [capture.asked[name] for name in asked] == [cv2.VideoWriter.fourcc(*"MJPG"), 640, 480]
    assert capture.asked[cv2.CAP_PROP_FPS] == 15


class QuietFiles(SimpleHTTPRequestHandler):
    """Serves files with their length."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Sender:
    """Sends an MPEG-TS over HTTP without saying how long it is; it ends, or it stalls."""

    def __init__(self, data: bytes) -> None:
        """Serve on a free port of this machine."""
        self.stall = False
        self.requests = 0
        self._released = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(data))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/live.ts"

    def close(self) -> None:
        """Stop serving."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self, data: bytes) -> type[BaseHTTPRequestHandler]:
        sender = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sender.requests += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(data)
                if sender.stall:
                    self.wfile.flush()
                    sender._released.wait(20)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    clip = write_video(
        tmp_path / "a.ts", moving(46, 34, COUNT), Encoding(options={"bf": "0", "g": "1"})
    )
    sender = Sender(clip.read_bytes())
    yield sender
    sender.close()


def test_stream_over_http_that_ends_goes_on(sender: Sender) -> None:
    source = open_source(sender.url)
    assert source.info.live
    assert_counted_on(list(islice(source.frames(), 3 * COUNT)))
    source.stop()
    source.close()
    assert sender.requests >= 3


def test_stream_that_stalls_counts_as_lost(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    sender.stall = True
    source = open_source(sender.url, live=LiveOptions(timeout=0.3))
    frames = list(islice(source.frames(), COUNT + 1))
    source.stop()
    source.close()
    assert_counted_on(frames)
    assert "nothing more came in time" in caplog.text


def test_file_over_http_is_read_once_to_its_end(tmp_path: Path) -> None:
    for name in ("a.mkv", "a.h264"):  # which says nothing of its length
        write_video(tmp_path / name, moving(46, 34, 20))
    handler = partial(QuietFiles, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        for name in ("a.mkv", "a.h264"):
            source = open_source(f"{url}/{name}")
            assert not source.info.live
            assert len(list(source.frames())) == 20
            source.close()
        server.shutdown()
        thread.join()


def test_without_reconnection_a_lost_stream_ends(sender: Sender) -> None:
    source = open_source(sender.url, live=LiveOptions(reconnect=False))
    assert isinstance(source, VideoFile)
    assert len(until_error(source, "reading stopped")) == COUNT


def test_stream_may_come_back_in_another_size() -> None:
    other = lossy(3)
    other._picture = GeneratedSource(1)._picture.reformat(width=64, height=48)
    source = Reconnecting(connections(lossy(3), other))
    sizes = [(frame.width, frame.height) for frame in islice(source.frames(), 6)]
    source.close()
    assert sizes == [(32, 24)] * 3 + [(64, 48)] * 3


def test_sound_is_left_out_of_what_may_come_back() -> None:
    first = lossy(1)
    first.info = replace(first.info, audio=(object(),))  # type: ignore[arg-type]
    assert Reconnecting(connections(first)).info.audio == ()
