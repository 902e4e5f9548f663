"""The window: its keys, its closing, and machines that have none."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from time import monotonic

import av
import cv2
import numpy as np
import pytest

from fer_video.engine.capture.demo import Demo
from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output.sinks import Sinks
from fer_video.engine.output.video import VideoWriter
from fer_video.engine.output.window.overlay import Meter
from fer_video.engine.output.window.window import Window
from fer_video.engine.run.pipeline import Pipeline
from fer_video.engine.sink import WindowClosed
from tests.fakes import FakeScreen, FakeStages, Gate, GeneratedSource, lane_of

INFO = Demo().info


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> FakeScreen:
    """A screen in place of OpenCV's windows."""
    screen = FakeScreen()
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("namedWindow", "resizeWindow", "imshow", "waitKey", "getWindowProperty"):
        monkeypatch.setattr(cv2, name, getattr(screen, name))
    monkeypatch.setattr(cv2, "destroyAllWindows", screen.destroyAllWindows)
    return screen


@pytest.fixture(scope="module")
def recognized() -> RecognizedFrame:
    return RecognizedFrame(next(Demo().frames()), ())


def test_frame_is_shown_in_bgr_at_its_size(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    window = Window([INFO])
    window.write(recognized)
    window.close()
    assert [picture.shape for picture in screen.shown] == [(720, 1280, 3)]
    assert screen.size == (1280, 720)
    assert not screen.open


def test_c_takes_the_faces_as_resting(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    screen.keys, asked = [ord("c")], []
    window = Window([INFO], calibrate=lambda: asked.append(True))
    window.write(recognized)
    window.close()
    assert asked == [True]


def pressed(screen: FakeScreen, frames: Sequence[RecognizedFrame], keys: str, folder: Path) -> None:
    """Show frames, with a key behind each; then close."""
    screen.keys = [ord(key) for key in keys]
    window = Window([INFO], folder)
    for frame in frames:
        window.write(frame)
    window.close()


def test_help_is_shown_and_hidden(
    screen: FakeScreen, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    pressed(screen, [recognized] * 3, "hh_", tmp_path)
    plain, helped, again = (picture[:100].copy() for picture in screen.shown[:3])
    assert not np.array_equal(plain, helped)
    assert np.array_equal(plain, again)


def test_pause_holds_the_frame_until_space(
    screen: FakeScreen, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    screen.keys = [ord(" "), -1, -1, ord(" ")]
    Window([INFO], tmp_path).write(recognized)
    assert len(screen.shown) == 1 + 3
    assert not screen.keys


def test_one_can_leave_while_paused(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    screen.keys = [ord(" "), -1, ord("q")]
    with pytest.raises(WindowClosed):
        Window([INFO]).write(recognized)


def test_recording_begins_and_ends_with_a_key(screen: FakeScreen, tmp_path: Path) -> None:
    frames = [RecognizedFrame(frame, ()) for frame in islice(Demo().frames(), 8)]
    pressed(screen, frames, "__r___r_", tmp_path)  # the frames behind the first r, up to the next
    (video,) = tmp_path.glob("*.mp4")
    with av.open(str(video)) as container:
        times = [frame.pts for frame in container.decode(video=0)]
        assert container.streams.video[0].start_time == 0
    assert len(times) == 4
    assert times[0] == 0
    records = video.with_suffix(".jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in records] == [0, 1, 2, 3]
    assert json.loads(records[0])["time"] == 0


def test_recording_is_finished_when_the_window_closes(screen: FakeScreen, tmp_path: Path) -> None:
    frames = [RecognizedFrame(frame, ()) for frame in islice(Demo().frames(), 4)]
    pressed(screen, frames, "r", tmp_path)
    assert len(list(tmp_path.glob("*.mp4"))) == 1
    assert not list(tmp_path.glob(".*"))


def test_picture_is_saved_as_drawn(
    screen: FakeScreen, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    pressed(screen, [recognized] * 2, "ss", tmp_path)
    pictures = [np.asarray(cv2.imread(str(path))) for path in tmp_path.glob("*.png")]
    assert len(pictures) == 2
    assert np.array_equal(pictures[0], recognized.frame.to_bgr())


@pytest.mark.parametrize("key", ["s", "r"])
def test_folder_that_takes_no_file_is_told_and_ends_nothing(
    screen: FakeScreen, recognized: RecognizedFrame, tmp_path: Path, key: str
) -> None:
    screen.keys = [ord(key)]
    window = Window([INFO], tmp_path / "none")
    window.write(recognized)
    window.write(recognized)
    before, after = (picture[-60:] for picture in screen.shown)
    assert not np.array_equal(before, after)
    window.close()


def test_recording_without_a_frame_is_not_called_saved(
    screen: FakeScreen, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    pressed(screen, [recognized] * 2, " rr ", tmp_path)
    assert not list(tmp_path.iterdir())
    assert np.array_equal(screen.shown[0], screen.shown[-1])  # still only where the keys are


def test_recording_beside_an_output_leaves_that_as_it_is(
    screen: FakeScreen, tmp_path: Path
) -> None:
    screen.keys = [ord(key) for key in "__r"]
    (tmp_path / "recorded").mkdir()
    sinks = Sinks()
    sinks.add(VideoWriter(tmp_path / "all.mp4", INFO))
    sinks.add(Window([INFO], tmp_path / "recorded"))
    for frame in islice(Demo().frames(), 8):
        sinks.write(RecognizedFrame(frame, ()))
    sinks.close()
    (recorded,) = (tmp_path / "recorded").glob("*.mp4")
    assert stamps(tmp_path / "all.mp4") == pytest.approx([i / 30 for i in range(8)], abs=1e-3)
    assert stamps(recorded) == pytest.approx([i / 30 for i in range(5)], abs=1e-3)


def stamps(video: Path) -> list[float]:
    with av.open(str(video)) as container:
        return [float(frame.time or 0.0) for frame in container.decode(video=0)]


def test_keys_are_heard_while_the_source_is_away(screen: FakeScreen) -> None:
    away = Gate(3)
    pipeline = Pipeline([lane_of(GeneratedSource(5, live=True, before=away), FakeStages().chain())])
    window = Window([INFO])
    pipeline.idle = window.idle

    def run() -> None:
        try:
            for frame in pipeline:
                window.write(frame)
                screen.keys = [-1, -1, ord("q")]
        finally:
            away.open()

    with pipeline, pytest.raises(WindowClosed):
        run()
    window.close()


def test_long_silence_is_said(
    screen: FakeScreen, recognized: RecognizedFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Window([INFO])
    window.write(recognized)
    window.idle()
    assert len(screen.shown) == 1
    later = monotonic() + 5
    monkeypatch.setattr("fer_video.engine.output.window.window.monotonic", lambda: later)
    window.idle()
    assert len(screen.shown) == 2
    before, after = (picture[-60:] for picture in screen.shown)
    assert not np.array_equal(before, after)


def test_status_tells_rate_and_delay(
    monkeypatch: pytest.MonkeyPatch, recognized: RecognizedFrame
) -> None:
    now = recognized.frame.captured_at + 0.02
    monkeypatch.setattr("fer_video.engine.output.window.overlay.monotonic", lambda: now)
    meter = Meter()
    for _ in range(40):
        text = meter(recognized.frame, live=True)
        recognized = RecognizedFrame(
            replace(recognized.frame, captured_at=recognized.frame.captured_at + 0.05), ()
        )
        now += 0.05
    assert text == "20 fps, 20 ms behind the camera"


@pytest.mark.parametrize("key", [ord("q"), 27])
def test_key_leaves(screen: FakeScreen, recognized: RecognizedFrame, key: int) -> None:
    window = Window([INFO])
    window.write(recognized)
    screen.keys = [key]
    with pytest.raises(WindowClosed):
        window.write(recognized)


def test_closed_window_leaves(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    window = Window([INFO])
    screen.open = False
    with pytest.raises(WindowClosed):
        window.write(recognized)


def test_machine_without_a_display_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OutputError, match=r"no display.*--no-display"):
        Window([INFO])


def test_opencv_without_windows_is_told_what_to_do(
    screen: FakeScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "namedWindow", screen.fail)
    with pytest.raises(OutputError, match=r"has no windows.*opencv-python"):
        Window([INFO])
