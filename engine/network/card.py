"""ModelCard: what an ONNX file says about itself."""

import dataclasses
import json
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal, get_args

from fer_video.engine.errors import ModelError
from fer_video.engine.expressions import EXPRESSIONS

CARD_KEY = "fer_video.card"
"""The key of the ONNX metadata under which the card is stored, as JSON."""

LARGEST_SIDE = 4096
"""Most pixels along a side of what a network reads, so that none asks for all memory."""

Task = Literal["expressions", "faces"]

Layout = Literal["NCHW", "NHWC"]

ChannelOrder = Literal["RGB", "BGR", "GRAY", "RGBX"]
"""`RGBX`: bytes as they are in memory, four a pixel, of which the last says nothing."""

Activation = Literal["softmax", "sigmoid", "logits"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """How to feed a network, how to read its output, and how far to trust it."""

    name: str
    """Name of the network, for people."""
    task: Task
    """What the network tells: expressions of a face, or faces in a picture."""
    input_height: int
    """Height in pixels of what the network reads; a detector takes any multiple of its largest
    stride, and this is the usual one."""
    input_width: int
    """Width in pixels of what the network reads, like `input_height`."""
    layout: Layout = "NCHW"
    """Order of the axes: pictures, channels, rows and columns, or channels last."""
    colour: ChannelOrder = "RGB"
    """Order of the channels."""
    mean: float = 127.5
    """Grey level, 0..255 in full range, that the network reads as 0."""
    scale: float = 1 / 127.5
    """Factor on grey levels: the network reads (grey level - mean) * scale."""
    labels: tuple[str, ...] = tuple(EXPRESSIONS)
    """Name of each output in order."""
    activation: Activation = "softmax"
    """Kind of the output: probabilities of one choice, one probability a label, or neither."""
    temperature: float = 1.0
    """Divisor of the logits before the softmax, so that 0.8 means 80 % (Guo et al., 2017)."""
    crop_scale: float = 2.5
    """Side of the square crop, in distances between the eyes' and the mouth's middle."""
    crop_shift: float = 0.0
    """Way from the middle of eyes and mouth down to the crop's centre, in the same distances."""
    threshold: float = 0.5
    """Score, 0..1, under which a detector reports no face."""
    architecture: str = ""
    """Layers of the network in short, and where they were published."""
    trained_on: tuple[str, ...] = ()
    """Names of the data sets that the weights were trained on."""
    terms: str = ""
    """Licence of the weights, and what the data's terms mean for their use."""
    limits: str = ""
    """Known weaknesses, and what the network must not be used for."""
    figures: dict[str, float] = field(default_factory=dict)
    """Measured results by name, e.g. {"FER+ test accuracy": 0.87}."""
    recipe: dict[str, Any] = field(default_factory=dict)
    """Settings of the training, as far as they are needed to repeat it."""
    tools: dict[str, str] = field(default_factory=dict)
    """Versions of what made the file, the opset, the date and the commit."""

    def __post_init__(self) -> None:
        """Check what would else fail, or mislead, far from its cause.

        Raises:
            ValueError: a field is not of its kind.
        """
        choices = {"task": Task, "layout": Layout, "colour": ChannelOrder, "activation": Activation}
        for name, kind in choices.items():
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} is {getattr(self, name)!r}, not one of {get_args(kind)}")
        for name in ("input_height", "input_width"):
            value = getattr(self, name)
            if not isinstance(value, int) or not 0 < value <= LARGEST_SIDE:
                raise ValueError(f"{name} is {value!r}, not 1 to {LARGEST_SIDE} pixels")
        for name in ("scale", "temperature", "crop_scale"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise ValueError(f"{name} is {value!r}, not a number above 0")
        plain = (self.layout, self.mean, self.scale) == ("NHWC", 0, 1)
        if self.colour == "RGBX" and not plain:
            raise ValueError("colour RGBX goes with layout NHWC, mean 0 and scale 1 alone")
        for name in ("mean", "crop_shift", "threshold"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not isfinite(value):
                raise ValueError(f"{name} is {value!r}, not a finite number")
        for name in ("labels", "trained_on"):
            if not all(isinstance(word, str) for word in getattr(self, name)):
                raise ValueError(f"{name} is {getattr(self, name)!r}, not all words")

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
        except (TypeError, ValueError, RecursionError) as error:
            raise ModelError(f"{origin}: the model card cannot be read ({error})") from error
