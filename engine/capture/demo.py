"""[1] `demo`: a real face moving like a handheld camera's picture, the same on every machine."""

from fractions import Fraction

from PIL import Image, ImageFilter

from fer_video.engine.capture.handheld import Handheld
from fer_video.engine.frames import SourceInfo

_RATE, _SECONDS = 30, 10
_INFO = SourceInfo("demo", 1280, 720, Fraction(_RATE), Fraction(1, _RATE), _RATE * _SECONDS)
_CANVAS = 2240, 1400
_PORTRAIT_HEIGHT = 760
_FEATHER = 60


class Demo(Handheld):
    """The public-domain portrait that matplotlib ships: 1280x720, 30 frames a second, 10 s."""

    def __init__(self) -> None:
        """Load the portrait and lay it on a canvas of its own blurred surroundings."""
        super().__init__(_canvas(), _INFO)


def portrait() -> Image.Image:
    """RGB: Grace Hopper, by the United States Navy; 512x600."""
    from matplotlib import cbook  # noqa: PLC0415 - half a second that only the demo should cost

    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    return Image.open(str(path)).convert("RGB")


def _canvas() -> Image.Image:
    """The portrait, its edges feathered into a blurred and darkened enlargement of itself."""
    face = portrait()
    background = face.resize(_CANVAS, Image.Resampling.BICUBIC)
    background = background.filter(ImageFilter.GaussianBlur(45)).point(lambda v: int(v * 0.6))
    size = round(face.width * _PORTRAIT_HEIGHT / face.height), _PORTRAIT_HEIGHT
    mask = Image.new("L", size, 0)
    mask.paste(255, (_FEATHER, _FEATHER, size[0] - _FEATHER, size[1] - _FEATHER))
    mask = mask.filter(ImageFilter.GaussianBlur(_FEATHER / 3))
    corner = (_CANVAS[0] - size[0]) // 2, (_CANVAS[1] - size[1]) // 2
    background.paste(face.resize(size, Image.Resampling.LANCZOS), corner, mask)
    return background
