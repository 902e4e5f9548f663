"""`fer-video models card`: a card for a network that has none, by flags, by answers, by guesses."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from fer_video.engine.network.card import ModelCard
from tests.command_line import assert_one_complaint, records
from tests.conftest import Cli
from tests.networks import EIGHT, classifier_card, write_labelled

LABELS = ",".join(EIGHT)


def network(folder: Path, notes: dict[str, str] | None = None, **values: Any) -> Path:
    """own.onnx without a card, and perhaps with other metadata."""
    path = write_labelled(
        folder / "own.onnx", classifier_card(labels=EIGHT, **values), carded=False
    )
    if notes:
        model = onnx.load(path)
        onnx.helper.set_model_props(model, notes)
        onnx.save(model, str(path))
    return path


def written(folder: Path) -> ModelCard:
    return ModelCard.from_json((folder / "own.json").read_text(), "own.json")


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "logits"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("colour", ["RGB", "GRAY"])
def test_guesses_come_from_the_file_and_are_told(
    cli: Cli, tmp_path: Path, activation: str, layout: str, colour: str
) -> None:
    network(tmp_path, activation=activation, layout=layout, colour=colour)
    run = cli("models", "card", "own.onnx", "--labels", LABELS)
    assert run.returncode == 0, run.stderr
    card = written(tmp_path)
    assert card.labels == EIGHT
    assert (card.input_height, card.input_width, card.colour) == (16, 16, colour)
    assert (card.layout, card.neutral) == (layout, "neutral")
    assert (card.mean, card.scale) == (0, 1 / 255)
    if activation != "sigmoid":  # whose outputs may be logits, too
        assert card.activation == activation
    for line in ("size: 16 (gue", f"colour: {colour} (gu", f"layout: {layout} (g", "scaling: 0,1"):
        assert line in run.stderr
    assert "labels: " not in run.stderr  # which were no guess
    assert run.stdout == ""


def test_flags_are_what_the_card_says_and_the_network_runs_by_it(
    cli: Cli, tmp_path: Path, face_clip: Path
) -> None:
    network(tmp_path)
    scaling = ("--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225")
    words = (
        "--labels",
        LABELS,
        "--neutral",
        "sadness",
        "--colour",
        "BGR",
        "--activation",
        "logits",
    )
    run = cli("models", "card", "own.onnx", *words, *scaling, "--size", "16", "--layout", "NCHW")
    assert run.returncode == 0, run.stderr
    assert "guessed" not in run.stderr
    card = written(tmp_path)
    assert (card.colour, card.neutral) == ("BGR", "sadness")
    assert card.mean == pytest.approx((123.675, 116.28, 103.53))
    assert card.scale == pytest.approx((1 / 58.395, 1 / 57.12, 1 / 57.375))
    run = cli("--source", face_clip, "--model", "own.onnx", "--json", "out.jsonl")
    assert run.returncode == 0, run.stderr
    assert tuple(records(tmp_path / "out.jsonl")[0]["faces"][0]["scores"]) == EIGHT


@pytest.mark.parametrize(
    ("levels", "mean", "scale"),
    [("0,1", 0, 1 / 255), ("-1,1", 127.5, 1 / 127.5), ("0,255", 0, 1)],
)
def test_range_says_what_black_and_white_become(
    cli: Cli, tmp_path: Path, levels: str, mean: float, scale: float
) -> None:
    network(tmp_path)
    run = cli("models", "card", "own.onnx", "--labels", LABELS, "--range", levels)
    assert run.returncode == 0, run.stderr
    card = written(tmp_path)
    assert card.mean == pytest.approx(mean)
    assert card.scale == pytest.approx(scale)


@pytest.mark.parametrize(
    "notes",
    [
        {"labels": LABELS},
        {"names": json.dumps(EIGHT)},
        {"names": str(dict(enumerate(EIGHT)))},
        {"id2label": json.dumps({str(i): name for i, name in enumerate(EIGHT)})},
        {"labels": "no, labels", "classes": str(EIGHT)},
    ],
)
def test_labels_in_the_metadata_are_found(cli: Cli, tmp_path: Path, notes: dict[str, str]) -> None:
    network(tmp_path, notes)
    run = cli("models", "card", "own.onnx")
    assert run.returncode == 0, run.stderr
    assert written(tmp_path).labels == EIGHT
    assert f"labels: {LABELS} (guessed" in run.stderr


def test_what_no_flag_says_is_asked_for_and_enter_takes_the_guess(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{LABELS}\n\nBGR\n\n-1,1\n\n"))
    run = cli("models", "card", "own.onnx", "--ask")
    assert run.returncode == 0, run.stderr
    card = written(tmp_path)
    assert (card.labels, card.colour, card.mean, card.input_width) == (EIGHT, "BGR", 127.5, 16)
    assert "labels (of all outputs in order" in run.stderr
    assert run.stdout.strip() == ""


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((), ("labels", "the file does not tell", "--labels")),
        (("--labels", "a,b"), ("own.onnx", "(1, 8)", "labels names 2")),
        (("--labels", LABELS.replace("fear", "anger")), ("labels", "'anger'", "twice")),
        (("--labels", LABELS.replace("fear", "")), ("labels", "give each a name")),
        (("--labels", LABELS, "--neutral", "calm"), ("neutral calm", "none of the labels")),
        (("--labels", LABELS, "--colour", "CMYK"), ("colour", "CMYK", "RGB")),
        (("--labels", LABELS, "--colour", "GRAY"), ("colour", "GRAY", "correct them")),
        (("--labels", LABELS, "--size", "48"), ("own.onnx", "input_height", "48")),
        (("--labels", LABELS, "--size", "1000000000"), ("input_height", "1 to 4096")),
        (("--labels", LABELS, "--range", "1"), ("range 1", "-1,1")),
        (("--labels", LABELS, "--range", "a,b"), ("a,b", "numbers")),
        (("--labels", LABELS, "--mean", "0.5"), ("--mean and --std", "give both")),
        (("--labels", LABELS, "--mean", "120", "--std", "60"), ("mean 120", "divide by 255")),
        (("--labels", LABELS, "--mean", "0.5,0.5", "--std", "0.5"), ("mean", "three")),
        (
            ("--labels", LABELS, "--mean", "0", "--std", "1", "--range", "0,1"),
            ("--range", "--mean", "give one"),
        ),
    ],
)
def test_answers_that_no_card_can_have_are_refused_and_nothing_is_written(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...], words: tuple[str, ...]
) -> None:
    network(tmp_path)
    run = cli("models", "card", "own.onnx", *flags)
    assert run.returncode == 1
    complaint = run.stderr.splitlines()[-1]
    assert complaint.startswith("fer-video: ")
    assert all(word in complaint for word in words), complaint
    assert not (tmp_path / "own.json").exists()


def test_card_that_is_there_is_replaced_only_when_told_to(cli: Cli, tmp_path: Path) -> None:
    network(tmp_path)
    (tmp_path / "own.json").write_text("precious, and broken")
    run = cli("models", "card", "own.onnx", "--labels", LABELS)
    assert_one_complaint(run, "own.json: is there already", "--replace")
    assert (tmp_path / "own.json").read_text() == "precious, and broken"
    run = cli("models", "card", "own.onnx", "--labels", LABELS, "--replace")
    assert run.returncode == 0, run.stderr
    assert written(tmp_path).labels == EIGHT


def test_card_inside_the_file_is_not_contradicted_by_one_beside_it(
    cli: Cli, tmp_path: Path
) -> None:
    write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    run = cli("models", "card", "own.onnx", "--labels", LABELS, "--replace")
    assert_one_complaint(run, "own.onnx: has a card inside")
    assert not (tmp_path / "own.json").exists()


def test_file_that_is_no_such_network_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    assert_one_complaint(cli("models", "card", "text.onnx"), "text.onnx", "not an ONNX model")
    assert_one_complaint(cli("models", "card", "none.onnx"), "none.onnx", "no such model file")


def test_network_of_one_face_at_a_time_and_open_size_is_described(cli: Cli, tmp_path: Path) -> None:
    path = network(tmp_path)
    model = onnx.load(path)
    for place, value in ((0, 1), (2, None), (3, None)):
        dimension = model.graph.input[0].type.tensor_type.shape.dim[place]
        dimension.Clear()
        if value is None:
            dimension.dim_param = f"side_{place}"
        else:
            dimension.dim_value = value
    onnx.save(model, str(path))
    assert_one_complaint(
        cli("models", "card", "own.onnx", "--labels", LABELS), "size", "--size", "pixels"
    )
    run = cli("models", "card", "own.onnx", "--labels", LABELS, "--size", "64")
    assert run.returncode == 0, run.stderr
    assert written(tmp_path).input_height == 64


@pytest.mark.parametrize("channels", [3, 4])
def test_network_that_reads_bytes_is_described_where_they_are_four_a_pixel(
    cli: Cli, tmp_path: Path, channels: int
) -> None:
    helper = onnx.helper
    nodes = [
        helper.make_node("Cast", ["input"], ["levels"], to=onnx.TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["levels", "axes"], ["scores"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "bytes",
        [helper.make_tensor_value_info("input", onnx.TensorProto.UINT8, ["n", 32, 32, channels])],
        [helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["n", channels])],
        [onnx.numpy_helper.from_array(np.array([1, 2]), "axes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(tmp_path / "own.onnx"))
    for flags in (("--range", "-1,1"), ("--mean", "0.5", "--std", "0.5")):
        refused = cli("models", "card", "own.onnx", "--labels", "a,b,c,d", *flags)
        says = "as uint8" if channels == 3 else "four bytes a pixel as they are; leave out --range"
        assert_one_complaint(refused, says)
    run = cli("models", "card", "own.onnx", "--labels", "a,b,c,d")
    if channels == 3:
        assert_one_complaint(run, "own.onnx: reads", "as uint8", "with a float32 input")
        return
    assert run.returncode == 0, run.stderr
    card = written(tmp_path)
    assert (card.colour, card.layout, card.mean, card.scale) == ("RGBX", "NHWC", 0, 1)
