"""Writes tiny ONNX networks whose answers are known, for ONNX Runtime to run."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from fer_video.engine.network.card import CARD_KEY, ModelCard

SIDE = 16
WEIGHTS = np.random.default_rng(3).normal(0, 2, (3, 5)).astype(np.float32)
"""(3, 5): from the mean of each channel to the logits of `write_classifier`."""
SPOT = 8
"""Stride at which `write_spot_detector` answers, in its own pixels."""


def classifier_card(**values: Any) -> ModelCard:
    """What `write_classifier` takes unless told otherwise."""
    card = ModelCard("tiny", "expressions", SIDE, SIDE, activation="logits")
    return dataclasses.replace(card, **values)


def write_classifier(path: Path, card: ModelCard | None, labels: int = 5) -> Path:
    """Logits (or what the card says) of WEIGHTS over the mean of each channel."""
    layout, activation = ("NCHW", "logits") if card is None else (card.layout, card.activation)
    shape: list[int | str] = ["n", 3, SIDE, SIDE] if layout == "NCHW" else ["n", SIDE, SIDE, 3]
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["logits"]),
    ]
    kind = {"softmax": "Softmax", "sigmoid": "Sigmoid", "logits": "Identity"}[activation]
    nodes.append(helper.make_node(kind, ["logits"], ["scores"]))
    constants = {"axes": np.array(axes), "weights": WEIGHTS[:, :labels]}
    return _save(path, nodes, constants, shape, {"scores": ["n", labels]}, card)


def write_brightness_classifier(path: Path) -> Path:
    """Reads a dark face as angry and a bright one as surprise."""
    weights = helper.make_tensor("w", TensorProto.FLOAT, [1, 5], [-9, 0, 0, 0, 9])
    axes = helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3])
    nodes = [
        helper.make_node("ReduceMean", ["face", "axes"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
        helper.make_node("MatMul", ["column", "w"], ["scores"]),
    ]
    last = helper.make_tensor("last", TensorProto.INT64, [1], [1])
    face = helper.make_tensor_value_info("face", TensorProto.FLOAT, ["n", 3, 180, 180])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 5])
    graph = helper.make_graph(nodes, "brightness", [face], [scores], [weights, axes, last])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    card = ModelCard("brightness", "expressions", 180, 180, activation="logits")
    model.metadata_props.add(key=CARD_KEY, value=card.to_json())
    onnx.save(model, path)
    return path


def write_spot_detector(
    path: Path, size: tuple[int, int] | None = None, card: ModelCard | None = None
) -> Path:
    """A face in every white 8 x 8 cell: 8 x 8 pixels large, centred on the cell's corner.

    Args:
        path: of the file.
        size: height and width if they are fixed.
        card: None for a file as YuNet is published, which takes BGR 0..255.
    """
    gray = card is not None and card.colour == "GRAY"
    nodes, outputs = [], {}
    shape: list[int | str] = ["n", 1 if gray else 3, *(size or ("height", "width"))]
    nodes.append(helper.make_node("ReduceMean", ["input", "axes"], ["gray"], keepdims=1))
    constants = {
        "axes": np.array([1]),
        "column": np.array([0, -1, 1]),
        "zero": np.array(0, np.float32),
        "white": np.array(1 / 255 if card is None else 1, np.float32),
    }
    for stride in (8, 16, 32):
        pool: dict[str, Any] = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
        share = "white" if stride == SPOT else "zero"
        nodes += [
            helper.make_node("AveragePool", ["gray"], [f"pool_{stride}"], **pool),
            helper.make_node("Mul", [f"pool_{stride}", share], [f"level_{stride}"]),
            helper.make_node("Reshape", [f"level_{stride}", "column"], [f"cls_{stride}"]),
            helper.make_node("Identity", [f"cls_{stride}"], [f"obj_{stride}"]),
            helper.make_node("Mul", [f"cls_{stride}", "zero"], [f"none_{stride}"]),
            helper.make_node("Concat", [f"none_{stride}"] * 4, [f"bbox_{stride}"], axis=2),
            helper.make_node("Concat", [f"none_{stride}"] * 10, [f"kps_{stride}"], axis=2),
        ]
        for kind, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            outputs[f"{kind}_{stride}"] = ["n", f"cells_{stride}", width]
    return _save(path, nodes, constants, shape, outputs, card)


def _save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    constants: dict[str, NDArray[Any]],
    shape: Sequence[int | str],
    outputs: dict[str, list[Any]],
    card: ModelCard | None,
) -> Path:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if card is not None:
        helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, str(path))
    return path
