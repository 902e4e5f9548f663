"""Photographs as people have them: whole, upright, in their colours, or told by name."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.capture.open import open_source
from fer_video.engine.capture.pictures.images import Images
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.picture import MOST_PIXELS
from fer_video.perf.bench.crowd import portrait
from tests.films.tiles import write_tiles
from tests.media import cut, moving

_TURN = Image.Transpose
STORED = {
    1: None,
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_90,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_270,
}
"""How a picture lies in a file whose EXIF data give this orientation."""


def person(height: int = 400) -> Image.Image:
    return portrait().resize((height * 512 // 600 // 2 * 2, height))


def read(path: Path) -> Frame:
    (frame,) = Images([(path, path.name)], "test").frames()
    return frame


def rgb(frame: Frame) -> NDArray[np.uint8]:
    return frame.to_bgr()[..., ::-1]


def apart(frame: Frame, image: Image.Image) -> float:
    """Mean difference in levels from what the image shows."""
    expected = np.asarray(image.convert("RGB")).astype(float)
    assert rgb(frame).shape == expected.shape
    return float(np.abs(rgb(frame) - expected).mean())


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_all_eight_orientations_show_the_same_upright_picture(tmp_path: Path, suffix: str) -> None:
    for number, turn in STORED.items():
        stored = person() if turn is None else person().transpose(turn)
        tags = Image.Exif()
        tags[0x112] = number
        path = tmp_path / f"{number}.{suffix}"
        stored.save(path, exif=tags.tobytes(), quality=95)
        assert apart(read(path), person()) < 6, number


def test_all_eight_orientations_have_the_same_faces(tmp_path: Path) -> None:
    for number, turn in STORED.items():
        stored = person() if turn is None else person().transpose(turn)
        tags = Image.Exif()
        tags[0x112] = number
        stored.save(tmp_path / f"{number}.png", exif=tags.tobytes())
    with open_pipeline(tmp_path, EngineOptions(draw=False)) as pipeline:
        first, *others = [list(result.readings) for result in pipeline]
    assert len(first) == 1
    for (other,) in others:
        assert other.expression == first[0].expression
        assert other.face.landmarks == pytest.approx(first[0].face.landmarks, abs=1)
        assert other.scores == pytest.approx(first[0].scores, abs=0.03)  # int8 jumps a little


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_half_a_photograph_is_told_and_not_judged(
    tmp_path: Path, suffix: str, options: dict[str, bool]
) -> None:
    path = tmp_path / f"half.{suffix}"
    person().save(path, **options)  # type: ignore[arg-type]
    cut(path, 0.6)
    with pytest.raises(
        SourceError, match=r"half\.\w+: cannot be decoded .* check that it is whole"
    ):
        read(path)


def test_jpeg_that_lacks_nothing_but_its_end_marker_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    person().save(path, quality=95)
    path.write_bytes(path.read_bytes()[:-2])
    assert apart(read(path), person()) < 6


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("CMYK", "jpg"), ("CMYK", "tif"), ("P", "png"), ("P", "gif"), ("P", "bmp"), ("P", "tif"),
        ("RGBA", "png"), ("RGBA", "webp"), ("RGBA", "tif"), ("L", "jpg"), ("L", "png"),
        ("L", "tif"), ("L", "webp"), ("LA", "png"), ("1", "png"), ("YCbCr", "tif"), ("RGB", "avif"),
    ],
)  # fmt: skip
def test_colours_of_every_kind_of_image_are_right(tmp_path: Path, mode: str, suffix: str) -> None:
    image = person().quantize(256) if mode == "P" else person().convert(mode)
    path = tmp_path / f"a.{suffix}"
    image.save(path, quality=95)
    tolerance = {"1": 8, "P": 8}.get(mode, 6)
    assert apart(read(path), image) < tolerance


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("colour", [False, True])
def test_images_of_sixteen_bits_have_the_levels_of_eight(
    tmp_path: Path, suffix: str, colour: bool
) -> None:
    image = person() if colour else person().convert("L")
    levels = np.asarray(image).astype(np.uint16) * 257
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), levels[..., ::-1] if colour else levels)
    assert apart(read(path), image) < 4


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_what_is_transparent_is_white_whatever_lies_under_it(tmp_path: Path, suffix: str) -> None:
    image = person().convert("RGBA")
    image.paste((10, 200, 30, 0), (0, 0, 100, 60))
    options = {"lossless": True} if suffix == "webp" else {}
    image.save(tmp_path / f"a.{suffix}", **options)  # type: ignore[arg-type]
    frame = read(tmp_path / f"a.{suffix}")
    assert rgb(frame)[5:50, 5:90].min() > 250
    assert np.abs(rgb(frame)[70:].astype(int) - np.asarray(person())[70:]).mean() < 4


@pytest.mark.parametrize("suffix", ["webp", "png", "gif", "avif"])
def test_animation_among_photographs_gives_its_first_picture(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    person().save(path, save_all=True, append_images=[Image.new("RGB", person().size)])
    frame = read(path)
    assert apart(frame, person()) < 8


def test_photograph_of_tiles_is_read_whole(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif")
    square = portrait().crop((0, 0, 512, 512))
    assert apart(read(write_tiles(tmp_path / "a.heic", square)), square) < 10


def test_photograph_of_tiles_is_refused_by_name_where_it_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.init()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    path = write_tiles(tmp_path / "a.heic", portrait().crop((0, 0, 512, 512)))
    with pytest.raises(SourceError, match=r"a\.heic: is made of tiles.*pip install pillow-heif"):
        read(path)


def test_photograph_of_more_pixels_than_are_taken_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("L", (12000, 9000), 90).save(path)
    frame = read(path)
    assert 0.99 * MOST_PIXELS < frame.width * frame.height <= MOST_PIXELS
    assert frame.width / frame.height == pytest.approx(12000 / 9000, rel=0.001)
    assert frame.luma[::500, ::500] == pytest.approx(90, abs=1)


@pytest.mark.parametrize("suffix", ["png", "webp", "avif"])
def test_of_an_animation_one_picture_is_read_and_that_is_said(
    tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    pictures = [Image.fromarray(rgb) for rgb in moving(64, 48, 4)]
    pictures[0].save(tmp_path / f"still.{suffix}")
    pictures[0].save(tmp_path / f"moves.{suffix}", save_all=True, append_images=pictures[1:])
    source = open_source(tmp_path)
    assert len(list(source.frames())) == 2
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{tmp_path / f'moves.{suffix}'}: is animated, and its")


def test_a_photograph_of_any_size_is_upright(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    """Pillow, which reads the EXIF data, takes large ones for attacks."""
    shown, tags = person(), Image.Exif()
    tags[0x112] = 6
    shown.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.jpg", exif=tags, quality=95)
    for share in (0.25, 0.75):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", int(share * shown.width * shown.height))
        assert apart(read(tmp_path / "a.jpg"), shown) < 6
    assert not recwarn.list
