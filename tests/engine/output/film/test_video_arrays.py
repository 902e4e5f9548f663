"""Arrays as video: drawn on and in a result's place, or alone at a rate or at their times."""

from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine import EngineOptions, OptionsError, OutputError, VideoWriter, open_pipeline
from tests.engine.output.kinds import INFO, frames
from tests.media import Encoding, decoded, frame_times, moving, sound_packets, write_video

BLUE, RED = (255, 0, 0), (0, 0, 255)
"""As BGR."""


def plain(bgr: tuple[int, int, int], width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    return np.full((height, width, 3), bgr, np.uint8)


def shades(path: Path) -> list[NDArray[Any]]:
    """The mean colour of each picture, BGR."""
    return [p.to_ndarray(format="bgr24").mean(axis=(0, 1)) for p in decoded(path)]


@pytest.mark.parametrize("rate", [25, Fraction(30000, 1001), 7.5])
def test_arrays_come_at_the_rate(tmp_path: Path, rate: float | Fraction) -> None:
    with VideoWriter(tmp_path / "o.mp4", rate=rate) as video:
        for _ in range(9):
            video.write(plain(RED))
    assert frame_times(tmp_path / "o.mp4") == pytest.approx([i / rate for i in range(9)], abs=1e-4)


def test_arrays_come_at_their_times(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.15, 2.0]
    with VideoWriter(tmp_path / "o.mp4", rate=10) as video:
        for time in times:
            video.write(plain(RED), time=time)
        video.write(plain(RED))
    assert frame_times(tmp_path / "o.mp4") == pytest.approx([*times, 2.1], abs=1e-4)


def test_times_are_any_kind_of_number(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "o.mp4", rate=Fraction(25)) as video:
        for time in (np.float32(0), np.int64(1), Fraction(3, 2), np.array(1.75)):
            video.write(plain(RED), time=time)  # type: ignore[arg-type] # but it says a number
    assert frame_times(tmp_path / "o.mp4") == pytest.approx([0.0, 1.0, 1.5, 1.75], abs=1e-4)


def test_time_that_repeats_is_moved_behind_the_one_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with VideoWriter(tmp_path / "o.mp4", rate=10) as video:
        for time in (1.0, 1.0, 0.9):
            video.write(plain(RED), time=time)
    times = frame_times(tmp_path / "o.mp4")
    assert times == pytest.approx([0.0] * 3, abs=1e-4)
    assert len(set(times)) == 3
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("colour", ["BGR", "RGB"])
def test_colours_are_as_the_order_says(tmp_path: Path, colour: Any) -> None:
    with VideoWriter(tmp_path / "o.mp4", rate=25, colour=colour) as video:
        video.write(plain(BLUE if colour == "BGR" else BLUE[::-1]))
    (shade,) = shades(tmp_path / "o.mp4")
    assert np.abs(shade - BLUE).max() < 8


def test_gray_odd_and_other_sizes_go_into_the_size_of_the_first(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "o.mp4", rate=25) as video:
        video.write(np.full((49, 65), 200, np.uint8))
        video.write(plain((200, 200, 200), 130, 98))
        video.write(plain((200, 200, 200), 48, 96))
    first, same, tall = decoded(tmp_path / "o.mp4")
    assert {(p.width, p.height) for p in (first, same, tall)} == {(66, 50)}
    assert first.to_ndarray(format="gray").min() > 190
    assert same.to_ndarray(format="gray")[2:-2, 2:-2].min() > 190
    assert tall.to_ndarray(format="gray")[:, :10].max() < 20


def test_array_takes_the_place_of_a_result_s_picture(tmp_path: Path) -> None:
    """With its time, however uneven, its sound, and pixels of its shape."""
    how = Encoding(
        times=[0, 40, 50, 200, 1000],
        time_base=Fraction(1, 1000),
        sound="aac",
        pixel_aspect=Fraction(4, 3),
    )
    source = write_video(tmp_path / "in.mp4", moving(96, 64, 5), how)
    with (
        open_pipeline(source, EngineOptions(keep_audio=True)) as pipeline,
        VideoWriter(tmp_path / "o.mp4", pipeline.info) as video,
    ):
        for result in pipeline:
            drawn = result.to_bgr()
            drawn[:] = RED
            video.write(result, drawn)
    assert frame_times(tmp_path / "o.mp4") == pytest.approx(frame_times(source), abs=1e-3)
    assert len(sound_packets(tmp_path / "o.mp4")) == len(sound_packets(source)) > 0
    assert np.abs(np.array(shades(tmp_path / "o.mp4")) - RED).max() < 8


def test_array_behind_results_is_seen_one_frame_later(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "o.mp4", INFO) as video:
        for result in islice(frames(), 3):
            video.write(result)
        video.write(plain(RED))
    assert frame_times(tmp_path / "o.mp4") == pytest.approx([0, 0.2, 0.4, 0.6], abs=1e-4)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((48, 64, 3), np.float32), r"o\.mp4: frame 0: is float32 \(48, 64, 3\); give"),
        (np.zeros((48, 64, 4), np.uint8), r"shape \(48, 64, 4\); give \(H, W, 3\) or \(H, W\)"),
        (np.zeros((0, 64, 3), np.uint8), "no pixels"),
        ([[1, 2]], "is <class 'list'>"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(tmp_path: Path, array: Any, said: str) -> None:
    with VideoWriter(tmp_path / "o.mp4", rate=25) as video:
        with pytest.raises(OptionsError, match=said):
            video.write(array)
        video.write(plain(RED))  # which costs the video nothing
    assert len(decoded(tmp_path / "o.mp4")) == 1


@pytest.mark.parametrize("shape", [(16, 16_385), (16_385, 16)])
def test_picture_that_no_encoder_takes_is_refused_by_its_size(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    with (
        pytest.raises(OutputError, match=rf"{shape[1]}x{shape[0]} is larger than x264 takes"),
        VideoWriter(tmp_path / "o.mp4", rate=25) as video,
    ):
        video.write(np.zeros(shape, np.uint8))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("time", [float("nan"), float("inf"), 1e300, "soon", np.zeros(2)])
def test_time_that_is_none_is_refused(tmp_path: Path, time: Any) -> None:
    video = VideoWriter(tmp_path / "o.mp4", rate=25)
    with pytest.raises(OptionsError, match="give seconds"):
        video.write(plain(RED), time=time)
    video.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "give the `info` of a pipeline, or a `rate`"),
        ({"info": INFO, "rate": 25}, "not both"),
        ({"rate": 0}, "frame rate 0: give frames a second"),
        ({"rate": "fast"}, "frame rate fast: give frames a second"),
        ({"rate": 25, "colour": "HSV"}, "colour HSV: give one of BGR, RGB"),
    ],
)
def test_settings_that_make_no_video_are_refused(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionsError, match=said):
        VideoWriter(tmp_path / "o.mp4", **settings)
    assert not list(tmp_path.iterdir())


def test_a_result_has_its_own_time_and_an_array_no_other(tmp_path: Path) -> None:
    result = next(frames())
    with VideoWriter(tmp_path / "o.mp4", INFO) as video:
        with pytest.raises(OptionsError, match="a result has its time"):
            video.write(result, time=1.0)
        with pytest.raises(OptionsError, match="a result and an array, or one array"):
            video.write(plain(RED), plain(RED))
