"""The offline commands in a row: train, export, evaluate, on a data set made here."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from fer_video.cli.offline.evaluate import evaluate
from fer_video.cli.offline.export import export
from fer_video.cli.offline.material import of_datasets
from fer_video.cli.offline.teach import teach
from fer_video.cli.offline.train import train
from fer_video.cli.options.extras import import_tensorflow
from fer_video.cli.options.offline import pairs
from fer_video.engine.errors import DataError, FerError, OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.augment.augmentation import PAPER
from fer_video.exporters.training.recipes import RECIPES
from tests.labelled_faces import damage, encrypt, pack, save_classes

app = typer.Typer()
for command in (train, teach, export, evaluate):
    app.command()(command)


def run(*words: str | Path) -> str:
    """One command's output, stderr included; its own exception, if there is one."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_network_is_trained_exported_and_evaluated(tmp_path: Path) -> None:
    folder, output, onnx = tmp_path / "data", tmp_path / "run", tmp_path / "net.onnx"
    data = ("--data", save_classes(folder, 5, (*EXPRESSIONS, "sad")), "--layout", "folders")
    weights = ("--weights", output / "best.keras")
    learn = ("train", *data, "--output", output, "--recipe", "paper", "--epochs", "1")

    said = run(*learn)
    assert "data, train: kept angry 3, disgust 2, happy 3, neutral 3, surprise 3" in said
    written = {path.name for path in output.iterdir()}
    assert written == {"best.keras", "checkpoint.npz", "curves.png", "run.json"}
    resumed = run(*learn, "--resume")  # nothing is left to do
    assert resumed.splitlines()[-1] == said.splitlines()[-1]

    assert "net.onnx: 2.74 MB" in run("export", *weights, "--output", onnx)
    report = tmp_path / "report"
    table = run("evaluate", "--model", onnx, *data, "--crops", "--output", report)
    assert "# net on data test, crops: 6 images" in table

    run("export", *weights, "--output", onnx, "--report", report)
    measured, card = json.loads((report / "report.json").read_text()), (tmp_path / "net.md")
    assert f"| data test, crops: accuracy | {measured['accuracy']:.4g} |" in card.read_text()

    least = json.loads((output / "run.json").read_text())["min_confidence"]  # of a sad face
    assert f"`uncertain` under a confidence of {least:g}." in card.read_text()
    assert "It has a label for every face" not in card.read_text()
    assert "every face will be labelled" not in said
    assert "By the network's own threshold, of the faces found: uncertain " in table
    share = measured["uncertain"]["uncertain, showing none"]
    assert f"| data test, crops: uncertain, showing none | {share:.4g} |" in card.read_text()

    record = json.loads((output / "run.json").read_text())
    (output / "run.json").write_text(json.dumps({n: record[n] for n in record if "temp" not in n}))
    assert "its training was not finished" in run("export", *weights, "--output", onnx)


@pytest.mark.parametrize("teacher", [None, "cnn"])
@pytest.mark.parametrize(("recipe", "learnt"), [("own", 7), ("paper", 0)])
def test_faces_that_show_none_of_the_labels_are_learnt_as_each_of_them_alike(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    teacher: str | None,
    recipe: str,
    learnt: int,
) -> None:
    """As from prepared faces; the paper's outputs are independent, and have no such target."""
    data = save_classes(tmp_path / "data", 10, (*EXPRESSIONS, "sad"))
    phase = replace(RECIPES[recipe]["cnn"][-1], augmentation=PAPER)  # no landmarks are looked for
    sets = [(data, "folders")]
    teachers = [teacher] if teacher else []
    material = of_datasets(sets, EXPRESSIONS, phase, "detector", tmp_path, teachers, [])
    (faces,) = material.train
    assert faces.known.sum() == 36
    assert (~faces.known).sum() == learnt
    assert (faces.targets[~faces.known] == np.float32(1 / 5)).all()
    told = f"of the dropped ones {learnt} are learnt as faces that show none of the labels"
    assert (told in capsys.readouterr().err) == (learnt > 0)


@pytest.mark.parametrize("record", ["run.json", "phase1/run.json"])
def test_a_training_is_not_replaced_by_mistake(tmp_path: Path, record: str) -> None:
    """Nor one that was interrupted in a later phase."""
    (tmp_path / "run" / record).parent.mkdir(parents=True)
    (tmp_path / "run" / record).write_text("{}")
    data = ("--data", save_classes(tmp_path / "data", 3), "--layout", "folders")
    for model in ("cnn", "detector"):
        with pytest.raises(OptionsError, match=r"run: holds a training; .*--resume.*--overwrite"):
            run("train", *data, "--model", model, "--output", tmp_path / "run")
    with pytest.raises(OptionsError, match="holds a training"):
        run("teach", "--faces", tmp_path / "none.npz", "--output", tmp_path / "run")
    assert (tmp_path / "run" / record).read_text() == "{}"


