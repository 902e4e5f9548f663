"""Copies of results, in this process and in others: the same record, and a picture of its own."""

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine import EngineOptions, RecognizedFrame, VideoWriter, open_pipeline
from fer_video.engine.frames.picture import to_frame
from tests.media import (
    BT709,
    Encoding,
    decoded,
    moving,
    sound_packets,
    to_picture,
    write_video,
)

Copy = Callable[[RecognizedFrame], RecognizedFrame]


def pickled(result: RecognizedFrame) -> RecognizedFrame:
    again: RecognizedFrame = pickle.loads(pickle.dumps(result))
    return again


def from_another_process(result: RecognizedFrame) -> RecognizedFrame:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        again: RecognizedFrame = pool.apply(copy.copy, (result,))
    return again


COPIES: dict[str, Copy] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickled,
    "process": from_another_process,
}


@pytest.fixture(scope="module")
def result(face_clip: Path) -> RecognizedFrame:
    with open_pipeline(face_clip, EngineOptions(max_frames=1)) as pipeline:
        return next(iter(pipeline))


@pytest.mark.parametrize("kind", COPIES)
def test_copy_has_the_same_record_and_picture(result: RecognizedFrame, kind: str) -> None:
    again = COPIES[kind](result)
    assert again.to_dict() == result.to_dict()
    assert again.readings
    assert np.array_equal(again.to_bgr(), result.to_bgr())
    assert again.frame.pts == result.frame.pts
    assert again.frame.captured_at == result.frame.captured_at


@pytest.mark.parametrize("kind", ["deepcopy", "pickle"])
def test_copy_has_a_picture_of_its_own(result: RecognizedFrame, kind: str) -> None:
    before, again = result.to_bgr(), COPIES[kind](result)
    for plane in (again.frame.luma, again.frame.cb, again.frame.cr):
        plane[:] = 90
    assert np.array_equal(result.to_bgr(), before)
    assert not np.ptp(again.to_bgr(), axis=(0, 1)).any()  # its planes are what it is converted from


def test_copied_frame_is_another_one(result: RecognizedFrame) -> None:
    again = copy.copy(result.frame)
    again.luma[:] = 90
    assert not np.array_equal(again.to_bgr(), result.frame.to_bgr())


def test_array_of_a_result_may_be_drawn_on(result: RecognizedFrame) -> None:
    before, drawn = result.to_bgr(), result.to_bgr()
    drawn[:] = 0
    assert np.array_equal(result.to_bgr(), before)
    assert before.shape == (360, 640, 3)
    assert before.dtype == np.uint8
    assert before.flags.c_contiguous


@pytest.mark.parametrize("size", [(64, 48), (65, 49)])
def test_video_of_copies_is_the_video(tmp_path: Path, size: tuple[int, int]) -> None:
    """To the colours that are declared, the padding of odd sizes, and the sound.

    Of pictures as small as these x264 makes now one thing and now another, but for its fastest.
    """
    how = Encoding("ffv1", "yuv444p", weights=BT709, full_range=True, sound="aac")
    source = write_video(tmp_path / "in.mkv", moving(*size, 12), how)
    for name, kind in (("plain.mkv", lambda same: same), ("copied.mkv", pickled)):
        with (
            open_pipeline(source, EngineOptions(keep_audio=True)) as pipeline,
            VideoWriter(tmp_path / name, pipeline.info, "ultrafast") as video,
        ):
            for result in pipeline:
                video.write(kind(result))
    plain, copied = tmp_path / "plain.mkv", tmp_path / "copied.mkv"
    assert sound_packets(copied) == sound_packets(plain) != []
    pairs = list(zip(decoded(plain), decoded(copied), strict=True))
    assert len(pairs) == 12
    assert all(np.array_equal(pixels(one), pixels(other)) for one, other in pairs)


def pixels(picture: object) -> NDArray[np.uint8]:
    array: NDArray[np.uint8] = picture.to_ndarray(format="rgb24")  # type: ignore[attr-defined]
    return array


def test_border_of_a_copy_goes_on_where_the_memory_is_rounded_up() -> None:
    grey = np.full((21, 33, 3), 200, np.uint8)
    frame = to_frame(to_picture(grey), index=0, pts=0, time_base=Fraction(1, 25), source="grey")
    for _ in range(3):
        scaled = copy.copy(frame).to_bgr((42, 66))
        assert np.abs(scaled.astype(int) - 200).max() <= 3
