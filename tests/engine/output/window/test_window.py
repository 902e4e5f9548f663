"""The window: its keys, its closing, and machines that have none."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event
from time import monotonic

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.contracts.sink import WindowClosed
from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.output.controls import Controls
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.sinks import Sinks
from fer_video.engine.output.window.mosaic import Mosaic
from fer_video.engine.output.window.overlay import Meter
from fer_video.engine.output.window.window import Window
from fer_video.engine.run.pipeline import Pipeline
from tests.command_line import PROGRAM, assert_one_complaint
from tests.fakes import FakeScreen, FakeStages, Gate, GeneratedSource, lane_of
from tests.media import to_picture

INFO = open_demo().info
INTERVAL = 1 / 30
"""Seconds between two frames of the demo."""


class Clock:
    """Stands for `time.monotonic`: time passes when a test says so."""

    def __init__(self) -> None:
        """Start anywhere."""
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> FakeScreen:
    """A screen in place of OpenCV's windows."""
    screen = FakeScreen()
    screen.stand_in(monkeypatch)
    return screen


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the window."""
    clock = Clock()
    monkeypatch.setattr("fer_video.engine.output.window.window.monotonic", clock)
    return clock


@pytest.fixture(scope="module")
def recognized() -> RecognizedFrame:
    return RecognizedFrame(next(open_demo().frames()), ())


def window_of(
    folder: Path | None = None, calibrate: Callable[[float], None] = lambda _seconds: None
) -> Window:
    return Window([INFO], Controls([INFO], calibrate, folder))


def show(window: Window, clock: Clock, frames: Iterable[RecognizedFrame]) -> None:
    """Let frames come at their rate; the window looks at the keys once behind each."""
    for frame in frames:
        window.write(frame)
        clock.now += INTERVAL


def pressed(
    screen: FakeScreen, clock: Clock, frames: Sequence[RecognizedFrame], keys: str, folder: Path
) -> None:
    """Show frames, with a key behind each; then close."""
    screen.keys = [ord(key) for key in keys]
    window = window_of(folder)
    show(window, clock, frames)
    window.close()


def status(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where the line of status is."""
    return picture[-60:]


# what is shown


