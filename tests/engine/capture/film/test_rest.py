"""Live sources while nobody looks at them: they cost nothing, and are not old afterwards."""

from itertools import islice
from pathlib import Path
from threading import Event, Timer
from time import monotonic

import cv2
import pytest

from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.capture.live.reconnect import Reconnecting
from fer_video.engine.capture.open import open_source
from fer_video.engine.contracts.source import let_rest
from fer_video.engine.frames.frame import Frame
from fer_video.engine.options.live import LiveOptions
from fer_video.engine.output.pace import Pace
from tests.fakes import FakeCapture
from tests.media import Encoding, moving, write_video

WHOLE_EVERY_TEN = Encoding(options={"g": "10", "bf": "0", "sc_threshold": "0"})


def test_of_a_stream_the_newest_is_decoded_behind_a_rest(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(64, 48, 40), WHOLE_EVERY_TEN)
    connections = (VideoFile(str(path)) for _ in range(1))
    source = Reconnecting(lambda: next(connections))
    frames = source.frames()
    before = list(islice(frames, 3))
    let_rest(source, resting=True)
    behind = list(islice(frames, 10))
    source.stop()
    source.close()
    numbers = [round(frame.time * 25) for frame in (*before, *behind)]
    assert numbers[:3] == [0, 1, 2]
    assert numbers[-10:] == list(range(30, 40))


def test_camera_at_rest_lets_pictures_go_by_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture(8)
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: capture)
    source = open_source("0", live=LiveOptions(reconnect=False))
    frames = source.frames()
    assert next(frames).index == 0
    let_rest(source, resting=True)
    grab = capture.grab

    def grab_and_look() -> bool:
        let_rest(source, resting=capture.let_go < 2)
        return grab()

    monkeypatch.setattr(capture, "grab", grab_and_look)
    assert next(frames).index == 4
    source.close()


def test_file_as_camera_stands_still_at_rest_and_goes_on_from_there(tmp_path: Path) -> None:
    source = open_source(str(write_video(tmp_path / "a.mp4", moving(64, 48, 4))), realtime=True)
    frames = source.frames()
    seen = [next(frames), next(frames)]
    let_rest(source, resting=True)
    start, going_on = monotonic(), Timer(0.3, lambda: let_rest(source, resting=False))
    going_on.start()
    seen += frames
    assert 0.3 <= monotonic() - start < 20
    assert [frame.index for frame in seen] == [0, 1, 2, 3]
    source.close()


def test_pace_lets_sources_rest_while_paused_but_for_what_is_stepped_to(sample: Frame) -> None:
    going, told = Event(), list[bool]()
    pace = Pace(going, (), timed=False, rest=told.append)
    going.set()
    assert pace.left(sample) == 0
    going.clear()
    for _ in range(3):
        assert pace.left(sample) > 0
    pace.step()
    assert pace.left(sample) == 0
    assert pace.left(sample) > 0
    going.set()
    assert pace.left(sample) == 0
    assert told == [True, False, True, False]


@pytest.fixture
def sample(tmp_path: Path) -> Frame:
    return next(VideoFile(str(write_video(tmp_path / "a.mp4", moving(64, 48, 1)))).frames())
