"""int8 and fp16 versions agree with their original, say what was done, or are refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner, Result

from fer_video.cli.main import app
from fer_video.cli.options.extras import import_onnx
from fer_video.engine.errors import DataError, FerError, ModelError, OptionsError, OutputError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.evaluation.comparison import (
    Comparison,
    NetworkFigures,
    check_version,
    compare_versions,
    time_in_turns,
)
from fer_video.exporters.to_onnx.precision import prepare_graph, to_fp16, to_int8
from fer_video.exporters.to_onnx.quantize import PRECISIONS, calibration_crops
from fer_video.exporters.training.preparation import PreparedDataset, prepare

SIDE, FILTERS = 24, 32
CPU = SessionOptions("cpu")
CARD = ModelCard(
    "tints",
    "expressions",
    SIDE,
    SIDE,
    activation="logits",
    min_confidence=0.45,
    figures={"made test: accuracy": 0.75},
    recipe={"seed": 7},
    tools={"opset": "18"},
)
COLOURS = np.array([(230, 30, 30), (30, 230, 30), (30, 30, 230), (230, 230, 230), (20, 20, 20)])
"""(5, 3) RGB: what a face of each expression is tinted with here."""
GOOD = Comparison(NetworkFigures(1.5, 0.8, 700), NetworkFigures(2.0, 0.8, 2800), 0.995)


def write_tints(path: Path, card: ModelCard | None = CARD, shift: int = 0) -> Path:
    """A small convolutional network that names the nearest of `COLOURS`, `shift` classes on."""
    rng = np.random.default_rng(5)
    kernels = rng.normal(0, 0.1, (FILTERS, 3, 3, 3)).astype(np.float32)
    kernels[:6] = 0
    kernels[range(6), [0, 1, 2] * 2, 1, 1] = [1, 1, 1, -1, -1, -1]  # relu(x), relu(-x)
    centres = np.roll(COLOURS / 127.5 - 1, shift, axis=0)
    weights = np.zeros((FILTERS, 5), np.float32)
    weights[:3], weights[3:6] = centres.T, -centres.T
    constants = {
        "kernels": kernels,
        "weights": weights,
        "bias": (-(centres**2).sum(axis=1) / 2).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["face", "kernels"], ["conv"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
        helper.make_node("Identity", ["logits"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tints",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 5])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if card is not None:
        helper.set_model_props(proto, {CARD_KEY: card.to_json()})
    onnx.save(proto, path)
    return path


def save_tinted(folder: Path, per_class: int = 10) -> Path:
    """folder/<expression>/<n>.png: noise around the expression's colour."""
    rng = np.random.default_rng(9)
    for expression, colour in zip(EXPRESSIONS, COLOURS, strict=True):
        (folder / expression).mkdir(parents=True)
        for i in range(per_class):
            picture = np.clip(colour + rng.normal(0, 25, (32, 32, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / expression / f"{i}.png"), picture[..., ::-1])
    return folder


@pytest.fixture
def tinted(tmp_path: Path) -> Path:
    return save_tinted(tmp_path / "data")


@pytest.fixture
def prepared(tinted: Path) -> PreparedDataset:
    return prepare(tinted, "folders", smoothing=0.0, seed=1)


@pytest.fixture
def took(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say what the float network and its versions took, in milliseconds."""

    def say(*times: float) -> None:
        def told(runners: Sequence[tuple[Session, NDArray[np.float32]]]) -> list[float]:
            return list(times[: len(runners)])

        monkeypatch.setattr("fer_video.exporters.evaluation.comparison.time_in_turns", told)

    return say


def faces(count: int, seed: int = 0) -> NDArray[np.float32]:
    """(count, 3, SIDE, SIDE) of one colour each, with noise."""
    rng = np.random.default_rng(seed)
    tints = rng.uniform(-1, 1, (count, 3, 1, 1))
    noise = rng.normal(0, 0.1, (count, 3, SIDE, SIDE))
    return np.clip(tints + noise, -1, 1).astype(np.float32)


def versions(folder: Path) -> dict[str, Path]:
    """float, int8 and fp16, without the measuring."""
    files = {name: folder / f"net_{name}.onnx" for name in ("float", "ready", *PRECISIONS)}
    prepare_graph(write_tints(files["float"]), files["ready"], CARD)
    to_int8(files["ready"], files["int8"], (face[np.newaxis] for face in faces(64)))
    to_fp16(files["ready"], files["fp16"])
    return files


def invoke(*words: str | Path) -> Result:
    """`fer-video quantize`; an exception of its own is raised here."""
    result = CliRunner().invoke(app, ["quantize", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize(("name", "tolerance"), [("int8", 0.05), ("fp16", 0.005)])
def test_a_version_gives_what_the_float_network_gives(
    name: str, tolerance: float, tmp_path: Path
) -> None:
    files, batch = versions(tmp_path), faces(50, seed=1)
    (expected,) = Session(files["float"], CPU).run(batch)
    (found,) = Session(files[name], CPU).run(batch)
    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected).max() < tolerance


def test_int8_computes_with_unsigned_activations_and_a_scale_a_channel(tmp_path: Path) -> None:
    graph = onnx.load(versions(tmp_path)["int8"]).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    kernels = next(value for name, value in values.items() if value.ndim == 4)
    assert kernels.dtype == np.int8
    assert np.abs(kernels.astype(int)).max() == 127
    assert any(value.shape == (FILTERS,) and value.dtype == np.float32 for value in values.values())
    quantisers = [node for node in graph.node if node.op_type == "QuantizeLinear"]
    assert {values[node.input[2]].dtype for node in quantisers} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("name", PRECISIONS)
def test_the_layer_that_decides_stays_float(name: str, tmp_path: Path) -> None:
    graph = onnx.load(versions(tmp_path)[name]).graph
    kinds = {tuple(tensor.dims): tensor.data_type for tensor in graph.initializer}
    assert kinds[FILTERS, 5] == TensorProto.FLOAT
    assert kinds[FILTERS, 3, 3, 3] != TensorProto.FLOAT


def write_separable(path: Path) -> Path:
    """Stem, one block of depthwise and pointwise convolution, one more layer, and a head."""
    rng = np.random.default_rng(3)
    shapes = {"stem": (8, 3, 3, 3), "depthwise": (8, 1, 3, 3), "pointwise": (4, 8, 1, 1)}
    shapes |= {"layer": (16, 4, 1, 1)}
    nodes, last = [], "face"
    for name in shapes:
        groups = 8 if name == "depthwise" else 1
        nodes.append(helper.make_node("Conv", [last, f"{name}.w"], [name], group=groups))
        last = name
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "head.w"], ["logits"]),
        helper.make_node("Identity", ["logits"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "separable",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 5])],
        [
            numpy_helper.from_array(rng.normal(0, 0.3, shape).astype(np.float32), f"{name}.w")
            for name, shape in (shapes | {"head": (16, 5)}).items()
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), path)
    return path


def test_a_separable_networks_first_block_stays_float(tmp_path: Path) -> None:
    ready, made = tmp_path / "ready.onnx", tmp_path / "int8.onnx"
    prepare_graph(write_separable(tmp_path / "net.onnx"), ready, CARD)
    to_int8(ready, made, (face[np.newaxis] for face in faces(8)))
    kinds = {tuple(tensor.dims): tensor.data_type for tensor in onnx.load(made).graph.initializer}
    block = [(8, 3, 3, 3), (8, 1, 3, 3), (4, 8, 1, 1)]
    assert [kinds[shape] for shape in block] == [TensorProto.FLOAT] * 3
    assert kinds[16, 4, 1, 1] == TensorProto.INT8


def test_quantising_says_nothing_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    versions(tmp_path)
    assert not caplog.records
    assert not "".join(capfd.readouterr()).strip()


def test_only_the_operators_that_are_used_are_asked_for(tmp_path: Path) -> None:
    """An older ONNX Runtime may not know the others that the optimiser declares."""
    for path in versions(tmp_path).values():
        assert [opset.domain for opset in onnx.load(path).opset_import] == [""]


def test_the_gate_lets_the_limits_pass() -> None:
    check_version(GOOD, "net")
    check_version(Comparison(NetworkFigures(2.0, 0.795, 700), GOOD.original, 0.98), "net")


@pytest.mark.parametrize(
    ("comparison", "reason"),
    [
        (
            replace(GOOD, version=NetworkFigures(2.01, 0.8, 700)),
            "it is slower than float: 1.005 of",
        ),
        (
            replace(GOOD, version=NetworkFigures(1, 0.794, 700)),
            r"it loses 0\.60 points of .* than 0\.5:",
        ),
        (replace(GOOD, agreement=0.979), r"it changes 2\.10% of the labels, more than 2%: 0\.750"),
        (
            Comparison(NetworkFigures(3, 0.7, 1), GOOD.original, 0.9),
            "slower .* and .* 10.* and .* 10",
        ),
        (replace(GOOD, version=NetworkFigures(float("nan"), 0.8, 700)), "slower"),
        (replace(GOOD, version=NetworkFigures(1, float("nan"), 700)), "loses"),
    ],
)
def test_the_gate_names_reason_and_figures(comparison: Comparison, reason: str) -> None:
    with pytest.raises(ModelError, match=f"net_int8: not written, .*{reason}") as raised:
        check_version(comparison, "net_int8")
    assert "\n" not in str(raised.value)
    assert comparison.describe() in str(raised.value)


def test_a_comparison_counts_labels_and_hits_of_each_data_set(
    tmp_path: Path, prepared: PreparedDataset
) -> None:
    right = write_tints(tmp_path / "right.onnx")
    wrong = write_tints(tmp_path / "wrong.onnx", shift=1)
    few = replace(prepared.valid, images=prepared.valid.images[:1], labels=np.array([4]))
    same, other = compare_versions(right, [right, wrong], [prepared.valid, few])
    assert (same.version.accuracy, same.agreement, same.lost) == (0.5, 1, 0)  # `few` is mislabelled
    assert (other.version.accuracy, other.agreement, other.lost) == (0, 0, 50)
    assert same.version.size == right.stat().st_size
    assert same.ratio > 0


def test_the_race_gives_the_median_of_each_in_milliseconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a clock that the runners move: the other's time, and a slow start, do not count."""
    clock = [0.0]
    monkeypatch.setattr("fer_video.exporters.evaluation.comparison.thread_time", lambda: clock[0])

    class Taking:
        def __init__(self, seconds: float) -> None:
            self.seconds, self.runs = seconds, 0

        def run(self, _face: NDArray[np.float32]) -> None:
            self.runs += 1
            clock[0] += self.seconds * (100 if self.runs < 20 else 1)

    quick, slow = Taking(0.002), Taking(0.006)
    times = time_in_turns([(quick, faces(1)), (slow, faces(1))], rounds=50)  # type: ignore[list-item]
    assert times == pytest.approx([2, 6])
    assert quick.runs == slow.runs > 50


def test_calibration_faces_are_of_every_class_and_from_training(prepared: PreparedDataset) -> None:
    crops = calibration_crops([prepared], SIDE)
    train = {face.image.tobytes() for face in prepared.train.images}
    assert len(crops) == len(train) == 36  # few enough to take all
    assert {crop.shape for crop in crops} == {(SIDE, SIDE, 3)}
    same = calibration_crops([prepared], 32)
    assert {crop.tobytes() for crop in same} == train


def test_the_command_writes_what_passes_with_its_card(
    tmp_path: Path, tinted: Path, took: Callable[..., None]
) -> None:
    took(2.0, 1.0, 1.5)
    net, output = write_tints(tmp_path / "net.onnx"), tmp_path / "new" / "folder"
    result = invoke("--model", net, "--data", tinted, "--layout", "folders", "--output", output)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "net_int8.onnx: 0.500 of float's time (1.000 ms a face against 2.000)" in result.stderr
    written = {path.name for path in output.iterdir()}
    assert written == {f"net_{name}.{kind}" for name in PRECISIONS for kind in ("onnx", "md")}

    card = Classifier(str(output / "net_int8.onnx"), CPU).card
    assert replace(card, name=CARD.name, figures={}, recipe={}, tools={}) == replace(
        CARD, figures={}, recipe={}, tools={}
    )
    assert card.name == "tints_int8"
    assert card.figures["float: made test: accuracy"] == 0.75
    assert card.figures["int8: time of float's"] == 0.5
    assert card.figures["int8: ms a face"] == 1
    assert card.figures["float: ms a face"] == 2
    assert card.figures["int8: validation accuracy"] == 1
    assert card.figures["int8: validation accuracy lost, points"] == 0
    assert card.figures["int8: labels that agree"] == 1
    assert card.recipe["seed"] == 7
    assert card.recipe["int8: format"] == "QDQ"
    assert card.recipe["int8: calibration faces"] == 36
    assert card.tools["opset"] == "18"
    assert "onnxruntime" in card.tools["quantised with"]
    assert "| int8: activations | uint8" in (output / "net_int8.md").read_text()
    keys = [entry.key for entry in onnx.load(output / "net_fp16.onnx").metadata_props]
    assert keys == [CARD_KEY]


def test_a_card_beside_the_file_will_do(
    tmp_path: Path, tinted: Path, took: Callable[..., None]
) -> None:
    took(2.0, 1.0)
    net = write_tints(tmp_path / "net.onnx", card=None)
    net.with_suffix(".json").write_text(CARD.to_json())
    data = ("--data", tinted, "--layout", "folders")
    invoke("--model", net, *data, "--precision", "int8", "--output", tmp_path / "out")
    assert Classifier(str(tmp_path / "out" / "net_int8.onnx"), CPU).card.name == "tints_int8"


def test_the_command_refuses_one_and_writes_the_other(
    tmp_path: Path, tinted: Path, took: Callable[..., None]
) -> None:
    took(2.0, 1.0, 2.1)
    net, output = write_tints(tmp_path / "net.onnx"), tmp_path / "out"
    result = invoke("--model", net, "--data", tinted, "--layout", "folders", "--output", output)
    assert result.exit_code == 0
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("fer-video: ")]
    assert "net_fp16.onnx: not written, it is slower than float: 1.050 of float's time" in line
    assert {path.name for path in output.iterdir()} == {"net_int8.onnx", "net_int8.md"}


def test_the_command_fails_when_nothing_passes(
    tmp_path: Path, tinted: Path, took: Callable[..., None]
) -> None:
    took(2.0, 2.2, 2.1)
    net, output = write_tints(tmp_path / "net.onnx"), tmp_path / "out"
    result = invoke("--model", net, "--data", tinted, "--layout", "folders", "--output", output)
    assert result.exit_code == 1
    assert sum(line.startswith("fer-video: ") for line in result.stderr.splitlines()) == 2
    assert not output.exists()


def test_networks_of_other_labels_are_measured_on_theirs(
    tmp_path: Path, tinted: Path, took: Callable[..., None]
) -> None:
    took(2.0, 1.0)
    own = ("alert", "bored", "calm", "eager", "tired")
    for name, label in zip(EXPRESSIONS, own, strict=True):
        (tinted / name).rename(tinted / label)
    save_tinted(tinted, per_class=3)
    net = write_tints(tmp_path / "net.onnx", card=replace(CARD, labels=own))
    data = ("--data", tinted, "--layout", "folders", "--precision", "int8")
    result = invoke("--model", net, *data, "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    card = Classifier(str(tmp_path / "out/net_int8.onnx"), CPU).card
    assert card.labels == own
    assert card.figures["int8: validation accuracy"] == 1


def test_network_that_guesses_is_refused(tmp_path: Path, tinted: Path) -> None:
    net = write_tints(tmp_path / "net.onnx", shift=1)
    words = ("--model", net, "--data", tinted, "--layout", "folders", "--output", tmp_path / "out")
    with pytest.raises(ModelError, match=r"net\.onnx: reads 0% .*guessing 20%; train it first"):
        invoke(*words)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_quantised_is_named(
    tmp_path: Path, tinted: Path, took: Callable[..., None]
) -> None:
    took(2.0, 1.0)
    data = ("--data", tinted, "--layout", "folders", "--output", tmp_path / "out")
    files = versions(tmp_path)
    for name, found in (("int8", "QuantizeLinear"), ("fp16", "float16 weights")):
        with pytest.raises(ModelError, match=rf"net_{name}\.onnx: has .*{found}.* already"):
            invoke("--model", files[name], *data)
    with pytest.raises(OptionsError, match="precision int4: choose one of int8, fp16"):
        invoke("--model", files["float"], *data, "--precision", "int4")
    bare = write_tints(tmp_path / "bare.onnx", card=None)
    with pytest.raises(ModelError, match="no model card"):
        invoke("--model", bare, *data)


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, tinted: Path, took: Callable[..., None]
) -> None:
    took(2.0, 1.0, 1.0)
    (tmp_path / "file").touch()
    words = ("--model", write_tints(tmp_path / "net.onnx"), "--data", tinted)
    with pytest.raises(OutputError, match="file: cannot be made"):
        invoke(*words, "--layout", "folders", "--output", tmp_path / "file")


def test_data_without_validation_faces_is_named(tmp_path: Path) -> None:
    save_tinted(tmp_path / "data" / "train", per_class=1)
    data = ("--data", tmp_path / "data", "--layout", "folders")
    net = write_tints(tmp_path / "net.onnx")
    with pytest.raises(DataError, match="data: no face in its split valid"):
        invoke("--model", net, *data, "--output", tmp_path)


def test_missing_onnx_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(FerError, match=r"package onnx; .* pip install '\.\[train\]'"):
        import_onnx()
