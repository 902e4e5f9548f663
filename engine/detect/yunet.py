"""Finds the faces: a YuNet-style network on a downscaled luma plane."""

from collections.abc import Sequence
from copy import copy
from math import ceil

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.detect.kernels.boxes import find_boxes
from fer_video.engine.detect.looks import LARGEST_FACE, joined, looks
from fer_video.engine.errors import ModelError
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.kernels.scale import enlarge, shrink
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.fields import LARGEST_SIDE
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import FLOAT32, Session
from fer_video.engine.network.used import UsedNetwork
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions

_STRIDES = (8, 16, 32)
"""Pixels of the network's picture along a side of a cell, for each size of cells."""
_NUMBERS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
"""Kinds of outputs, in the order that the box decoding takes them, and numbers a cell in each."""
_OUTPUTS = tuple(f"{kind}_{stride}" for stride in _STRIDES for kind in _NUMBERS)
"""Names of the outputs, of one stride after the other."""
_MOST_FACES = 4096
"""Most cells of one picture whose faces are looked at."""
_VOTING_SHARE, _VOTING_IOU = 0.543, 0.6
"""Share of the threshold from which a cell has a vote on a face's place, and its least IoU with the
face; the share keeps the votes of the packaged detector from .38 on, with which it was measured."""
_YUNET = ModelCard(
    name="YuNet", task="faces", input_height=320, input_width=320, colour="BGR", mean=0.0, scale=1.0
)
"""How published YuNet files are fed: they carry no card."""


