"""Pictures of every codec, format, size, matrix and range become the same right colours."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.picture import check_size, to_frame
from tests.media import (
    BT601,
    BT709,
    PATCHES,
    Encoding,
    Pixels,
    patch_colours,
    patches,
    to_picture,
    to_planes,
    to_rgb,
    write_image,
    write_video,
)

GOOD = {"crf": "4"}
CODECS = {
    "h264.mp4": Encoding("libx264", options=GOOD),
    "hevc.mp4": Encoding("libx265", options={"crf": "4", "x265-params": "log-level=none"}),
    "vp9.mkv": Encoding("libvpx-vp9", options={"crf": "4", "b": "0", "cpu-used": "8"}),
    "mpeg4.avi": Encoding("mpeg4", options={"qmin": "1", "qmax": "2"}),
    "mjpeg.avi": Encoding("mjpeg", "yuvj420p", full_range=True, options={"qmax": "2"}),
    "mjpeg422.mov": Encoding("mjpeg", "yuvj422p", full_range=True, options={"qmax": "2"}),
    "ffv1.mkv": Encoding("ffv1"),
}
FORMATS = (
    *("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"),
    *("yuvj420p", "yuvj444p", "gray"),
)


def capture(path: Path) -> Frame:
    source = open_source(str(path))
    frame = next(iter(source.frames()))
    source.close()
    return frame


def assert_colours(frame: Frame, tolerance: float, gray: bool = False) -> None:
    truth = np.array(PATCHES, float)
    if gray:
        truth = np.repeat((truth @ [0.299, 0.587, 0.114])[..., None], 3, axis=-1)
    found = patch_colours(to_rgb(frame))
    assert np.abs(found - truth).max() <= tolerance, f"found {found.round()}"


@pytest.mark.parametrize("name", CODECS)
def test_codec_keeps_the_colours(tmp_path: Path, name: str) -> None:
    frame = capture(write_video(tmp_path / name, [patches()] * 3, CODECS[name]))
    assert_colours(frame, 6)


def test_gif_keeps_the_colours_of_its_palette(tmp_path: Path) -> None:
    frame = capture(write_video(tmp_path / "a.gif", [patches()] * 3, Encoding("gif", "rgb8")))
    assert_colours(frame, 45)  # rgb8 has four levels of blue


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_pixel_format_keeps_the_colours(tmp_path: Path, pixel_format: str) -> None:
    full = pixel_format.startswith("yuvj")
    how = Encoding(pixel_format=pixel_format, full_range=full, options=GOOD)
    frame = capture(write_video(tmp_path / "a.mkv", [patches()] * 2, how))
    assert_colours(frame, 5, gray=pixel_format == "gray")


@pytest.mark.parametrize("pixel_format", ["gray", "gray10le", "yuv420p10le", "yuv444p12le"])
@pytest.mark.parametrize("full_range", [False, True])
def test_depth_and_range_survive_without_a_codec(pixel_format: str, full_range: bool) -> None:
    picture = to_picture(patches(), pixel_format, BT601, full_range)
    picture.colorspace = Colorspace.ITU601
    picture.color_range = ColorRange.JPEG if full_range else ColorRange.MPEG
    frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")
    assert frame.colour.full_range == full_range
    assert_colours(frame, 3, gray=pixel_format.startswith("gray"))


@pytest.mark.parametrize("pixel_format", ["yuvj420p", "yuvj422p", "yuvj444p"])
def test_format_that_alone_tells_the_full_range_is_believed(pixel_format: str) -> None:
    picture = to_picture(patches(), pixel_format, BT601, full_range=True)
    picture.color_range = ColorRange.UNSPECIFIED
    frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")
    assert_colours(frame, 3)
    assert np.abs(patch_colours(frame.to_bgr()[..., ::-1].astype(float)) - PATCHES).max() <= 3


@pytest.mark.parametrize("weights", [BT601, BT709])
@pytest.mark.parametrize("full_range", [False, True])
def test_matrix_and_range_are_taken_from_the_tags(
    tmp_path: Path, weights: tuple[float, float], full_range: bool
) -> None:
    how = Encoding(weights=weights, full_range=full_range, options=GOOD)
    frame = capture(write_video(tmp_path / "a.mp4", [patches()] * 2, how))
    assert frame.colour.full_range == full_range
    assert (frame.colour.red_weight, frame.colour.blue_weight) == weights
    assert_colours(frame, 5)


@pytest.mark.parametrize(
    ("tag", "weights"),
    [
        (Colorspace.BT2020, (0.2627, 0.0593)),
        (Colorspace.SMPTE240M, (0.212, 0.087)),
        (Colorspace.FCC, (0.30, 0.11)),
        (6, BT601),  # SMPTE 170M
    ],
)
def test_every_matrix_of_the_standard_is_known(tag: int, weights: tuple[float, float]) -> None:
    picture = to_picture(patches(256, 720), weights=weights)
    picture.colorspace, picture.color_range = tag, ColorRange.MPEG
    assert_colours(to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test"), 3)


@pytest.mark.parametrize(("height", "weights"), [(480, BT601), (720, BT709)])
def test_untagged_video_is_bt709_from_720_lines_up(
    tmp_path: Path, height: int, weights: tuple[float, float]
) -> None:
    how = Encoding(weights=weights, tagged=False, options=GOOD)
    frame = capture(write_video(tmp_path / "a.mp4", [patches(256, height)], how))
    assert_colours(frame, 5)
    assert np.abs(patch_colours(frame.to_bgr()[..., ::-1].astype(float)) - PATCHES).max() <= 5


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.webp", "a.tif"])
@pytest.mark.parametrize("size", [(128, 96), (129, 97), (256, 720)])
def test_image_keeps_the_colours(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    frame = capture(write_image(tmp_path / name, patches(*size)))
    assert (frame.width, frame.height) == size
    assert_colours(frame, 6)


def test_gray_image_stays_gray(tmp_path: Path) -> None:
    gray = patches()[..., :1].repeat(3, axis=-1)
    write_image(tmp_path / "a.png", gray[..., 0])
    rgb = to_rgb(capture(tmp_path / "a.png"))
    assert np.abs(rgb - gray).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (2, 5), (65, 49), (64, 49), (65, 48)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_odd_sizes_lose_no_pixel(size: tuple[int, int], pixel_format: str) -> None:
    rgb: Pixels = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), np.uint8)
    frame = to_frame(
        to_picture(rgb, pixel_format), index=0, pts=0, time_base=Fraction(1), source="test"
    )
    assert (frame.width, frame.height) == size
    assert (frame.picture.width, frame.picture.height) == tuple(v + v % 2 for v in size)
    luma, _, _ = to_planes(rgb, BT601, full_range=False)
    assert np.abs(frame.luma - luma.round()).max() <= 1


@pytest.mark.parametrize("size", [(66, 50), (65, 49)])
def test_bgr_is_what_the_planes_say(size: tuple[int, int]) -> None:
    for weights, space in ((BT601, Colorspace.ITU601), (BT709, Colorspace.ITU709)):
        picture = to_picture(patches(*size), weights=weights)
        picture.colorspace, picture.color_range = space, ColorRange.MPEG
        frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")
        bgr = frame.to_bgr()
        assert bgr.shape == (size[1], size[0], 3)
        found = patch_colours(bgr[..., ::-1].astype(float))
        assert np.abs(found - np.array(PATCHES)).max() <= 4


def test_frame_owns_its_memory() -> None:
    picture = to_picture(patches())
    frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")
    before = picture.to_ndarray(format="gray").copy()
    for plane in (frame.luma, frame.cb, frame.cr):
        plane[:] = 0
    np.testing.assert_array_equal(picture.to_ndarray(format="gray"), before)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5), (2**14, 2**13)])
def test_absurd_sizes_are_refused_by_name(size: tuple[int, int]) -> None:
    with pytest.raises(SourceError, match=rf"clip\.mp4.*{size[0]}x{size[1]}"):
        check_size(*size, "clip.mp4")


def test_largest_size_is_accepted_and_told_where_one_is_larger() -> None:
    check_size(8192, 8192, "clip.mp4")
    with pytest.raises(SourceError, match="more than the 67 million that are accepted"):
        check_size(8193, 8192, "clip.mp4")


def test_interlaced_and_keyed_pictures_do_not_dictate_the_encoders_choice() -> None:
    """A decoded picture knows that it was a B picture; x264 would obey that."""
    picture = to_picture(patches())
    picture.pict_type = av.video.frame.PictureType.B
    frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")
    assert frame.picture.pict_type == av.video.frame.PictureType.NONE


@pytest.mark.parametrize("size", [(33, 20), (32, 21), (33, 21)])
def test_odd_border_goes_on_where_the_memory_is_rounded_up(size: tuple[int, int]) -> None:
    """Else whatever was in the memory shows in all that scales the picture."""
    grey = np.full((size[1], size[0], 3), 200, np.uint8)
    for _ in range(3):
        picture = to_picture(grey)
        frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1, 25), source="grey")
        scaled = frame.to_bgr((2 * size[1], 2 * size[0]))
        assert np.abs(scaled.astype(int) - 200).max() <= 3
