"""ModelCard: what an ONNX file says about itself."""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from fer_video.engine.errors import ModelError
from fer_video.engine.expressions import EXPRESSIONS

CARD_KEY = "fer_video.card"
"""The key of the ONNX metadata under which the card is stored, as JSON."""


Task = Literal["expressions", "faces"]


Layout = Literal["NCHW", "NHWC"]


ChannelOrder = Literal["RGB", "BGR", "GRAY", "RGBX"]
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
    colour: ChannelOrder = "RGB"
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
        choices = {"task": Task, "layout": Layout, "colour": ChannelOrder, "activation": Activation}
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
