"""Networks with labels of their own: whatever their number and order, through the whole engine."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.engine import Csv, EngineOptions, JsonLines, OptionsError, VideoWriter, open_pipeline
from fer_video.engine.errors import ModelError, OutputError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.models import find_model
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.smooth.baseline import NeutralBaseline
from tests.command_line import assert_one_complaint, records
from tests.conftest import Cli
from tests.media import decoded, write_image
from tests.networks import EIGHT, classifier_card, write_labelled, write_reordered

SEVEN = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
ORDER = (3, 0, 4, 2, 1)


def run(clip: Path, folder: Path, model: Path | str, **options: Any) -> list[dict[str, Any]]:
    """Annotate a clip: out.mp4, out.jsonl and out.csv in a folder; the records."""
    folder.mkdir()
    chosen = EngineOptions(model=str(model), precision="auto", **options)
    with (
        open_pipeline(clip, chosen) as pipeline,
        JsonLines(folder / "out.jsonl") as lines,
        Csv(folder / "out.csv") as table,
        VideoWriter(folder / "out.mp4", pipeline.info) as video,
    ):
        for result in pipeline:
            lines.write(result)
            table.write(result)
            video.write(result)
    return records(folder / "out.jsonl")


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "out.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "options", [{}, {"calibrate": 0.2, "smoothing": 0.2}, {"min_confidence": 0.6}]
)
def test_order_of_the_outputs_makes_no_difference(
    face_clip: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """Not to labels and scores, in records and tables, nor to what is drawn but the bars' order."""
    original = find_model("cnn")
    other = write_reordered(original, tmp_path / "reordered.onnx", ORDER)
    expected = run(face_clip, tmp_path / "a", original, **options)
    found = run(face_clip, tmp_path / "b", other, **options)
    assert sum(len(record["faces"]) for record in expected) >= 12
    for one, two in zip(expected, found, strict=True):
        for face, again in zip(one["faces"], two["faces"], strict=True):
            assert again["expression"] == face["expression"]
            for name in ("scores", "raw_scores"):
                assert again[name] == pytest.approx(face[name], abs=2e-4)
                assert list(again[name]) == [EXPRESSIONS[i] for i in ORDER]
    for row, twin in zip(rows(tmp_path / "a"), rows(tmp_path / "b"), strict=True):
        assert row.keys() == twin.keys()
        assert twin["expression"] == row["expression"]
        assert [float(twin[f"raw_{name}"]) for name in EXPRESSIONS] == pytest.approx(
            [float(row[f"raw_{name}"]) for name in EXPRESSIONS], abs=2e-4
        )
    box = expected[0]["faces"][0]["box"]
    tab = np.s_[: round(box[1]) - 1, : round(box[0] + box[2])]  # label and colour, not the bars
    for picture, again in zip(
        decoded(tmp_path / "a/out.mp4"), decoded(tmp_path / "b/out.mp4"), strict=True
    ):
        pixels = [np.asarray(p.to_ndarray(format="rgb24"), int)[tab] for p in (picture, again)]
        assert np.abs(pixels[0] - pixels[1]).mean() < 1


@pytest.mark.parametrize("labels", [SEVEN, EIGHT, ("calm", "not calm")])
@pytest.mark.parametrize("activation", ["logits", "softmax", "sigmoid"])
def test_network_of_any_number_of_labels_runs_by_the_card_beside_it(
    face_clip: Path, tmp_path: Path, labels: tuple[str, ...], activation: str
) -> None:
    card = classifier_card(labels=labels, activation=activation)
    network = write_labelled(tmp_path / "own.onnx", card, carded=False)
    network.with_suffix(".json").write_text(card.to_json())
    found = run(face_clip, tmp_path / "out", network)
    for record in found:
        for face in record["faces"]:
            assert tuple(face["scores"]) == labels
            assert sum(face["raw_scores"].values()) == pytest.approx(1, abs=1e-3)
            assert face["expression"] in labels
    first = rows(tmp_path / "out")[0]
    assert set(labels) | {f"raw_{label}" for label in labels} <= first.keys()
    assert not ({"happy", "raw_happy"} - {*labels, *(f"raw_{n}" for n in labels)}) & first.keys()
    assert len(decoded(tmp_path / "out/out.mp4")) == 12


