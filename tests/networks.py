"""Writes tiny ONNX networks whose answers are known, for ONNX Runtime to run."""

import dataclasses
from collections.abc import Mapping, Sequence
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
PICTURE = 64
"""Side of the picture that `write_two_faced_detector` takes, in pixels."""
CELL, SECOND_CELL = 9, 44
"""Cells of stride 8 in which `write_two_faced_detector` has faces: (1, 1) and (4, 5)."""
BRIGHT = 100
"""Grey level above which a two-faced network answers as it does for bright pictures."""

Answers = dict[str, NDArray[Any]]
"""What a network gives, by the name of the output."""


def classifier_card(**values: Any) -> ModelCard:
    """What `write_classifier` takes unless told otherwise."""
    card = ModelCard("tiny", "expressions", SIDE, SIDE, activation="logits")
    return dataclasses.replace(card, **values)


def write_classifier(
    path: Path, card: ModelCard | None, labels: int = 5, batch: int | str = "n"
) -> Path:
    """Logits (or what the card says) of WEIGHTS over the mean of each channel.

    Args:
        path: of the file.
        card: None for a file without one.
        labels: how many logits.
        batch: faces that it takes at once; a word for as many as there are.
    """
    layout, activation = ("NCHW", "logits") if card is None else (card.layout, card.activation)
    shape: list[int | str] = [batch, 3, SIDE, SIDE] if layout == "NCHW" else [batch, SIDE, SIDE, 3]
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["logits"]),
    ]
    kind = {"softmax": "Softmax", "sigmoid": "Sigmoid", "logits": "Identity"}[activation]
    nodes.append(helper.make_node(kind, ["logits"], ["scores"]))
    constants = {"axes": np.array(axes), "weights": WEIGHTS[:, :labels]}
    return _save(path, nodes, constants, shape, {"scores": [batch, labels]}, card)


EIGHT = ("anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
"""Eight labels, as AffectNet has them; of the five, three are called as here and two otherwise."""


def write_labelled(path: Path, card: ModelCard, *, carded: bool = True) -> Path:
    """A classifier of whatever labels, whose logits depend on the label's name, not on its place.

    Args:
        path: of the file.
        card: what it reads and tells; whatever is in the colour, layout, size and labels.
        carded: the card is in the file.
    """
    rows = [np.random.default_rng([ord(c) for c in label]).normal(0, 9, 4) for label in card.labels]
    first = card.layout == "NCHW"
    weights = np.array([row[: card.channels] for row in rows], np.float32).T
    shape: list[int | str] = ["n", card.input_height, card.input_width]
    shape.insert(1 if first else 3, card.channels)
    kind = {"softmax": "Softmax", "sigmoid": "Sigmoid", "logits": "Identity"}[card.activation]
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["logits"]),
        helper.make_node(kind, ["logits"], ["scores"]),
    ]
    constants = {
        "axes": np.array([2, 3] if first else [1, 2]),
        "weights": weights,
        "bias": np.array([row[3] / 9 for row in rows], np.float32),
    }
    outputs = {"scores": ["n", len(card.labels)]}
    return _save(path, nodes, constants, shape, outputs, card if carded else None)


def write_reordered(source: Path, path: Path, order: Sequence[int]) -> Path:
    """A classifier with its outputs and the labels on its card in another order."""
    model = onnx.load(source)
    (notes,) = (note for note in model.metadata_props if note.key == CARD_KEY)
    card = ModelCard.from_json(notes.value, str(source))
    notes.value = dataclasses.replace(card, labels=tuple(card.labels[i] for i in order)).to_json()
    name = model.graph.output[0].name
    for node in model.graph.node:
        node.output[:] = ["in_order" if output == name else output for output in node.output]
    model.graph.initializer.append(numpy_helper.from_array(np.array(order), "order"))
    model.graph.node.append(helper.make_node("Gather", ["in_order", "order"], [name], axis=1))
    onnx.save(model, str(path))
    return path


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


def detector_answers() -> Answers:
    """What a YuNet-style detector gives for a picture of `PICTURE` pixels in which is no face."""
    return {
        f"{kind}_{stride}": np.zeros((1, (PICTURE // stride) ** 2, numbers), np.float32)
        for stride in (8, 16, 32)
        for kind, numbers in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
    }


def two_faces() -> Answers:
    """The same with a face in each of two cells, 16 pixels large, the first one surer."""
    answers = detector_answers()
    for cell, score in ((CELL, 0.9), (SECOND_CELL, 0.8)):
        answers["cls_8"][0, cell] = answers["obj_8"][0, cell] = score
        answers["bbox_8"][0, cell, 2:] = np.log(2)
        answers["kps_8"][0, cell] = (-0.5, -0.5, 0.5, -0.5, 0, 0, -0.4, 0.5, 0.4, 0.5)
    return answers


def write_two_faced_detector(path: Path, bright: Answers, dark: Answers | None = None) -> Path:
    """A YuNet-style detector that finds nothing in dark pictures, as when it is loaded.

    Args:
        path: of the file.
        bright: what it gives for bright pictures, of whatever shape.
        dark: what it gives else; no face by default.
    """
    shape: list[int | str] = ["n", 3, PICTURE, PICTURE]
    return _write_two_faced(path, shape, bright, dark or detector_answers(), None)


def write_two_faced_classifier(
    path: Path,
    bright: NDArray[Any],
    dark: NDArray[Any] | None = None,
    card: ModelCard | None = None,
) -> Path:
    """A classifier whose output is right while a face is black, as when it is loaded.

    Args:
        path: of the file.
        bright: its output for bright faces, of whatever shape and however many there are.
        dark: its output else; that of one face by default.
        card: of one that reads grey levels as they are; one that gives logits by default.
    """
    card, right = card or classifier_card(mean=0.0, scale=1.0), np.zeros((1, 5), np.float32)
    shape: list[int | str] = ["n", 3, SIDE, SIDE]
    dark = right if dark is None else dark
    return _write_two_faced(path, shape, {"scores": bright}, {"scores": dark}, card)


def _write_two_faced(
    path: Path, shape: Sequence[int | str], bright: Answers, dark: Answers, card: ModelCard | None
) -> Path:
    nodes = [
        helper.make_node("ReduceMax", ["input"], ["level"], keepdims=0),
        helper.make_node("Greater", ["level", "limit"], ["is_bright"]),
    ]
    nodes += [
        helper.make_node(
            "If",
            ["is_bright"],
            [name],
            then_branch=_constant(f"{name}_bright", bright[name]),
            else_branch=_constant(f"{name}_dark", dark[name]),
        )
        for name in dark
    ]
    limit = {"limit": np.array(BRIGHT, np.float32)}
    types = {name: helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in dark.items()}
    return _save(path, nodes, limit, shape, dict.fromkeys(dark), card, types)


def _constant(name: str, value: NDArray[Any]) -> onnx.GraphProto:
    """A branch that gives an array."""
    tensor = numpy_helper.from_array(np.asarray(value, order="C"), f"{name}_value")
    output = helper.make_tensor_value_info(name, tensor.data_type, None)
    node = helper.make_node("Constant", [], [name], value=tensor)
    return helper.make_graph([node], f"{name}_branch", [], [output])


def _save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    constants: dict[str, NDArray[Any]],
    shape: Sequence[int | str],
    outputs: Mapping[str, list[Any] | None],
    card: ModelCard | None,
    types: Mapping[str, int] | None = None,
) -> Path:
    kinds = dict.fromkeys(outputs, TensorProto.FLOAT) | dict(types or {})
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(n, kinds[n], s) for n, s in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if card is not None:
        helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, str(path))
    return path
