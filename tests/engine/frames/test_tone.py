"""High dynamic range and unusual colour matrices: the picture that a player shows, no traceback."""

import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from fer_video.engine import open_pipeline
from fer_video.engine.frames import tone
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.output.film.video import VideoWriter
from fer_video.perf.bench.crowd import portrait
from tests.media import Encoding, decoded, patches, to_picture, to_rgb, write_video

PQ, HLG = 16, 18
BT2020 = 0.2627, 0.0593
_TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""Linear light of BT.709's primaries in BT.2020's (ITU-R BT.2087)."""
_WHITE = 203.0
"""Candelas a square metre of a sheet of paper (ITU-R BT.2408)."""

Levels = NDArray[np.float64]


def pq(light: Levels) -> Levels:
    """SMPTE ST 2084, of candelas a square metre."""
    power = (light / 10_000) ** 0.1593017578125
    encoded: Levels = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    return encoded


def hlg(light: Levels) -> Levels:
    """ITU-R BT.2100, of candelas a square metre on a display of 1,000."""
    luminance = light @ np.array([BT2020[0], 1 - sum(BT2020), BT2020[1]])
    scene = light / 1000 * np.maximum(luminance / 1000, 1e-6)[..., None] ** (-0.2 / 1.2)
    upper = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    encoded: Levels = np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)
    return encoded


def filmed(transfer: int) -> av.VideoFrame:
    """The portrait as a phone films it in high dynamic range: 10 bits, BT.2020."""
    levels = np.asarray(portrait().resize((160, 188))).astype(float) / 255
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    encoded = (pq if transfer == PQ else hlg)(light @ _TO_2020.T * _WHITE)
    red, green, blue = np.moveaxis(encoded, -1, 0)
    luma = BT2020[0] * red + (1 - sum(BT2020)) * green + BT2020[1] * blue
    cb, cr = (blue - luma) / (2 - 2 * BT2020[1]), (red - luma) / (2 - 2 * BT2020[0])
    picture = av.VideoFrame(160, 188, "yuv420p10le")
    planes = 64 + 876 * luma, 512 + 896 * cb[::2, ::2], 512 + 896 * cr[::2, ::2]
    for plane, memory in zip(planes, picture.planes, strict=True):
        lines = np.frombuffer(memory, "<u2").reshape(memory.height, -1)  # type: ignore[call-overload]
        lines[:, : memory.width] = plane.round()
    picture.colorspace, picture.color_range = 9, 1
    picture.color_primaries, picture.color_trc = 9, transfer
    return picture


def frame_of(picture: av.VideoFrame) -> Frame:
    return to_frame(picture, index=0, pts=0, time_base=Fraction(1, 25), source="test")


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_high_dynamic_range_is_brought_to_the_levels_that_networks_know(transfer: int) -> None:
    frame, expected = frame_of(filmed(transfer)), np.asarray(portrait().resize((160, 188)))
    assert np.abs(to_rgb(frame) - expected).mean() < 12
    assert to_rgb(frame).mean() == pytest.approx(expected.mean(), abs=12)
    tags = frame.picture.colorspace, frame.picture.color_primaries, frame.picture.color_trc
    assert tags == (1, 1, 1)


def test_tables_are_made_once_for_pictures_of_any_number_of_sources(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[VideoReformatter] = []

    def counted() -> VideoReformatter:
        made.append(VideoReformatter())
        return made[-1]

    monkeypatch.setattr(tone, "VideoReformatter", counted)
    tone._idle.cache_clear()
    for source in [str(number) for number in range(16)] * 2:
        to_frame(filmed(PQ), index=0, pts=0, time_base=Fraction(1, 25), source=source)
    assert len(made) == 1


@pytest.mark.parametrize("primaries", [2, 12])
@pytest.mark.parametrize("matrix", [3, 14])
def test_high_dynamic_range_with_tags_that_do_not_fit_is_no_error(
    primaries: int, matrix: int
) -> None:
    picture = filmed(PQ)
    picture.color_primaries, picture.colorspace = primaries, matrix
    assert 40 < frame_of(picture).luma.mean() < 180


def test_ordinary_pictures_keep_what_they_say_of_their_colours() -> None:
    picture = to_picture(patches())
    picture.color_primaries, picture.color_trc = 5, 6
    own = frame_of(picture).picture
    assert (own.color_primaries, own.color_trc) == (5, 6)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "yuv444p"])
@pytest.mark.parametrize("matrix", [0, 3, 8, 10, 11, 12, 13, 14, 15, 16, 17, 200])
def test_no_colour_matrix_ends_a_run(
    tmp_path: Path, matrix: int, pixel_format: str, caplog: pytest.LogCaptureFixture
) -> None:
    how = Encoding(codec="ffv1", pixel_format=pixel_format, matrix=matrix)
    path = write_video(tmp_path / f"{matrix}{pixel_format}.mkv", [patches()] * 3, how)
    caplog.set_level(logging.WARNING)
    with (
        open_pipeline(path) as pipeline,
        VideoWriter(tmp_path / "o.mp4", pipeline.info) as video,
    ):
        for result in pipeline:
            video.write(result)
    assert len(decoded(tmp_path / "o.mp4")) == 3
    told = [text for text in caplog.messages if f"stored by matrix {matrix} of" in text]
    assert len(told) == (matrix in range(8, 18))
