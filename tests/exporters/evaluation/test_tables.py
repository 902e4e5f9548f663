"""The tables of docs/accuracy.md say what the reports say."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from fer_video.cli.offline.tables import tables
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.evaluation import synthetic
from fer_video.exporters.evaluation.measure import measure
from fer_video.exporters.evaluation.tables import Cost, costs, to_markdown
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.labelled_faces import picture, save, save_classes
from tests.media import moving, write_video
from tests.networks import classifier_card, write_brightness_classifier, write_classifier


def test_rows_are_the_reports_in_per_cent() -> None:
    scores = [np.eye(5, dtype=np.float32)[i] for i in (0, 0, 2, 3)]
    report = measure("cnn", "made", [*scores, None], [0, 1, 2, 3, 3])
    text = to_markdown([("made faces", "pictures", report)], [Cost("cnn", None, 2.7, 1.234, 61.4)])
    assert "| cnn | made faces | pictures | 5 | 60.0 | 62.5 |" in text
    assert "| 100, 0, 100, 50, - |" in text
    assert "| cnn | - | 2.7 | 1.23 | 61 |" in text
    assert "97.2" in text


def test_costs_are_the_files_and_the_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "fer_video.exporters.evaluation.tables.time_in_turns"
    monkeypatch.setattr(name, lambda runners: [1.5 * (1 + i) for i in range(len(runners))])
    card = dataclasses.replace(classifier_card(), figures={"parameters": 15.0})
    paths = [write_classifier(tmp_path / f"{name}.onnx", card) for name in ("one", "two")]
    one, two = costs(paths)
    assert (one.model, two.model) == ("one", "two")
    assert one.parameters == 15
    assert one.training_minutes is None
    assert one.megabytes == paths[0].stat().st_size / 1e6
    assert (one.time_ms, two.time_ms) == (1.5, 3)


def save_archives(folder: Path) -> Path:
    """The archives that the tables are of, with a test image of each expression or of one."""
    save_classes(folder / "affect" / "affectnet_subset" / "test", 1)
    shutil.make_archive(str(folder / "affectnet_subset"), "zip", folder / "affect")
    faces = folder / "fer" / "fer2013"
    for part in ("Train", "Valid", "Test"):
        save(faces / f"FER2013{part}" / "a.png", seed=len(part))
        (faces / f"FER2013{part}" / "label.csv").write_text("a.png,box,9,1,0,0,0,0,0,0,0,0\n")
    table = "image,split,fer2013_label\nFER2013Test/a.png,FER2013Test,neutral\n"
    (faces / "fer2013_labels.csv").write_text(table)
    shutil.make_archive(str(folder / "fer2013_ferplus"), "zip", folder / "fer")
    for name in ("kdef_frontal", "cfee"):
        save_classes(folder / name, 1)
        rows = "".join(f"{label}/0.png,{label},anna,test\n" for label in EXPRESSIONS)
        (folder / name / "index.csv").write_text(f"file,label,person,split\n{rows}")
        shutil.make_archive(str(folder / name), "zip", folder / name)
    return folder


def test_command_evaluates_every_test_set_and_new_clips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic, "_RATE", 4)  # clips of eight frames
    data, output = save_archives(tmp_path / "data"), tmp_path / "out"
    network = write_brightness_classifier(tmp_path / "brightness.onnx")
    tables([data], output, model=[str(network)])
    text = (output / "tables.md").read_text()
    assert capsys.readouterr().out == text
    counts = {"FER+, majority": 1, "FER2013, the": 1, "KDEF": 5, "CFEE": 5, "AffectNet subset": 5}
    for title, count in counts.items():
        for fed in ("crops", "pictures"):
            (row,) = (line for line in text.splitlines() if title in line and f"| {fed} |" in line)
            assert f"| {fed} | {count} |" in row
    assert "| synthetic clips of AffectNet subset | clips | 5 |" in text
    assert len(list(output.glob("*/report.json"))) == 16


def save_published(folder: Path) -> dict[str, Path]:
    """Folders as RAF-DB, AffectNet and FER2013 are published, with a test image of each class."""
    places = {name: folder / name for name in ("rafdb", "affectnet", "fer2013")}
    (places["rafdb"] / "EmoLabel").mkdir(parents=True)
    (places["affectnet"] / "val_set" / "annotations").mkdir(parents=True)
    places["fer2013"].mkdir()
    lines, rows = [], ["emotion,pixels,Usage"]
    numbers = ((1, 3, 5), (3, 5, 1), (4, 1, 3), (6, 6, 0), (7, 0, 6))  # of surprise, disgust, ...
    for seed, (raf, affect, fer) in enumerate(numbers):
        save(places["rafdb"] / f"Image/aligned/test_{seed:04}_aligned.jpg", seed)
        lines.append(f"test_{seed:04}.jpg {raf}")
        save(places["affectnet"] / f"val_set/images/{seed}.jpg", seed)
        np.save(places["affectnet"] / f"val_set/annotations/{seed}_exp.npy", np.array(str(affect)))
        pixels = " ".join(map(str, picture(seed)[..., 0].ravel()))
        rows.append(f"{fer},{pixels},PrivateTest")
    (places["rafdb"] / "EmoLabel/list_patition_label.txt").write_text("\n".join(lines) + "\n")
    (places["fer2013"] / "fer2013.csv").write_text("\n".join(rows) + "\n")
    return places


def test_tables_of_the_paper_are_filled_from_data_sets_as_they_are_published(
    cli: Cli, tmp_path: Path
) -> None:
    network = write_brightness_classifier(tmp_path / "net.onnx")
    words: list[str] = []
    for layout, place in save_published(tmp_path / "data").items():
        words += ["--data", str(place), "--layout", layout]
    for expression in EXPRESSIONS:
        (tmp_path / "recorded" / expression).mkdir(parents=True)
        write_video(tmp_path / "recorded" / expression / "a.mp4", moving(64, 48, 3))
    run = cli("tables", *words, "--clips", "recorded", "--model", network, "--output", "out")
    assert run.returncode == 0, run.stderr
    for name in ("rafdb", "affectnet", "fer2013"):
        for fed in ("crops", "pictures", "stills"):
            assert f"### net on {name}, {fed}: 5 images" in run.stdout
            assert f"| net | {name} | {fed} | 5 |" in run.stdout
    assert "### net on recorded: 5 clips" in run.stdout
    assert (
        run.stdout.count("| expression | TP | FP | FN | TN | accuracy | precision | recall |") == 10
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "nowhere", "--layout", "rafdb"), "nowhere: no such folder"),
        (("--clips", "empty"), "empty: no clips"),
        (("--model", "nobody"), "nobody"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_measured(
    cli: Cli, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    network = write_brightness_classifier(tmp_path / "net.onnx")
    save_classes(tmp_path / "faces", 3)
    (tmp_path / "empty").mkdir()
    good = ("--data", "faces", "--layout", "folders", "--model", network)
    run = cli("tables", *good, *words, "--output", "out")
    assert_one_complaint(run, said)
    assert not (tmp_path / "out").exists()


def test_pictures_that_cannot_be_read_are_on_record(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic, "_RATE", 4)
    network = write_brightness_classifier(tmp_path / "net.onnx")
    faces = save_classes(tmp_path / "faces" / "test", 1)
    (faces / "happy/1.png").write_bytes(b"none")
    data = ("--data", tmp_path / "faces", "--layout", "folders")
    run = cli("tables", *data, "--model", network, "--output", "out")
    assert "1 unreadable and left out" in run.stdout
    report = json.loads((tmp_path / "out/net_faces_crops/report.json").read_text())
    assert report["broken"] == ["test/happy/1.png"]


def test_several_data_sets_need_their_layouts(cli: Cli) -> None:
    run = cli("tables", "--data", "a", "--data", "b", "--output", "out")
    assert_one_complaint(run, "2 --data without --layout")