class YuNetDetector:
    """Runs any network with YuNet's outputs: `cls_s`, `obj_s`, `bbox_s`, `kps_s`, s = 8, 16, 32.

    YuNet: A Tiny Millisecond-level Face Detector (Wu, Peng, Yu; Machine Intelligence Research
    2023). Anchor-free: each cell gives a score, a box and five landmarks of its own.
    """

    def __init__(self, options: DetectOptions, session: SessionOptions) -> None:
        """Load the network and run it once.

        Raises:
            ModelError: the file is no such network.
            ProviderError: the provider asked for is not there.
        """
        self._session = Session(find_model(options.model), session)
        self._card = self._session.card or _YUNET
        _check(self._session, self._card)
        height, width = self._session.input_shape[2:]
        fixed = isinstance(height, int) and isinstance(width, int)
        self._fixed = (int(height), int(width)) if fixed else None
        self._options, self._still = options, False
        self._input: Batch = np.empty((0, 0, 0, 0), np.float32)
        self._shapes: list[tuple[int, ...]] = []
        """Shapes that the names in `_OUTPUTS` promise for an input of this size."""
        self(np.zeros((320, 320), np.uint8), full_range=True)

    @property
    def provider(self) -> str:
        """What the network runs on."""
        return self._session.provider

    @property
    def used(self) -> UsedNetwork:
        """The file that it was loaded from."""
        return UsedNetwork("faces", self._session.path, self._session.card, self.provider)

    def under(self, options: DetectOptions) -> "YuNetDetector":
        """Another one that looks for faces as these options say, with the same network."""
        other = self.clone(still=self._still)
        other._options = options
        return other

    def clone(self, *, still: bool = False) -> "YuNetDetector":
        """Another one for another thread, which shares the loaded network.

        Args:
            still: for photographs rather than frames of a film, see `DetectOptions.smallest_face`.
        """
        other = copy(self)
        other._still = still
        other._input = np.empty((0, 0, 0, 0), np.float32)
        return other

    def __call__(
        self, luma: Plane, *, full_range: bool, pixel_aspect: float = 1.0
    ) -> tuple[Face, ...]:
        """See `Detector`."""
        picture = self.scaled(luma, full_range=full_range, pixel_aspect=pixel_aspect)
        return self.find(picture, luma.shape)

    def find(self, picture: Plane, shape: tuple[int, int]) -> tuple[Face, ...]:
        """Find faces in what `scaled` made of a plane of this height and width, in its pixels.

        Where the picture has room for faces that are too large for the network, it is looked at
        again, smaller. What is not finite, or larger or farther out than any face can be, is left
        out.

        Raises:
            ModelError: an output has another shape than its name promises.
        """
        faces: tuple[Face, ...] = ()
        largest = 0.0
        for look in looks(picture):
            faces = joined(faces, self._find(look, shape), largest, self._options.overlap)
            largest = LARGEST_FACE * shape[0] / look.shape[0]
        return faces

    def _find(self, picture: Plane, shape: tuple[int, int]) -> tuple[Face, ...]:
        """The faces that one look finds."""
        outputs = self._session.run(self._to_input(picture), _OUTPUTS)
        if [output.shape for output in outputs] != self._shapes:  # compiled loops would read on
            raise self._misshapen(outputs)
        least = self._card.threshold if self._options.threshold is None else self._options.threshold
        limits = (
            least,
            _VOTING_SHARE * least,
            self._options.overlap,
            _VOTING_IOU,
        )
        kept = find_boxes(tuple(outputs), _STRIDES, self._input.shape[3], limits, _MOST_FACES)
        kept[:, 1::2] *= shape[1] / picture.shape[1]
        kept[:, 2::2] *= shape[0] / picture.shape[0]
        return tuple(_face(row) for row in kept)

    def scaled(self, luma: Plane, *, full_range: bool, pixel_aspect: float = 1.0) -> Plane:
        """The luma in full range, as large and in the shape in which the network sees it."""
        height, width = luma.shape[0], luma.shape[1] * pixel_aspect
        size = self._options.working_size(ceil(max(height, width)), still=self._still)
        bounds = self._fixed or (size, size)
        scale = min(bounds[0] / height, bounds[1] / width)
        picture = np.empty((max(round(height * scale), 1), max(round(width * scale), 1)), np.uint8)
        resize = shrink if scale <= 1 else enlarge
        resize(luma, picture, full_range)
        return picture

    def _to_input(self, picture: Plane) -> Batch:
        """The picture as the network's card says, black beyond its right and lower border."""
        height, width = picture.shape
        shape = (1, 1 if self._card.colour == "GRAY" else 3, *self._padded(height, width))
        mean = np.float32(self._card.channel_means[0])
        scale = np.float32(self._card.channel_scales[0])
        levels: Batch = picture if self._session.reads_bytes else (picture - mean) * scale
        if self._input.shape != shape:
            self._input = np.empty(shape, levels.dtype)
            self._shapes = _promised(*shape[2:])
        self._input[0, :, :height, :width] = levels
        self._input[0, :, height:] = self._input[0, :, :, width:] = -mean * scale
        return self._input

    def _misshapen(self, outputs: Sequence[NDArray[np.float32]]) -> ModelError:
        found = zip(_OUTPUTS, (output.shape for output in outputs), self._shapes, strict=True)
        name, shape, promised = next(row for row in found if row[1] != row[2])
        height, width = self._input.shape[2:]
        return ModelError(
            f"{self._session.path}: its output {name} is of shape {shape} where a YuNet-style "
            f"face detector gives {promised} for a picture of {width}x{height} pixels; export it "
            "anew, or take another"
        )

    def _padded(self, height: int, width: int) -> tuple[int, int]:
        if self._fixed is not None:
            return self._fixed
        return -(-height // _STRIDES[-1]) * _STRIDES[-1], -(-width // _STRIDES[-1]) * _STRIDES[-1]


def _check(session: Session, card: ModelCard) -> None:
    """Refuse a network that cannot be one of these.

    Raises:
        ModelError: it has not the outputs, or its input or its card is of something else.
    """
    missing = set(_OUTPUTS) - set(session.outputs)
    if missing:
        raise ModelError(
            f"{session.path}: is not a YuNet-style face detector (it has no output "
            f"{', '.join(sorted(missing))}; it has {', '.join(session.outputs)})"
        )
    for name in _OUTPUTS:
        if session.outputs[name] != FLOAT32:
            raise ModelError(
                f"{session.path}: its output {name} is {session.outputs[name]}; a face "
                f"detector's are {FLOAT32}"
            )
    sides = session.input_shape[2:]
    if len(sides) != 2 or any(isinstance(n, int) and not 0 < n <= LARGEST_SIDE for n in sides):
        raise ModelError(
            f"{session.path}: takes {session.input_shape}; a face detector takes (1, channels, "
            f"height, width), up to {LARGEST_SIDE} pixels each way"
        )
    alike = len({*card.channel_means}) == len({*card.channel_scales}) == 1
    plain = alike and (not session.reads_bytes or (card.mean, card.scale) == (0, 1))
    if card.task != "faces" or card.layout != "NCHW" or card.colour == "RGBX" or not plain:
        raise ModelError(
            f"{session.path}: its card says {card.task}, {card.layout}, {card.colour}, mean "
            f"{card.mean}, scale {card.scale}; a face detector's says faces, NCHW, and GRAY, BGR "
            "or RGB, one mean and one scale for all channels, and where it reads bytes 0 and 1"
        )


def _promised(height: int, width: int) -> list[tuple[int, ...]]:
    """Shapes of the outputs for an input of this size, in the order of `_OUTPUTS`."""
    return [
        (1, (height // stride) * (width // stride), numbers)
        for stride in _STRIDES
        for numbers in _NUMBERS.values()
    ]


def _face(row: NDArray[np.float32]) -> Face:
    score, left, top, width, height = row[:5].tolist()
    return Face(Box(left, top, width, height), score, row[5:].reshape(5, 2))
