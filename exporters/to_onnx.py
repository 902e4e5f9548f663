"""Keras to ONNX, with the model card in the file's metadata."""

from dataclasses import replace
from pathlib import Path

import keras
import tensorflow as tf
import tf2onnx
from onnx import ModelProto

from fer_video.engine.errors import OutputError
from fer_video.engine.models import CARD_KEY, ModelCard
from fer_video.engine.partial import Partial
from fer_video.exporters.architectures import SIDE
from fer_video.exporters.cards import tool_versions, write_markdown
from fer_video.exporters.datasets import Image
from fer_video.exporters.parity import Parity, check, compare

OPSET = 17


def to_onnx(model: keras.Model) -> ModelProto:
    """Convert a network of `architectures`.

    The input becomes (n, 3, 180, 180): planes are what the engine's kernel writes, and the first
    convolution reads them without a transposition.

    Returns:
        Input `face`, output `scores` (n, 5), any n.
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
        ModelError: ONNX Runtime does not give what Keras gives; nothing is written.
        OutputError: the folder is missing or cannot be written to.
    """
    proto = to_onnx(model)
    parity = compare(lambda batch: model(batch, training=False), proto.SerializeToString(), crops)
    check(parity, str(output))
    card = replace(
        card,
        figures=card.figures | {"parity: largest difference": parity.difference},
        tools=card.tools | tool_versions() | {"opset": str(OPSET)},
    )
    write(proto, card, output)
    return parity


def write(proto: ModelProto, card: ModelCard, output: Path) -> None:
    """Put the card into the graph's metadata and move the complete file into place.

    Raises:
        OutputError: the folder is missing or cannot be written to.
    """
    del proto.metadata_props[:]
    proto.metadata_props.add(key=CARD_KEY, value=card.to_json())
    partial = Partial(output)
    try:
        partial.path.write_bytes(proto.SerializeToString())
    except OSError as error:
        partial.discard()
        raise OutputError(f"{output}: cannot be written ({error}); choose another place") from error
    partial.commit()
    write_markdown(card, output.with_suffix(".md"))
