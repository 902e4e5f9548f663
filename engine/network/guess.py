"""What an ONNX file without a card tells of itself, and what can only be guessed."""

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import Activation, ChannelOrder, Layout
from fer_video.engine.network.session import Session, check_bytes

_KEYS = ("labels", "names", "classes", "class_names", "id2label", "categories")
"""Keys of ONNX metadata under which exporters leave the labels."""
_PICTURES = 8


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file tells of how its network is fed and read; None where it does not tell."""

    outputs: int
    """Numbers that it gives for a face."""
    labels: tuple[str, ...] | None
    """Labels that stand in its metadata."""
    colour: ChannelOrder
    """Order of the channels: the usual one for as many as it reads."""
    layout: Layout
    """Order of the axes of its input."""
    side: int | None
    """Height and width in pixels of what it reads; None where any will do."""
    activation: Activation
    """Kind of its output, by what it says of noise."""


def guess(session: Session, side: int | None = None) -> Guess:
    """Look at a network.

    Args:
        session: of the file.
        side: pixels along a side to try it with, where the file leaves them open.

    Raises:
        ModelError: it does not take square pictures, or gives no list of numbers for each.
    """
    layout, channels = _layout(session)
    sides = {n for n in _sides(session, layout) if isinstance(n, int)}
    if len(sides) > 1:
        raise ModelError(
            f"{session.path}: takes {session.input_shape}; an expression network takes squares"
        )
    found = sides.pop() if sides else None
    noise = _on_noise(session, layout, channels, found or side or 224)
    if noise.ndim != 2 or noise.shape[1] < 2:
        raise ModelError(
            f"{session.path}: gives an output of shape {noise.shape}; a classifier of expressions "
            "gives a number for each label, and first of all its outputs"
        )
    count = noise.shape[1]
    colour: ChannelOrder = "GRAY" if channels == 1 else "RGBX" if channels == 4 else "RGB"
    return Guess(count, _labels(session.metadata, count), colour, layout, found, _activation(noise))


def _layout(session: Session) -> tuple[Layout, int]:
    """The order of the axes by where the channels stand, and how many these are."""
    check_bytes(session)
    shape = session.input_shape
    if len(shape) == 4:
        if session.reads_bytes and shape[3] == 4:
            return "NHWC", 4
        if shape[3] in (1, 3) and shape[1] not in (1, 3):
            return "NHWC", int(shape[3])
        if not session.reads_bytes and (shape[1] in (1, 3) or isinstance(shape[1], str)):
            return "NCHW", 1 if shape[1] == 1 else 3
    raise ModelError(
        f"{session.path}: takes {shape}; an expression network takes (faces, channels, side, side) "
        "or (faces, side, side, channels) of one or three channels as float32, or four as uint8"
    )


def _sides(session: Session, layout: Layout) -> list[int | str]:
    return session.input_shape[2:] if layout == "NCHW" else session.input_shape[1:3]


def _on_noise(session: Session, layout: Layout, channels: int, side: int) -> NDArray[np.float32]:
    """(pictures, outputs): what it says of noise, picture by picture."""
    shape = (channels, side, side) if layout == "NCHW" else (side, side, channels)
    first = session.input_shape[0]
    rng, batch = np.random.default_rng(0), first if isinstance(first, int) else 1
    said = []
    for _ in range(_PICTURES):
        levels = rng.integers(0, 256, (batch, *shape), np.uint8)
        picture: Batch = levels if session.reads_bytes else levels.astype(np.float32)
        said.append(np.atleast_1d(session.run(picture)[0]))
    return np.concatenate(said)


def _activation(outputs: NDArray[np.float32]) -> Activation:
    if not ((outputs >= 0) & (outputs <= 1)).all():
        return "logits"
    return "softmax" if np.allclose(outputs.sum(axis=1), 1, atol=1e-3) else "sigmoid"


def _labels(metadata: Mapping[str, str], count: int) -> tuple[str, ...] | None:
    """Labels from the metadata, if as many as outputs stand there."""
    for key in _KEYS:
        names = tuple(_names(metadata.get(key, "")))
        if len(names) == count:
            return names
    return None


def _names(text: str) -> Iterable[str]:
    """The words of a list, of a table by number, or between commas."""
    values = _parsed(text[:10_000])
    if isinstance(values, dict) and all(str(key).isdecimal() for key in values):
        values = [values[key] for key in sorted(values, key=int)]
    if isinstance(values, list | tuple):
        return [str(value).strip() for value in values]
    return [word.strip() for word in text.split(",")] if isinstance(values, str) else []


def _parsed(text: str) -> Any:
    """As JSON, as Python writes lists and tables, or as it is."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return text
