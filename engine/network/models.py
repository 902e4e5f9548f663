"""ModelCard: what an ONNX file says about itself, and the table of models in the package."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from fer_video.engine.errors import ModelError
from fer_video.engine.expressions import EXPRESSIONS
from fer_video.engine.options import Precision

CARD_KEY = "fer_video.card"
"""The key of the ONNX metadata under which the card is stored, as JSON."""

WEIGHTS = Path(__file__).parents[1] / "weights"


Task = Literal["expressions", "faces"]
Layout = Literal["NCHW", "NHWC"]
Colour = Literal["RGB", "BGR", "GRAY", "RGBX"]
"""`RGBX`: bytes as they are in memory, four a pixel, of which the last says nothing."""
Activation = Literal["softmax", "sigmoid", "logits"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """How to feed a network, how to read its output, and how far to trust it."""

    name: str
    task: Task
    input_height: int
    """Pixels; for a detector, which takes any multiple of its largest stride, the usual size."""
    input_width: int
    layout: Layout = "NCHW"
    colour: Colour = "RGB"
    mean: float = 127.5
    scale: float = 1 / 127.5
    """The network reads (grey level - mean) * scale, grey levels 0..255 in full range."""
    labels: tuple[str, ...] = tuple(EXPRESSIONS)
    activation: Activation = "softmax"
    """What the output is: probabilities of one choice, one probability a label, or neither."""
    temperature: float = 1.0
    """Divides the logits before the softmax, so that 0.8 means 80 % (Guo et al., 2017)."""
    crop_scale: float = 2.5
    """Side of the square crop, in distances between the eyes' and the mouth's middle."""
    crop_shift: float = 0.0
    """From the middle of eyes and mouth down to the crop's centre, in the same distances."""
    threshold: float = 0.5
    """A detector's: the score under which a box is not reported."""
    architecture: str = ""
    trained_on: tuple[str, ...] = ()
    terms: str = ""
    limits: str = ""
    """Known weaknesses, and what the network must not be used for."""
    figures: dict[str, float] = field(default_factory=dict)
    """Measured, e.g. {"FER+ test accuracy": 0.87}."""
    recipe: dict[str, Any] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)
    """Versions that made the file, the opset, the date and the commit."""

    def __post_init__(self) -> None:
        """Check what would else fail, or mislead, far from its cause.

        Raises:
            ValueError: a field is not of its kind.
        """
        choices = {"task": Task, "layout": Layout, "colour": Colour, "activation": Activation}
        for name, kind in choices.items():
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} is {getattr(self, name)!r}, not one of {get_args(kind)}")
        for name in ("input_height", "input_width", "scale", "temperature", "crop_scale"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise ValueError(f"{name} is {value!r}, not a number above 0")
        plain = (self.layout, self.mean, self.scale) == ("NHWC", 0, 1)
        if self.colour == "RGBX" and not plain:
            raise ValueError("colour RGBX goes with layout NHWC, mean 0 and scale 1 alone")
        for name in ("mean", "crop_shift", "threshold"):
            if not isinstance(getattr(self, name), int | float):
                raise ValueError(f"{name} is {getattr(self, name)!r}, not a number")

    def to_json(self) -> str:
        """The card as one JSON object."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes, origin: str) -> "ModelCard":
        """Read a card.

        Args:
            text: a JSON object with at least name, task, input_height and input_width.
            origin: the file that it came from, for the error.

        Raises:
            ModelError: `text` is not such an object.
        """
        try:
            values = json.loads(text)
            for name in ("labels", "trained_on"):
                if name in values:
                    values[name] = tuple(values[name])
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise ModelError(f"{origin}: the model card cannot be read ({error})") from error


MODELS: dict[str, Path] = {path.stem: path for path in sorted(WEIGHTS.glob("*.onnx"))}
"""The models in the package by name: `cnn`, `detector`, ..."""


def find_model(name_or_path: str) -> Path:
    """The ONNX file of a packaged model, or the path as given.

    Raises:
        ModelError: neither a known name nor a file.
    """
    path = MODELS.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        known = ", ".join(MODELS)
        raise ModelError(f"{name_or_path}: no such model; give a .onnx file or one of: {known}")
    return path


def find_version(model: str, precision: Precision, *, fast_int8: bool) -> Path:
    """The ONNX file of a packaged model in the precision asked for, or the path as given.

    Args:
        model: a name of the package or a file, which has one precision only.
        precision: `auto` is int8 if there is one and it is fast, else the model as named.
        fast_int8: whether int8 is worth it where the network will run.

    Raises:
        ModelError: no such model, or it is not there in this precision.
    """
    if precision == "auto":
        version = MODELS.get(f"{model}_int8") if fast_int8 else None
        return version or find_model(model)
    name = model.removesuffix("_int8").removesuffix("_fp16")
    if name not in MODELS:
        find_model(model)
        raise ModelError(f"{model}: a file has one precision; leave out --precision")
    version = MODELS.get(name if precision == "fp32" else f"{name}_{precision}")
    if version is None:
        raise ModelError(
            f"{model}: there is no {precision} version in the package, since none was both faster "
            "and as good; leave out --precision, or make one with `fer-video quantize`"
        )
    return version