def test_frame_is_shown_in_bgr_at_its_size(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    window = window_of()
    window.write(recognized)
    window.close()
    assert [picture.shape for picture in screen.shown] == [(720, 1280, 3)]
    assert screen.size == (1280, 720)
    assert not screen.open


def test_frames_faster_than_a_screen_are_recorded_but_only_the_newest_is_shown(
    screen: FakeScreen, clock: Clock, tmp_path: Path
) -> None:
    frames = [RecognizedFrame(frame, ()) for frame in islice(open_demo().frames(), 6)]
    screen.keys = [ord("r")]
    window = window_of(tmp_path)
    for frame in frames:  # the first is shown, and begins the recording
        window.write(frame)
        clock.now += 0.001
    window.idle()
    window.close()
    assert len(screen.shown) == 2
    newest = frames[-1].frame.to_bgr()
    assert np.array_equal(screen.shown[-1][:600], newest[:600])
    (video,) = tmp_path.glob("*.mp4")
    assert len(stamps(video)) == 5


def test_help_is_shown_and_hidden(
    screen: FakeScreen, clock: Clock, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    pressed(screen, clock, [recognized] * 3, "hh_", tmp_path)
    plain, helped, again = (picture[:100].copy() for picture in screen.shown[:3])
    assert not np.array_equal(plain, helped)
    assert np.array_equal(plain, again)


@pytest.mark.parametrize(
    ("size", "opened"), [((3840, 2160), (1280, 720)), ((1200, 4000), (216, 720))]
)
def test_window_is_smaller_than_any_screen_in_the_proportions_of_its_picture(
    screen: FakeScreen, size: tuple[int, int], opened: tuple[int, int]
) -> None:
    picture = to_picture(np.zeros((size[1], size[0], 3), np.uint8))
    frame = to_frame(picture, index=0, pts=0, time_base=INFO.time_base, source="demo")
    window = window_of()
    window.write(RecognizedFrame(frame, ()))
    window.close()
    assert screen.size == opened


@pytest.mark.parametrize(("wide", "size"), [(2.0, (48, 128)), (0.5, (96, 64)), (1.0, (48, 64))])
def test_pixels_that_are_not_square_are_shown_in_their_proportions(
    wide: float, size: tuple[int, int]
) -> None:
    plain = to_picture(np.full((48, 64, 3), 200, np.uint8))
    frame = replace(
        to_frame(plain, index=0, pts=0, time_base=Fraction(1, 25), source=INFO.name),
        pixel_aspect=wide,
    )
    assert Mosaic([INFO])([frame]).shape == (*size, 3)
    grid = Mosaic([INFO, replace(INFO, name="other")])([frame])
    seen = grid.min(axis=2) > 150
    rows, columns = seen.any(axis=1).sum(), seen.any(axis=0).sum()
    assert columns / rows == pytest.approx(size[1] / size[0], rel=0.1)


def test_film_is_shown_at_its_own_speed(screen: FakeScreen) -> None:
    window = Window([INFO], Controls([INFO], lambda _seconds: None), timed=True)
    frames = [RecognizedFrame(frame, ()) for frame in islice(open_demo().frames(), 7)]
    start = monotonic()
    for frame in frames:
        window.write(frame)
    assert 6 * INTERVAL * 0.9 < monotonic() - start < 3
    window.close()
    assert len(screen.shown) >= 3  # a busy machine shows some frames with the next


def test_film_is_stepped_and_skipped(screen: FakeScreen) -> None:
    window = Window([INFO], Controls([INFO], lambda _seconds: None), timed=True)
    frames = [RecognizedFrame(frame, ()) for frame in islice(open_demo().frames(), 60)]
    screen.keys = [ord("n"), -1, ord("n"), ord("f"), ord(" ")]
    start = monotonic()
    for frame in frames:  # held at the first and the second, then five seconds at once
        window.write(frame)
    window.close()
    assert not screen.keys
    assert monotonic() - start < 60 * INTERVAL


def test_photograph_stays_until_the_next_is_asked_for(screen: FakeScreen) -> None:
    info = replace(INFO, stills=True)
    window = Window([info], Controls([info], lambda _seconds: None), timed=True)
    frame = next(open_demo().frames())
    first, second = (
        RecognizedFrame(replace(frame, file=f"{number}.png"), ()) for number in range(2)
    )
    window.write(first)
    screen.keys = [-1, -1, ord("n")]
    window.write(second)
    assert not screen.keys
    screen.keys = [-1, ord("q")]
    with pytest.raises(WindowClosed):
        window.stay()
    assert not screen.keys
    assert np.array_equal(screen.shown[-1][:600], frame.to_bgr()[:600])


def test_source_that_gives_no_picture_turns_dark_and_says_since_when(
    screen: FakeScreen, recognized: RecognizedFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("fer_video.engine.output.presence.monotonic", clock)
    infos = [replace(INFO, live=True), replace(INFO, name="other", live=True)]
    window = Window(infos, Controls(infos, lambda _seconds: None))
    other = RecognizedFrame(replace(recognized.frame, source="other"), ())
    for result in (recognized, other, other):
        window.write(result)
        Event().wait(0.02)
    bright = screen.shown[-1]
    clock.now += 2
    window.write(other)
    Event().wait(0.02)
    window.idle()
    window.close()
    dark = screen.shown[-1]
    assert dark[200:500, :640].mean() < 0.5 * bright[200:500, :640].mean()
    assert np.array_equal(dark[200:500, 640:], bright[200:500, 640:])


# pausing


def test_pause_holds_the_frame_until_space(
    screen: FakeScreen, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    screen.keys = [ord(" "), -1, -1, ord(" ")]
    window = window_of(tmp_path)
    window.write(recognized)
    window.write(recognized)
    assert not screen.keys
    plain, paused = screen.shown[:2]  # drawn once, however long it is looked at
    assert np.array_equal(plain[:600], paused[:600])
    assert not np.array_equal(status(plain), status(paused))


def test_one_can_leave_while_paused(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    screen.keys = [ord(" "), -1, ord("q")]
    window = window_of()
    window.write(recognized)
    with pytest.raises(WindowClosed):
        window.write(recognized)


def test_what_ends_the_wait_for_a_frame_ends_a_pause(
    screen: FakeScreen, recognized: RecognizedFrame
) -> None:
    screen.keys = [ord(" ")]

    def interrupted() -> None:
        window.idle()
        raise ZeroDivisionError

    window = Window([INFO], Controls([INFO], lambda _seconds: None), interrupted)
    window.write(recognized)
    with pytest.raises(ZeroDivisionError):
        window.write(recognized)
    assert len(screen.shown) == 2


# keys that act


def test_c_takes_the_faces_as_resting(
    screen: FakeScreen, clock: Clock, recognized: RecognizedFrame
) -> None:
    screen.keys, asked = [ord("c")], list[float]()
    window = window_of(calibrate=asked.append)
    show(window, clock, [recognized] * 2)
    window.close()
    assert asked == [2.0]
    before, after = map(status, screen.shown)
    assert not np.array_equal(before, after)


def test_recording_begins_and_ends_with_a_key(
    screen: FakeScreen, clock: Clock, tmp_path: Path
) -> None:
    frames = [RecognizedFrame(frame, ()) for frame in islice(open_demo().frames(), 8)]
    keys = "__r___r_"  # the frames behind the first r, up to the next
    pressed(screen, clock, frames, keys, tmp_path)
    (video,) = tmp_path.glob("*.mp4")
    times = stamps(video)
    assert len(times) == 4
    assert times[0] == 0
    records = video.with_suffix(".jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in records] == [0, 1, 2, 3]
    assert json.loads(records[0])["time"] == 0


def test_recording_is_finished_when_the_window_closes(
    screen: FakeScreen, clock: Clock, tmp_path: Path
) -> None:
    frames = [RecognizedFrame(frame, ()) for frame in islice(open_demo().frames(), 4)]
    pressed(screen, clock, frames, "r", tmp_path)
    assert len(list(tmp_path.glob("*.mp4"))) == 1
    assert not list(tmp_path.glob(".*"))


def test_picture_is_saved_as_drawn(
    screen: FakeScreen, clock: Clock, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    pressed(screen, clock, [recognized] * 2, "ss", tmp_path)
    pictures = [np.asarray(cv2.imread(str(path))) for path in tmp_path.glob("*.png")]
    assert len(pictures) == 2
    assert np.array_equal(pictures[0], recognized.frame.to_bgr())


@pytest.mark.parametrize("key", ["s", "r"])
def test_folder_that_takes_no_file_is_told_and_ends_nothing(
    screen: FakeScreen, clock: Clock, recognized: RecognizedFrame, tmp_path: Path, key: str
) -> None:
    screen.keys = [ord(key)]
    window = window_of(tmp_path / "none")
    show(window, clock, [recognized] * 2)
    before, after = map(status, screen.shown)
    assert not np.array_equal(before, after)
    window.close()


def test_recording_beside_an_output_leaves_that_as_it_is(
    screen: FakeScreen, clock: Clock, tmp_path: Path
) -> None:
    screen.keys = [ord(key) for key in "__r"]
    (tmp_path / "recorded").mkdir()
    sinks = Sinks()
    sinks.add(VideoWriter(tmp_path / "all.mp4", INFO))
    sinks.add(window_of(tmp_path / "recorded"))
    for frame in islice(open_demo().frames(), 8):
        sinks.write(RecognizedFrame(frame, ()))
        clock.now += INTERVAL
    sinks.close()
    (recorded,) = (tmp_path / "recorded").glob("*.mp4")
    assert stamps(tmp_path / "all.mp4") == pytest.approx([i / 30 for i in range(8)], abs=1e-3)
    assert stamps(recorded) == pytest.approx([i / 30 for i in range(5)], abs=1e-3)


def stamps(video: Path) -> list[float]:
    with av.open(str(video)) as container:
        assert container.streams.video[0].start_time == 0
        return [float(frame.time or 0.0) for frame in container.decode(video=0)]


# a source that is away


def test_keys_are_heard_while_the_source_is_away(screen: FakeScreen) -> None:
    away = Gate(3)
    pipeline = Pipeline([lane_of(GeneratedSource(5, live=True, before=away), FakeStages().chain())])
    window = window_of()
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
    screen: FakeScreen, clock: Clock, recognized: RecognizedFrame
) -> None:
    window = window_of()
    window.write(recognized)
    window.idle()
    assert len(screen.shown) == 1
    clock.now += 5
    window.idle()
    before, after = map(status, screen.shown)
    assert not np.array_equal(before, after)


def test_status_tells_rate_and_delay(
    monkeypatch: pytest.MonkeyPatch, recognized: RecognizedFrame
) -> None:
    now = recognized.frame.captured_at + 0.02
    monkeypatch.setattr("fer_video.engine.output.window.overlay.monotonic", lambda: now)
    meter = Meter()
    for _ in range(40):
        meter.add(recognized.frame, live=True)
        recognized = RecognizedFrame(
            replace(recognized.frame, captured_at=recognized.frame.captured_at + 0.05), ()
        )
        now += 0.05
    assert meter.text == "20 fps, 20 ms behind the camera"


# closing


@pytest.mark.parametrize("key", [ord("q"), 27])
def test_key_leaves(screen: FakeScreen, recognized: RecognizedFrame, key: int) -> None:
    window = window_of()
    screen.keys = [key]
    with pytest.raises(WindowClosed):
        window.write(recognized)


@pytest.mark.parametrize("state", ["frames", "idle", "paused"])
def test_window_closed_by_its_x_ends_the_loop_and_stays_closed(
    screen: FakeScreen, recognized: RecognizedFrame, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    window = window_of()
    window.write(recognized)
    screen.keys = [ord(" ")] if state == "paused" else []

    def close_by_x(_milliseconds: int) -> int:
        if not screen.keys:
            screen.open = False
        return screen.keys.pop(0) if screen.keys else -1

    monkeypatch.setattr(cv2, "waitKey", close_by_x)
    step = window.idle if state == "idle" else partial(window.write, recognized)

    def run() -> None:
        for _ in range(100_000):
            step()

    with pytest.raises(WindowClosed):
        run()
    with pytest.raises(WindowClosed):
        window.write(recognized)
    window.close()
    assert not screen.open


def test_closing_twice_is_fine(
    screen: FakeScreen, clock: Clock, recognized: RecognizedFrame, tmp_path: Path
) -> None:
    screen.keys = [ord("r")]
    window = window_of(tmp_path)
    show(window, clock, [recognized] * 2)
    window.close()
    window.close()
    assert len(list(tmp_path.glob("*.mp4"))) == 1


# machines that have none


def test_machine_without_a_display_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OutputError, match=r"no display.*VideoWriter"):
        window_of()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(OutputError, match=r"no display of X.*XWayland.*VideoWriter"):
        window_of()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always one")
def test_display_that_is_gone_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    run = subprocess.run(
        [*PROGRAM, "--source", "demo", "--output", "o.mp4", "--json", "o.jsonl", "--display"],
        cwd=tmp_path,
        env={**os.environ, "DISPLAY": ":77"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert_one_complaint(run, "the display :77 does not answer", "--output")
    assert not list(tmp_path.iterdir())


def test_name_that_is_no_utf_8_is_spelt_for_the_title(
    screen: FakeScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = list[str]()
    monkeypatch.setattr(cv2, "namedWindow", lambda title, _flags: titles.append(title))
    info = replace(INFO, name=os.fsdecode(b"caf\xe9.mp4"))
    Window([info], Controls([info], lambda _seconds: None)).close()
    assert titles == ["fer-video: caf?.mp4"]
    assert not screen.open


def test_opencv_without_windows_is_told_what_to_do(
    screen: FakeScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "namedWindow", screen.fail)
    with pytest.raises(OutputError, match=r"has no windows.*opencv-python"):
        window_of()
