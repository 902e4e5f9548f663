"""Cameras, and files played as if they were cameras."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_video.engine.capture.live.realtime import BadConnection
from fer_video.engine.capture.open import open_source
from fer_video.engine.contracts.stage import Chain, Stage
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.live import LiveOptions
from fer_video.engine.run.pipeline import Pipeline
from tests.capturing import every, until_error
from tests.fakes import FakeCapture, lane_of
from tests.media import Encoding, moving, write_video

COUNT = 5
PICTURES = moving(46, 34, COUNT)


def test_camera_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: FakeCapture(opened=False))
    with pytest.raises(SourceError, match=r"camera 7.*no such camera"):
        open_source("7")


def test_camera_without_a_picture_is_refused_and_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture = FakeCapture(0)
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: capture)
    with pytest.raises(SourceError, match=r"camera 0.*no picture"):
        open_source("0")
    assert capture.released


def test_camera_whose_driver_fails_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture()

    def fail() -> None:
        raise cv2.error("the driver failed")

    monkeypatch.setattr(capture, "read", fail)
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: capture)
    with pytest.raises(cv2.error, match="the driver failed"):
        open_source("0")
    assert capture.released


def test_camera_that_goes_away_is_an_error_not_an_end(camera: FakeCapture) -> None:
    source = open_source("0", live=LiveOptions(reconnect=False))
    frames = until_error(source, "stopped giving pictures")
    assert len(frames) == COUNT
    assert camera.released


def test_realtime_gives_frames_no_earlier_than_their_time(tmp_path: Path) -> None:
    source = open_source(str(write_video(tmp_path / "a.mp4", PICTURES)), realtime=True)
    frames = every(source)
    waited = [frame.captured_at - frames[0].captured_at for frame in frames]
    assert [frame.index for frame in frames] == list(range(COUNT))
    assert all(w >= frame.time - 0.001 for w, frame in zip(waited, frames, strict=True))


def test_bad_connection_is_late_in_order_and_repeats_itself() -> None:
    options = LiveOptions(jitter=0.1, stall=1.0, seed=3)
    times = [index / 25 for index in range(1000)]
    connection, again = BadConnection(options), BadConnection(options)
    arrivals = [connection(time) for time in times]
    assert arrivals == [again(time) for time in times]
    assert arrivals == sorted(arrivals)
    late = np.subtract(arrivals, times)
    assert late.min() >= 0
    assert 0.9 < late.max() <= 1.1
    assert 3 <= (np.diff(arrivals) > 0.8).sum() <= 12  # stalls in 40 s


def test_realtime_left_early_leaves_nothing_running(tmp_path: Path) -> None:
    a_minute_apart = Encoding(times=[index * 60 * 25 for index in range(COUNT)])
    clip = write_video(tmp_path / "a.mp4", PICTURES, a_minute_apart)
    recognize: Stage[Frame, RecognizedFrame] = Stage("r", lambda frame: RecognizedFrame(frame, ()))
    with Pipeline([lane_of(open_source(str(clip), realtime=True), Chain(recognize))]) as pipeline:
        next(iter(pipeline))
    assert not [t for t in threading.enumerate() if t.name.startswith("fer-video")]
