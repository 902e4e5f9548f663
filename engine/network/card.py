"""ModelCard: what an ONNX file says about itself."""

import dataclasses
import json
import logging
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal, get_args

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network import fields

log = logging.getLogger(__name__)

CARD_KEY = "fer_video.card"
"""The key of the ONNX metadata under which the card is stored, as JSON."""

FORMAT = 1
"""Number of the cards' format, which rises when a field changes its meaning; new fields alone do
not raise it, since fields that are not known are ignored."""

LARGEST_FILE = 2**20
"""Most bytes of a card."""

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
    mean: float | tuple[float, ...] = 127.5
    """Grey level, 0..255 in full range, that the network reads as 0; or three, one for each channel
    in the order of `colour`."""
    scale: float | tuple[float, ...] = 1 / 127.5
    """Factor on grey levels, or three, like `mean`: what is read is (grey level - mean) * scale."""
    labels: tuple[str, ...] = tuple(map(str, EXPRESSIONS))
    """Name of each output in order."""
    neutral: str = "neutral"
    """Label of a face at rest, from which calibration counts; a network that has no such label
    cannot be calibrated."""
    activation: Activation = "softmax"
    """Kind of the output: probabilities of one choice, one probability a label, or neither."""
    temperature: float = 1.0
    """Divisor of the logits before the softmax, so that 0.8 means 80 % (Guo et al., 2017)."""
    min_confidence: float = 0.0
    """Confidence, 0..1, under which a face counts as `uncertain` unless another is asked for; 0
    labels every face."""
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
        for name, check in _CHECKS.items():
            value = getattr(self, name)
            if isinstance(value, list):  # as JSON has them
                object.__setattr__(self, name, value := tuple(value))
            check(name, value)
        if self.task == "expressions" and len(self.labels) < 2:
            raise fields.refused("labels", self.labels, "give two or more, one an output, in order")
        plain = (self.layout, self.mean, self.scale) == ("NHWC", 0, 1)
        if self.colour == "GRAY" and (
            isinstance(self.mean, tuple) or isinstance(self.scale, tuple)
        ):
            raise ValueError("colour GRAY has one channel: give one mean and one scale")
        if self.colour == "RGBX" and not plain:
            raise ValueError("colour RGBX goes with layout NHWC, mean 0 and scale 1 alone")

    @property
    def channels(self) -> int:
        """Numbers that it reads of each pixel."""
        return {"GRAY": 1, "RGBX": 4}.get(self.colour, 3)

    @property
    def channel_means(self) -> tuple[float, ...]:
        """Grey level of each of three channels that is read as 0."""
        return self.mean if isinstance(self.mean, tuple) else (self.mean,) * 3

    @property
    def channel_scales(self) -> tuple[float, ...]:
        """Factor on the grey levels of each of three channels."""
        return self.scale if isinstance(self.scale, tuple) else (self.scale,) * 3

    def to_json(self) -> str:
        """The card as one JSON object, the number of its format first."""
        return json.dumps({"format": FORMAT} | dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes, origin: str) -> "ModelCard":
        """Read a card; fields that this version does not know are ignored.

        Args:
            text: a JSON object with at least name, task, input_height and input_width.
            origin: the file that it came from, for the error.

        Raises:
            ModelError: `text` is not such an object.
        """
        try:
            return cls(**_known(_loaded(text), origin))
        except (TypeError, ValueError, RecursionError) as error:
            raise ModelError(f"{origin}: the model card cannot be read ({error})") from error


_CHECKS: dict[str, fields.Check] = {
    "name": fields.text,
    "task": fields.choice(get_args(Task)),
    "input_height": fields.side,
    "input_width": fields.side,
    "layout": fields.choice(get_args(Layout)),
    "colour": fields.choice(get_args(ChannelOrder)),
    "mean": fields.for_channels(fields.number),
    "scale": fields.for_channels(fields.positive),
    "labels": fields.labels,
    "neutral": fields.text,
    "activation": fields.choice(get_args(Activation)),
    "temperature": fields.positive,
    "min_confidence": fields.share,
    "crop_scale": fields.positive,
    "crop_shift": fields.number,
    "threshold": fields.share,
    "architecture": fields.text,
    "trained_on": fields.texts,
    "terms": fields.text,
    "limits": fields.text,
    "figures": fields.numbers,
    "recipe": fields.table,
    "tools": fields.table,
}
"""What each field may hold."""


def _loaded(text: str | bytes) -> dict[str, Any]:
    """What a card says, whatever it is.

    Raises:
        ValueError: it is too long, or no JSON object, or of no format.
    """
    if len(text) > LARGEST_FILE:
        raise ValueError(f"it has {len(text)} bytes, and a card up to {LARGEST_FILE}")
    values = json.loads(text)
    if not isinstance(values, dict):
        raise fields.refused("it", values, "give an object, {...}")
    number = values.pop("format", 1)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise fields.refused("format", number, f"give {FORMAT}, or leave it out")
    for name in ("name", "task", "input_height", "input_width"):
        if name not in values:
            raise ValueError(f"it has no {name}; every card says it")
    if number > FORMAT:
        log.info("a card of format %d is read as one of format %d", number, FORMAT)
    return values


def _known(values: dict[str, Any], origin: str) -> dict[str, Any]:
    """The fields that there are here; a mistyped one is named in the log."""
    for name in values.keys() - _CHECKS.keys():
        near = get_close_matches(name, _CHECKS, 1, cutoff=0.8)
        if near:
            log.warning("%s: the card's field %s is ignored; did you mean %s?", origin, name, *near)
    return {name: value for name, value in values.items() if name in _CHECKS}
