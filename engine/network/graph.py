"""A network's file as a graph that can be cut in two.

Of the format (ONNX IR specification, onnx.proto) this knows names and shapes alone; protobuf, which
ONNX Runtime brings, keeps all else as it is.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from fer_video.engine.errors import ModelError

_FLOAT = 1
"""ONNX's number of float32."""
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Model": {"graph": (7, "Graph")},
    "Graph": {
        "node": (1, "Node*"),
        "initializer": (5, "Tensor*"),
        "input": (11, "Value*"),
        "output": (12, "Value*"),
    },
    "Node": {"input": (1, "string*"), "output": (2, "string*"), "attribute": (5, "Attribute*")},
    "Attribute": {"body": (6, "Graph")},
    "Tensor": {"name": (8, "string")},
    "Value": {"name": (1, "string"), "type": (2, "Type")},
    "Type": {"tensor": (1, "TensorType")},
    "TensorType": {"elem_type": (1, "int64"), "shape": (2, "Shape")},
    "Shape": {"dim": (1, "Dimension*")},
    "Dimension": {"value": (1, "int64"), "parameter": (2, "string")},
}
"""What is read of onnx.proto: number and kind of each field, with a star where it is repeated."""


class Graph:
    """The nodes of a network, in the order in which they are computed."""

    def __init__(self, path: Path) -> None:
        """Read a network's file.

        Raises:
            ModelError: it cannot be read as an ONNX model.
        """
        try:
            self._model = _message("Model").FromString(path.read_bytes())
        except (OSError, DecodeError) as error:
            raise ModelError(f"{path}: cannot be read as an ONNX model ({error})") from error
        graph = self._model.graph
        constant = {tensor.name for tensor in graph.initializer}
        self._seen = {value.name for value in graph.input} - constant
        """Names of the values that depend on the picture."""
        for node in graph.node:
            if not self._seen.isdisjoint(node.input):
                self._seen.update(node.output)

    @property
    def cut_points(self) -> list[str]:
        """Names of the values on which alone all that comes later depends.

        None where a node has a body, as of a loop, that may read values without naming them.
        """
        graph, last = self._model.graph, dict[str, int]()
        if any(part.HasField("body") for node in graph.node for part in node.attribute):
            return []
        for place, node in enumerate(graph.node):
            last |= dict.fromkeys(node.input, place)
        last |= {value.name: len(graph.node) for value in graph.output}
        found: dict[str, None] = {}
        live = {value.name for value in graph.input} & self._seen
        for place, node in enumerate(graph.node):
            live |= self._seen.intersection(node.output)
            live = {name for name in live if last.get(name, -1) > place}
            if len(live) == 1:
                found |= dict.fromkeys(live)
        return list(found)

    def up_to(self, names: Sequence[str]) -> bytes:
        """The model that gives these values in place of the network's outputs."""
        copy = self._copy()
        del copy.graph.output[:]
        for name in names:
            copy.graph.output.add(name=name)
        return bytes(copy.SerializeToString())

    def after(self, name: str, shape: Sequence[int]) -> bytes:
        """The model that takes the value of a cut point in place of the picture, as float32.

        Args:
            name: of the cut point.
            shape: of its value for one picture, without the axis of the batch.
        """
        copy, before = self._copy(), self._before(name)
        nodes = [node for place, node in enumerate(copy.graph.node) if place not in before]
        weights = [value for value in copy.graph.input if value.name not in self._seen]
        del copy.graph.node[:], copy.graph.input[:]
        copy.graph.node.extend(nodes)
        tensor = copy.graph.input.add(name=name).type.tensor
        tensor.elem_type = _FLOAT
        tensor.shape.dim.add(parameter="n")
        for size in shape:
            tensor.shape.dim.add(value=size)
        copy.graph.input.extend(weights)  # which older files name there, too
        return bytes(copy.SerializeToString())

    def _before(self, name: str) -> set[int]:
        """Places of the nodes that the picture passes on its way to a value."""
        wanted, places = {name}, set[int]()
        for place, node in reversed(list(enumerate(self._model.graph.node))):
            if not wanted.isdisjoint(node.output):
                wanted |= self._seen.intersection(node.input)
                if not self._seen.isdisjoint(node.output):
                    places.add(place)
        return places

    def _copy(self) -> Any:
        copy = _message("Model")()
        copy.CopyFrom(self._model)
        return copy


@cache
def _message(name: str) -> Any:
    """The class of a message of `_MESSAGES`."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="network.proto", package="network")
    for message, fields in _MESSAGES.items():
        told = file.message_type.add(name=message)
        for field, (number, kind) in fields.items():
            many, single = kind.endswith("*"), kind.rstrip("*")
            plain = getattr(kinds, f"TYPE_{single.upper()}", None)
            told.field.add(
                name=field,
                number=number,
                label=kinds.LABEL_REPEATED if many else kinds.LABEL_OPTIONAL,
                type=plain or kinds.TYPE_MESSAGE,
                type_name=None if plain else f".network.{single}",
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"network.{name}"))