def test_class_without_faces_is_refused_or_on_record(tmp_path: Path) -> None:
    folder = save_classes(tmp_path / "data", 3, ("angry", "happy", "neutral", "surprise"))
    (folder / "disgust").mkdir()
    learn = (
        *("train", "--data", folder, "--layout", "folders", "--output", tmp_path / "run"),
        *("--recipe", "paper", "--epochs", "1"),
    )
    with pytest.raises(DataError, match=r"no face to train on shows disgust: .*--allow-missing"):
        run(*learn)
    assert "every face will be labelled, and none `uncertain`" in run(*learn, "--allow-missing")
    assert json.loads((tmp_path / "run/run.json").read_text())["classes without faces"] == [
        "disgust"
    ]
    weights = ("--weights", tmp_path / "run/best.keras")
    run("export", *weights, "--output", tmp_path / "net.onnx")
    card = (tmp_path / "net.md").read_text()
    assert "no face that shows disgust" in card
    assert "It has a label for every face, also where the face shows none of them" in card


def test_each_data_set_has_a_layout() -> None:
    one, other = Path("a"), Path("b")
    assert pairs([one, other], ["folders"]) == [(one, "folders"), (other, "folders")]
    assert pairs([one, other], ["rafdb", "ferplus"]) == [(one, "rafdb"), (other, "ferplus")]
    with pytest.raises(OptionsError, match="2 --data but 3 --layout"):
        pairs([one, other], ["rafdb", "ferplus", "folders"])
    with pytest.raises(OptionsError, match="--data: set is there twice"):
        pairs([one / "set.zip", other / "set"], ["folders"])
    for archives in ([one / "web.zip", other / "web.zip"], [other / "a.zip"]):
        with pytest.raises(OptionsError, match=r"--data and --unlabelled: \w+ is there twice"):
            pairs([one], ["folders"], archives)


def test_missing_tensorflow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(FerError, match=r"TensorFlow; .* pip install '\.\[train\]'"):
        import_tensorflow()


def test_wrong_words_are_named(tmp_path: Path) -> None:
    data = ("--data", save_classes(tmp_path / "data", 1), "--layout", "folders")
    with pytest.raises(OptionsError, match="recipe worst: choose one of paper, best"):
        run("train", *data, "--output", tmp_path, "--recipe", "worst")
    with pytest.raises(OptionsError, match="recipe paper of cnn learns from labels alone"):
        run("train", *data, "--output", tmp_path, "--recipe", "paper", "--teacher", "cnn")
    with pytest.raises(OptionsError, match="model resnet: choose one of cnn, mobilenetv2"):
        run("train", *data, "--output", tmp_path, "--model", "resnet")
    with pytest.raises(OptionsError, match=r"0\.png: is a file; give --output a folder"):
        run("train", *data, "--output", tmp_path / "data" / "happy" / "0.png")
    with pytest.raises(OptionsError, match="split half: choose one of"):
        run("evaluate", *data, "--output", tmp_path, "--split", "half")


def test_a_damaged_picture_of_an_archive_is_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive = pack(save_classes(tmp_path / "set", 2), tmp_path / "set.zip")
    damage(archive, "happy/1.png")
    data = ("--data", archive, "--layout", "folders", "--crops", "--split", "all")
    said = run("evaluate", *data, "--output", tmp_path / "report")
    assert "9 images" in said
    assert "missing or broken: happy/1.png" in said
    assert f"{archive}: happy/1.png: is damaged or encrypted" in caplog.text
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["broken"] == ["happy/1.png"]


def test_an_encrypted_archive_is_told_from_an_empty_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = save_classes(tmp_path / "set", 1)
    archive = pack(folder, tmp_path / "set.zip")
    for path in folder.rglob("*.png"):
        encrypt(archive, path.relative_to(folder).as_posix())
    data = ("--data", archive, "--layout", "folders", "--crops", "--split", "all")
    with pytest.raises(DataError, match=r"set\.zip: of 5 samples of the split all none can be"):
        run("evaluate", *data, "--output", tmp_path / "report")
    assert "set.zip: angry/0.png: is damaged or encrypted" in caplog.text
    assert not (tmp_path / "report").exists()


def test_a_split_that_is_not_there_is_named(tmp_path: Path) -> None:
    save_classes(tmp_path / "data" / "train", 1)
    data = ("--data", tmp_path / "data", "--layout", "folders")
    with pytest.raises(DataError, match="nothing is in the split valid"):
        run("evaluate", *data, "--output", tmp_path, "--split", "valid", "--crops")
