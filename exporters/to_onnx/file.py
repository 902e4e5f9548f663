"""The ONNX file that the engine reads: a graph with its model card in the metadata."""

from pathlib import Path

from onnx import ModelProto

from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.exporters.data.atomic import replacing, write_text
from fer_video.exporters.to_onnx.cards import to_markdown


def write(proto: ModelProto, card: ModelCard, output: Path) -> None:
    """Put the card into the graph's metadata and move the complete file into place.

    Raises:
        OutputError: the folder is missing or cannot be written to.
    """
    del proto.metadata_props[:]
    proto.metadata_props.add(key=CARD_KEY, value=card.to_json())
    with replacing(output) as path:
        path.write_bytes(proto.SerializeToString())
    write_text(output.with_suffix(".md"), to_markdown(card))


def shorten_names(proto: ModelProto) -> None:
    """Number what is inside a graph; the converter's names take a tenth of a small network."""
    graph = proto.graph
    public = [value.name for value in (*graph.input, *graph.output)]
    names: dict[str, str] = {name: name for name in ("", *public)}

    def short(name: str) -> str:
        return names.setdefault(name, str(len(names)))

    for constant in graph.initializer:
        constant.name = short(constant.name)
    for node in graph.node:
        node.ClearField("name")
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