def test_header_of_a_table_names_the_labels_though_no_face_is_found(tmp_path: Path) -> None:
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    blank = [np.full((48, 64, 3), 90, np.uint8)]
    with (
        open_pipeline(blank, EngineOptions(model=str(network))) as pipeline,
        Csv(tmp_path / "out.csv") as table,
    ):
        for result in pipeline:
            assert result.labels == EIGHT
            table.write(result)
    (row,) = rows(tmp_path)
    assert set(EIGHT) <= row.keys()


@pytest.mark.parametrize("colour", ["RGB", "BGR", "GRAY"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_network_of_any_colour_and_layout_runs(
    face_clip: Path, tmp_path: Path, colour: str, layout: str
) -> None:
    card = classifier_card(labels=EIGHT, colour=colour, layout=layout, mean=0.0, scale=1 / 255)
    network = write_labelled(tmp_path / "own.onnx", card)
    found = run(face_clip, tmp_path / "out", network)
    assert {len(face["scores"]) for record in found for face in record["faces"]} == {8}


def test_scaling_may_differ_from_channel_to_channel(face_clip: Path, tmp_path: Path) -> None:
    """A channel's mean and scale stand in the place of its colour, whatever their order."""
    means, scales = (120.0, 110.0, 100.0), (1 / 60, 1 / 50, 1 / 40)
    rgb = classifier_card(labels=EIGHT, mean=means, scale=scales)
    bgr = replace(rgb, colour="BGR", mean=means[::-1], scale=scales[::-1])
    alike = replace(rgb, mean=110.0, scale=1 / 50)
    found = []
    for name, card in (("rgb", rgb), ("bgr", bgr), ("alike", alike)):
        network = write_labelled(tmp_path / f"{name}.onnx", replace(card, colour="RGB"))
        if card.colour == "BGR":
            network = reversed_channels(network, card)
        found.append(run(face_clip, tmp_path / name, network)[0]["faces"][0]["raw_scores"])
    assert found[1] == pytest.approx(found[0], abs=2e-4)
    assert found[2] != pytest.approx(found[0], abs=2e-2)


def reversed_channels(network: Path, card: Any) -> Path:
    """The network with its weights in the order of BGR, and this card."""
    import onnx  # noqa: PLC0415
    from onnx import numpy_helper  # noqa: PLC0415

    from fer_video.engine.network.card import CARD_KEY  # noqa: PLC0415

    model = onnx.load(network)
    (weights,) = (tensor for tensor in model.graph.initializer if tensor.name == "weights")
    turned = np.ascontiguousarray(numpy_helper.to_array(weights)[::-1])
    weights.CopyFrom(numpy_helper.from_array(turned, "weights"))
    onnx.helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, network.with_stem("bgr_turned"))
    return network.with_stem("bgr_turned")


def test_calibration_counts_from_the_label_that_the_card_calls_neutral(
    face_clip: Path, tmp_path: Path
) -> None:
    labels = ("cross", "serene", "glad")
    card = classifier_card(labels=labels, neutral="serene", mean=0.0, scale=1.0)
    network = write_labelled(tmp_path / "own.onnx", card)
    found = run(face_clip, tmp_path / "out", network, calibrate=0.2, smoothing=0)
    first, last = found[0]["faces"][0], found[-1]["faces"][0]
    assert first["scores"] == first["raw_scores"]
    assert last["expression"] == "serene"
    assert last["scores"]["serene"] > 0.8


@pytest.mark.parametrize("labels", [("cross", "glad"), ("angry", "Neutral")])
def test_calibration_without_a_neutral_label_is_refused_with_the_way_out(
    face_clip: Path, tmp_path: Path, labels: tuple[str, ...], cli: Cli
) -> None:
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=labels))
    with pytest.raises(OptionsError) as caught:
        open_pipeline(face_clip, EngineOptions(model=str(network), calibrate=2.0))
    for part in ("calibrate 2: ", *labels, "field neutral"):
        assert part in str(caught.value)
    said = cli("--source", face_clip, "--model", network, "--calibrate", "2", "--json", "-")
    assert_one_complaint(said, "calibrate 2", "neutral")


