"""The trained face detector as an ONNX file with its card."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import keras
import numpy as np
import onnxruntime as ort
import tf2onnx
from numpy.typing import NDArray
from onnx import ModelProto

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import ModelError
from fer_video.engine.frames.frame import Plane
from fer_video.engine.network.card import ModelCard
from fer_video.exporters.detector.network.architecture import MEAN, SCALE, deployed, face_detector
from fer_video.exporters.detector.network.graph import simplify
from fer_video.exporters.to_onnx.convert import OPSET
from fer_video.exporters.to_onnx.file import shorten_names, write
from fer_video.exporters.training.record import tool_versions
from fer_video.exporters.training.weights import read_weights

TOLERANCE = 1e-3
"""Largest difference between Keras and ONNX Runtime: in probability, or in strides."""

_USUAL = (192, 320)
"""Height and width for a card and for the comparison with Keras; the network takes any."""


def detector_to_onnx(network: keras.Model) -> ModelProto:
    """Convert: input `input` (N, 1, H, W), outputs as `architecture.deployed` says."""
    function = deployed(network)
    proto: ModelProto = tf2onnx.convert.from_function(
        function, function.input_signature, opset=OPSET, inputs_as_nchw=["input"]
    )[0]
    simplify(proto)
    shorten_names(proto)
    return proto


@contextmanager
def draft(network: keras.Model) -> Iterator[str]:
    """The network as an .onnx file that is there within the block alone, to be tried by the engine
    before its card can be written."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "detector.onnx"
        write(detector_to_onnx(network), detector_card({"recipe": {}}, {}), path)
        yield str(path)


def export_detector(
    network: keras.Model, card: ModelCard, pictures: Sequence[Plane], output: Path
) -> float:
    """Convert, compare with Keras, and write FILE.onnx with its card as FILE.md beside it.

    Args:
        network: of `face_detector`, with trained weights.
        card: see `detector_card`; tools and parity are added.
        pictures: (H, W) uint8 each, to compare on.
        output: the file to write or replace.

    Returns:
        The largest difference.

    Raises:
        ModelError: ONNX Runtime does not give what Keras gives; nothing is written.
        OutputError: the folder cannot be written to.
    """
    proto = detector_to_onnx(network)
    difference = _difference(network, proto, pictures)
    if not difference <= TOLERANCE:
        raise ModelError(
            f"{output}: not written, the export differs from Keras by up to {difference:.2g} (at "
            f"most {TOLERANCE:.0e} is accepted); check the versions of tf2onnx and tensorflow"
        )
    figures = card.figures | {"parity: largest difference": difference}
    tools = card.tools | tool_versions() | {"opset": str(OPSET)}
    write(proto, replace(card, figures=figures, tools=tools), output)
    return difference


def _difference(network: keras.Model, proto: ModelProto, pictures: Sequence[Plane]) -> float:
    batch = normalise_luma(np.stack([usual_size(luma) for luma in pictures]))
    expected = deployed(network)(batch[..., None])
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    names = list(expected)
    found = session.run(names, {"input": batch[:, None]})
    pairs = zip(names, found, strict=True)
    return max(float(np.abs(np.asarray(expected[name]) - array).max()) for name, array in pairs)


def usual_size(luma: Plane) -> Plane:
    """A picture at the network's usual size, (192, 320) uint8; its sides stretch."""
    return cv2.resize(luma, _USUAL[::-1], interpolation=cv2.INTER_AREA).astype(np.uint8)


def normalise_luma(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Grey levels of any shape as the float network reads them."""
    return (levels.astype(np.float32) - MEAN) * SCALE


def load_network(weights: Path) -> keras.Model:
    """A trained network from the .keras file that training wrote.

    Raises:
        ModelError: it is no such file.
    """
    network = face_detector()
    read_weights(network, weights)
    return network


def demo_pictures() -> list[Plane]:
    """A frame of the demo for each second, with one face."""
    source = open_source("demo")
    return [frame.luma for frame in source.frames() if frame.index % 30 == 0]


def detector_card(record: dict[str, Any], figures: dict[str, float]) -> ModelCard:
    """What to say about a trained detector.

    Args:
        record: content of the training's run.json.
        figures: measured on the held-out part.
    """
    height, width = _USUAL
    return ModelCard(
        name="detector",
        task="faces",
        input_height=height,
        input_width=width,
        colour="GRAY",
        mean=MEAN,
        scale=SCALE,
        labels=("face",),
        activation="sigmoid",
        threshold=record.get("threshold", 0.5),
        architecture="Single-stage, anchor-free face detector on luma, in the class of YuNet (Wu "
        "et al., 2023): plain convolutions to stride 8, depthwise-separable ones to stride 32, "
        "three grids joined top-down; a score, a box and five landmarks a cell",
        trained_on=tuple(record.get("data", ())),
        terms=record.get("terms", "Those of the pictures that it was trained on"),
        limits="Its truth is another detector's opinion: it repeats that one's mistakes, and its "
        "recall is a share of what that one is sure of. Its threshold was chosen on the held-out "
        "part that its figures are from, so they are a little too good. Faces "
        "turned by more than 45 degrees, seen from behind, under 10 pixels high, or covered by "
        "more than a mask are missed; hands, animals and drawings are now and then taken for "
        "faces. It says where a face may be, not whose; it must not be used to follow or identify "
        "people",
        figures=record.get("figures", {}) | figures,
        recipe=record["recipe"],
        tools=record.get("tools", {}),
    )
