"""Keras to ONNX, with the model card in the file's metadata."""

from dataclasses import replace
from pathlib import Path

import keras
import tensorflow as tf
import tf2onnx
from onnx import ModelProto

from fer_video.engine.errors import ModelError
from fer_video.engine.network.card import ModelCard
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.to_onnx.file import write
from fer_video.exporters.to_onnx.parity import Parity, check_parity, measure_parity
from fer_video.exporters.training.architectures import SIDE
from fer_video.exporters.training.record import tool_versions

OPSET = 17


def to_onnx(model: keras.Model) -> ModelProto:
    """Convert a network of `architectures`.

    The input becomes (n, 3, 180, 180): planes are what the engine's kernel writes, and the first
    convolution reads them without a transposition.

    Returns:
        Input `face`, output `scores` (n, labels), any n.
    """
    face = tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name="face")
    # from_keras fails on a Sequential under Keras 3; a traced function is the same for all
    function = tf.function(lambda face: {"scores": model(face, training=False)})
    proto: ModelProto
    proto, _ = tf2onnx.convert.from_function(
        function, input_signature=[face], opset=OPSET, inputs_as_nchw=["face"]
    )
    return proto


def export(model: keras.Model, card: ModelCard, crops: list[Image], output: Path) -> Parity:
    """Convert, compare on real faces, and write FILE.onnx with its card as FILE.md beside it.

    Args:
        model: of `architectures`, with trained weights.
        card: what to say about it; tools and parity are added.
        crops: faces, each (180, 180, 3) uint8, RGB.
        output: the file to write or replace.

    Raises:
        ModelError: the network reads another size, or ONNX Runtime does not give what Keras gives;
            or it has other outputs than the card labels; nothing is written.
        OutputError: the folder is missing or cannot be written to.
    """
    if model.input_shape[1:3] != (SIDE, SIDE):
        raise ModelError(
            f"{output}: the weights are of faces of {model.input_shape[1]} pixels, an early phase "
            f"of a training; export the last phase's, of {SIDE}"
        )
    if model.output_shape[-1] != len(card.labels):
        raise ModelError(
            f"{output}: the weights have {model.output_shape[-1]} outputs, but their run.json has "
            f"{len(card.labels)} labels; keep the two files together that `fer-video train` wrote"
        )
    proto = to_onnx(model)
    parity = measure_parity(
        lambda batch: model(batch, training=False), proto.SerializeToString(), crops
    )
    check_parity(parity, str(output))
    card = replace(
        card,
        figures=card.figures
        | {"parameters": model.count_params(), "parity: largest difference": parity.difference},
        tools=card.tools | tool_versions() | {"opset": str(OPSET)},
    )
    write(proto, card, output)
    return parity