def test_calibration_asked_for_while_it_runs_is_refused_the_same_way(
    face_clip: Path, tmp_path: Path
) -> None:
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=("cross", "glad")))
    baseline = NeutralBaseline()
    options = EngineOptions(model=str(network), smoothing=0)
    with open_pipeline(face_clip, options, baseline=baseline) as pipeline:
        for result in pipeline:
            with pytest.raises(OptionsError, match="none of the network's labels is neutral"):
                baseline.calibrate()
            for reading in result.readings:
                assert np.array_equal(reading.scores, reading.raw_scores)


@pytest.mark.parametrize("label", ["time", "id", "raw_glad", "nose_x", "source"])
def test_label_that_is_a_column_already_is_refused_by_a_table_alone(
    face_clip: Path, tmp_path: Path, label: str, cli: Cli
) -> None:
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=("glad", label)))
    said = cli("--source", face_clip, "--model", network, "--csv", "out.csv")
    assert_one_complaint(said, f"the label {label}", "--json")
    said = cli("--source", face_clip, "--model", network, "--json", "out.jsonl")
    assert said.returncode == 0, said.stderr
    assert label in records(tmp_path / "out.jsonl")[0]["faces"][0]["scores"]


def test_frames_of_two_networks_are_no_table(face_clip: Path, tmp_path: Path) -> None:
    own = write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    results = []
    for model in ("cnn", str(own)):
        with open_pipeline(face_clip, EngineOptions(model=model, max_frames=1)) as pipeline:
            results += list(pipeline)
    with Csv(tmp_path / "out.csv") as table:
        table.write(results[0])
        with pytest.raises(OutputError, match="a table for each network"):
            table.write(results[1])


@pytest.mark.parametrize(
    "wrong", [{"layout": "NHWC"}, {"colour": "GRAY"}, {"input_height": 8, "input_width": 8}]
)
def test_input_that_is_not_the_card_s_is_named_with_the_fields(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    card = classifier_card(labels=EIGHT)
    network = write_labelled(tmp_path / "own.onnx", card, carded=False)
    network.with_suffix(".json").write_text(replace(card, **wrong).to_json())
    with pytest.raises(ModelError, match=r"own\.onnx: its card's fields layout, colour, input_h"):
        Classifier(str(network), SessionOptions())


@pytest.mark.parametrize("command", ["predict", "run", "profile"])
def test_eight_labels_through_the_command_line(
    face_clip: Path, tmp_path: Path, cli: Cli, command: str
) -> None:
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    commands: dict[str, Callable[[], tuple[str | Path, ...]]] = {
        "predict": lambda: ("predict", "--json", _still(face_clip, tmp_path)),
        "run": lambda: ("--source", face_clip, "--output", "out.mp4", "--json", "-"),
        "profile": lambda: ("profile", "--source", face_clip),
    }
    said = cli(*commands[command](), "--model", network)
    assert said.returncode == 0, said.stderr
    if command != "profile":
        record = json.loads(said.stdout.splitlines()[0])
        assert tuple(record["faces"][0]["scores"]) == EIGHT


def _still(clip: Path, folder: Path) -> Path:
    picture = np.asarray(decoded(clip)[0].to_ndarray(format="rgb24"), np.uint8)
    return write_image(folder / "still.png", picture)


def test_reading_gives_its_scores_by_their_names(face_clip: Path, tmp_path: Path) -> None:
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    with open_pipeline(face_clip, EngineOptions(str(network), max_frames=1)) as pipeline:
        (reading,) = next(pipeline).readings
    assert dict(reading) == dict(zip(EIGHT, reading.scores.tolist(), strict=True))
    with pytest.raises(KeyError, match="happy: no such expression; it is one of anger, contempt"):
        reading["happy"]
