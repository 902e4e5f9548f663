"""[2] Finds the faces: a YuNet-style network on a downscaled luma plane."""

from copy import copy

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.detect.kernels.boxes import find_boxes
from fer_video.engine.errors import ModelError
from fer_video.engine.faces import Box, Face
from fer_video.engine.frames import Batch, Plane
from fer_video.engine.kernels.scale import enlarge, shrink
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options import DetectOptions, SessionOptions

_STRIDES = (8, 16, 32)
_MOST_FACES = 4096
_VOTERS, _AGREEING = 0.5, 0.6
"""Share of the threshold from which a cell has a say in a face's place, and its IoU with it."""
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
        self._outputs = [f"{kind}_{s}" for s in _STRIDES for kind in ("cls", "obj", "bbox", "kps")]
        missing = set(self._outputs) - set(self._session.output_names)
        if missing:
            raise ModelError(
                f"{self._session.path}: is not a YuNet-style face detector (it has no output "
                f"{', '.join(sorted(missing))}; it has {', '.join(self._session.output_names)})"
            )
        self._fixed = _fixed_size(self._session)
        self._options, self._still = options, False
        self._threshold = self._card.threshold if options.threshold is None else options.threshold
        self._input: Batch = np.empty((0, 0, 0, 0), np.float32)
        self(np.zeros((320, 320), np.uint8), full_range=True)

    @property
    def provider(self) -> str:
        """What the network runs on."""
        return self._session.provider

    def clone(self, *, still: bool = False) -> "YuNetDetector":
        """Another one for another thread, which shares the loaded network.

        Args:
            still: for photographs rather than frames of a film, see `DetectOptions.smallest_face`.
        """
        other = copy(self)
        other._still = still
        other._input = np.empty((0, 0, 0, 0), np.float32)
        return other

    def __call__(self, luma: Plane, *, full_range: bool) -> tuple[Face, ...]:
        """See `Detector`."""
        return self.find(self.scaled(luma, full_range=full_range), luma.shape)

    def find(self, picture: Plane, shape: tuple[int, int]) -> tuple[Face, ...]:
        """Find faces in what `scaled` made of a plane of this height and width, in its pixels."""
        outputs = self._session.run(self._fed(picture), self._outputs)
        limits = (self._threshold, _VOTERS * self._threshold, self._options.overlap, _AGREEING)
        kept = find_boxes(tuple(outputs), _STRIDES, self._input.shape[3], limits, _MOST_FACES)
        kept[:, 1::2] *= shape[1] / picture.shape[1]
        kept[:, 2::2] *= shape[0] / picture.shape[0]
        return tuple(_face(row) for row in kept)

    def scaled(self, luma: Plane, *, full_range: bool) -> Plane:
        """The luma in full range and as large as the network sees it."""
        size = self._options.working_size(max(luma.shape), still=self._still)
        bounds = self._fixed or (size, size)
        scale = min(bounds[0] / luma.shape[0], bounds[1] / luma.shape[1])
        height = max(round(luma.shape[0] * scale), 1)
        picture = np.empty((height, max(round(luma.shape[1] * scale), 1)), np.uint8)
        resize = shrink if scale <= 1 else enlarge
        resize(luma, picture, full_range)
        return picture

    def _fed(self, picture: Plane) -> Batch:
        """The picture as the network's card says, black beyond its right and lower border."""
        height, width = picture.shape
        shape = (1, 1 if self._card.colour == "GRAY" else 3, *self._padded(height, width))
        mean, scale = np.float32(self._card.mean), np.float32(self._card.scale)
        levels: Batch = picture if self._session.reads_bytes else (picture - mean) * scale
        if self._input.shape != shape:
            self._input = np.empty(shape, levels.dtype)
        self._input[0, :, :height, :width] = levels
        self._input[0, :, height:] = self._input[0, :, :, width:] = -mean * scale
        return self._input

    def _padded(self, height: int, width: int) -> tuple[int, int]:
        if self._fixed is not None:
            return self._fixed
        return -(-height // _STRIDES[-1]) * _STRIDES[-1], -(-width // _STRIDES[-1]) * _STRIDES[-1]


def _fixed_size(session: Session) -> tuple[int, int] | None:
    """Height and width of a network that takes no other; None where both are free."""
    height, width = session.input_shape[2:]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _face(row: NDArray[np.float32]) -> Face:
    score, left, top, width, height = row[:5].tolist()
    return Face(Box(left, top, width, height), score, row[5:].reshape(5, 2))
