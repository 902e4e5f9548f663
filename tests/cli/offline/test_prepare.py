"""`prepare`, `teach` and `train --faces`: each takes what the one before wrote."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer_video.cli.offline.material import of_pack
from fer_video.exporters.augment.augmentation import PAPER
from fer_video.exporters.training import phases
from fer_video.exporters.training.pack import load_pack
from fer_video.exporters.training.recipes import RECIPES
from tests.conftest import Cli
from tests.labelled_faces import pack, save, save_classes
from tests.small_training import recipes_with, step_by_step

SMALL = {
    "epochs": 1,
    "batch_size": 8,
    "epoch_samples": 16,
    "side": 32,
    "augmentation": PAPER,
    "warmup_steps": 1,
}


@pytest.fixture
def prepared(cli: Cli, tmp_path: Path) -> Path:
    """Forty faces of five classes, and six without a label."""
    save_classes(tmp_path / "set", 8)
    for seed in range(6):
        save(tmp_path / "web" / f"{seed}.png", 900 + seed)
    web = pack(tmp_path / "web", tmp_path / "web.zip")
    output = tmp_path / "faces.npz"
    run = cli(
        *("prepare", "--data", str(tmp_path / "set"), "--layout", "folders"),
        *("--unlabelled", str(web), "--output", str(output)),
    )
    assert run.returncode == 0, run.stderr
    assert "35 faces to train on" in run.stderr
    return output


@pytest.fixture
def _small_networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(phases, "RECIPES", recipes_with(**SMALL))
    with step_by_step():
        yield


def test_prepared_faces_are_all_there(prepared: Path) -> None:
    faces = load_pack(prepared)
    assert [(f.name, len(f.images)) for f in faces.train] == [("set", 29), ("web", 6)]
    assert [(f.name, len(f.images)) for f in faces.valid] == [("set", 5)]
    assert faces.record["unlabelled"] == {"web": 6}


@pytest.mark.usefixtures("_small_networks")
def test_a_teacher_speaks_of_what_it_did_not_learn_and_a_network_learns_from_it(
    cli: Cli, prepared: Path, tmp_path: Path
) -> None:
    faces = ("--faces", str(prepared))
    taught = cli("teach", *faces, "--fold", "1", "2", "--output", str(tmp_path / "T"))
    assert taught.returncode == 0, taught.stderr
    with np.load(tmp_path / "T" / "opinions.npz") as said:
        assert said["set/scores"].shape == (15, 5)
        assert said["web/names"].tolist() == [f"{seed}.png#0" for seed in range(6)]
        np.testing.assert_allclose(said["web/scores"].sum(axis=1), 1, atol=1e-2)
    opinions = ("--opinions", str(tmp_path / "T" / "opinions.npz"))
    run = cli(
        *("train", "--model", "mobilenetv2", "--from", "mobilenetv2", "--recipe", "tuned"),
        *(*faces, *opinions, "--output", str(tmp_path / "M")),
    )
    assert run.returncode == 0, run.stderr
    record = json.loads((tmp_path / "M" / "run.json").read_text())
    assert record["start"] == "weights of mobilenetv2.onnx"
    assert record["unlabelled"] == {"web": 6}
    assert record["temperature"] > 0
    assert record["teacher"] == "1 folds"
    assert record["recipe"]["distillation"] == RECIPES["tuned"]["mobilenetv2"][0].distillation
    assert record["recipe"]["kept"] == 0  # these faces are new to the network that it goes on from


@pytest.mark.usefixtures("_small_networks")
def test_a_network_learns_from_a_teacher_that_reads_each_crop(
    cli: Cli, prepared: Path, tmp_path: Path
) -> None:
    faces = ("--faces", str(prepared))
    run = cli(
        *("train", "--model", "mobilenetv2", "--from", "mobilenetv2", "--recipe", "taught"),
        *(*faces, "--teacher", "mobilenetv2", "--output", str(tmp_path / "M")),
    )
    assert run.returncode == 0, run.stderr
    record = json.loads((tmp_path / "M" / "run.json").read_text())
    assert record["teacher"] == "mobilenetv2"
    assert "AffectNet: non-commercial" in record["terms of the teacher"]
    assert record["unlabelled"] == {"web": 6}
    assert record["recipe"]["live"]
    assert np.isfinite(record["history"][0]["loss"])  # faces without a label have targets, too


def test_faces_that_nobody_labels_are_neither_learnt_nor_named(prepared: Path) -> None:
    material = of_pack(prepared, [], [], 0.0, live=False)
    assert [faces.name for faces in material.train] == ["set"]
    assert material.record["unlabelled"] == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("teach", "--fold", "3", "2"), "--fold 3 2: give K from 1 to N"),
        (("train", "--data", "set"), "give either --data with --layout, or --faces"),
        (("train", "--from", "detector"), "finds faces; give a network that reads"),
        (("train", "--labels", "happy,sad"), "--labels go with --data"),
        (("train", "--teacher", "cnn", "--unlabelled", "a.zip"), "--unlabelled go with --data"),
        (
            ("train", "--recipe", "taught", "--from", "cnn", "--teacher", "gone.keras"),
            "gone.keras: no such file",
        ),
        (
            ("train", "--recipe", "tempered", "--from", "cnn"),
            "cnn learnt none of set: the recipe tempered goes on with what it learnt",
        ),
        (
            ("train", "--recipe", "best", "--teacher", "T/best.keras"),
            "the recipe best asks teachers as .onnx files; export the .keras one",
        ),
        (("train", "--from", "none.onnx"), "--from none.onnx: no such file"),
        (("train", "--from", "none.keras"), "--from none.keras: no such file"),
    ],
)
def test_what_does_not_fit_is_one_line(
    cli: Cli, prepared: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    run = cli(*arguments, "--faces", str(prepared), "--output", str(tmp_path / "R"))
    assert run.returncode == 1
    assert said in run.stderr.splitlines()[-1]


def test_opinions_without_their_faces_are_refused(cli: Cli, tmp_path: Path) -> None:
    run = cli(
        *("train", "--data", str(save_classes(tmp_path / "set", 2)), "--layout", "folders"),
        *("--opinions", "opinions.npz", "--output", str(tmp_path / "R")),
    )
    assert run.returncode == 1
    assert "--opinions are about --faces" in run.stderr
