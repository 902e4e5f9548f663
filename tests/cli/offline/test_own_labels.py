"""A network of one's own labels: from folders of faces to the records of a video."""

import json
import zipfile
from pathlib import Path

import pytest

from fer_video.exporters.training import phases
from tests.command_line import assert_one_complaint, records
from tests.conftest import Cli
from tests.labelled_faces import save_classes
from tests.small_training import recipes_with, step_by_step

OWN = ("engaged", "Bored", "happy")


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return save_classes(tmp_path / "faces", 4, (*OWN, "asleep"))


def test_from_folders_of_faces_to_a_video(
    cli: Cli, faces: Path, face_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "RECIPES", recipes_with(epoch_samples=32))
    data = ("--data", faces, "--layout", "folders")
    learn = (
        "train",
        *data,
        "--from",
        "cnn",
        "--recipe",
        "own",
        "--epochs",
        "1",
        "--output",
        "run",
    )
    with step_by_step():
        run = cli(*learn, "--labels", "engaged,bored,happy")
    assert run.returncode == 0, run.stderr
    told = "weights of cnn.onnx; the last layer is taken for happy and new for engaged, bored"
    assert f"begins with {told}\n" in run.stderr
    assert "dropped 4 asleep: another expression" in run.stderr
    folder = faces.parent / "run"
    record = json.loads((folder / "run.json").read_text())
    assert record["labels"] == ["engaged", "bored", "happy"]
    assert record["start"] == told
    assert record["recipe"]["distillation"] == 0  # there is no teacher, whatever the recipe says

    again = cli(*learn, "--labels", "engaged,bored,keen", "--resume", "--allow-missing")
    assert again.returncode == 1
    assert "run: learnt engaged, bored, happy; resume it with" in again.stderr.splitlines()[-1]

    begun = learn[: learn.index("--from")] + learn[learn.index("--recipe") :]
    again = cli(*begun, "--labels", "engaged,bored,happy", "--resume")
    assert again.returncode == 1
    assert f"its start is {told}, not fresh weights; resume it" in again.stderr.splitlines()[-1]

    again = cli(*learn, "--labels", "engaged,bored,happy", "--resume", "--teacher", "cnn")
    assert again.returncode == 1
    assert "its teacher is none, not cnn; resume it" in again.stderr.splitlines()[-1]

    run = cli("export", "--weights", "run/best.keras", "--output", "own.onnx")
    assert run.returncode == 0
    assert "not finished" not in run.stderr
    assert "**Output** engaged, bored, happy" in (faces.parent / "own.md").read_text()
    assert "Dense 3 sigmoid" in (faces.parent / "own.md").read_text()
    assert "| distillation | 0 |" in (faces.parent / "own.md").read_text()
    assert "began with: FER+ labels MIT" in (faces.parent / "own.md").read_text()
    run = cli("evaluate", "--model", "own.onnx", *data, "--crops", "--output", "report")
    assert "own on faces test, crops: 3 images" in run.stdout
    assert "the network lacks" not in run.stdout
    report = json.loads((faces.parent / "report/report.json").read_text())
    assert sorted(report["labels"]) == ["bored", "engaged", "happy"]

    run = cli("--source", face_clip, "--model", "own.onnx", "--json", "out.jsonl")
    assert run.returncode == 0, run.stderr
    (face, *_) = records(faces.parent / "out.jsonl")[0]["faces"]
    assert list(face["scores"]) == ["engaged", "bored", "happy"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no face to train on shows angry, disgust, neutral, surprise: add some"),
        (("--labels", "engaged,keen"), "no face to train on shows keen: add some"),
        (("--labels", "keen,alert"), "happy; say with --labels what to tell apart"),
        (("--labels", "engaged"), "--labels engaged: give two or more"),
        (("--labels", "engaged,Engaged"), "--labels: one is 'engaged'; it is there twice"),
        (("--labels", "engaged,,bored"), "--labels: one is ''; give each a name"),
        (("--labels", "engaged,uncertain"), "unsure faces are called so"),
        (("--from", "detector"), "detector.onnx: finds faces; give a network that reads"),
        (("--from", "mobilenetv2"), "mobilenetv2: holds mobilenetv2, not cnn; choose the network"),
        (("--from", "wrong.keras"), "wrong.keras: holds face_detector, not cnn"),
        (("--backbone-weights", "a.h5"), "--backbone-weights are what a mobilenetv2 without"),
        (("--model", "detector", "--labels", "a,b"), "a detector takes --data, --epochs and"),
    ],
)
def test_what_does_not_fit_is_one_line(
    cli: Cli, faces: Path, words: tuple[str, ...], said: str
) -> None:
    if "wrong.keras" in words:
        write_detector(faces.parent / "wrong.keras")
    run = cli("train", "--data", faces, "--layout", "folders", *words, "--output", "run")
    assert run.returncode == 1
    *counts, complaint = run.stderr.splitlines()
    assert complaint.startswith("fer-video: ")
    assert said in complaint
    assert not any("Traceback" in line for line in counts)


def test_a_backend_that_is_not_there_is_named(
    program: Cli, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "nothing")
    run = program("train", "--data", str(faces), "--layout", "folders", "--output", "run")
    assert_one_complaint(run, "KERAS_BACKEND=nothing: ")


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("tables", "`fer-video evaluate --model FILE.onnx` measures a network of other labels"),
        ("evaluate", "`fer-video evaluate --model FILE.onnx` measures a network of other labels"),
        ("clips", "clips are made of faces of these five"),
        ("quantize --model cnn", "give faces that show what the network reads"),
        ("train", "say with --labels what to tell apart"),
        ("prepare", "say with --labels what to tell apart"),
    ],
)
def test_labels_of_ones_own_are_refused_with_what_this_command_can_do(
    cli: Cli, tmp_path: Path, command: str, hint: str
) -> None:
    data = ("--data", save_classes(tmp_path / "own", 2, ("bored", "engaged")))
    run = cli(*command.split(), *data, "--layout", "folders", "--output", "out")
    assert_one_complaint(run, f"but of bored, engaged; {hint}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "cnn_int8"), "the weights of cnn (it ends before a Conv in float)"),
        (("--from", "cut/best.keras"), "best.keras: does not hold the weights of cnn"),
        (("--model", "mobilenetv2", "--backbone-weights", "cut.h5"), "cut.h5: does not hold"),
        (("--model", "mobilenetv2", "--backbone-weights", "no.h5"), "no.h5: no such file; give"),
        (("--output", "cut.h5/run"), "cut.h5/run: cannot be made"),
        (("--recipe", "own", "--resume"), "run: no checkpoint to resume from"),
        (("--recipe", "tuned"), "the recipe tuned goes on from weights; give them with --from"),
        (("--recipe", "tuned", "--from", "cnn", "--teacher", "nobody.onnx"), "nobody.onnx"),
    ],
)
def test_weights_and_output_are_looked_at_before_faces_are_read(
    cli: Cli, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Which takes hours of large data sets."""
    (tmp_path / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    if "cut/best.keras" in words:
        write_without_weights(tmp_path / "cut")
    data = ("--data", "nowhere", "--layout", "folders", "--labels", "engaged,bored")
    assert_one_complaint(cli("train", *data, "--output", "run", *words), said)


@pytest.mark.parametrize(
    "command",
    [
        *("prepare --data no --layout folders", "evaluate --data no --layout folders"),
        *("clips --data no --layout folders", "quantize --data no --layout folders"),
        *(
            "tables --data no",
            "export --weights no.keras",
            "teach --faces no.npz",
            "report no.jsonl",
        ),
    ],
)
def test_an_output_that_cannot_be_made_is_told_before_anything_is_read(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    (tmp_path / "file").touch()
    assert_one_complaint(cli(*command.split(), "--output", "file/out"), "file/out: ")


def write_without_weights(folder: Path) -> None:
    """A .keras file of the CNN whose weights were lost."""
    import keras  # noqa: PLC0415

    from fer_video.exporters.training.architectures import paper_cnn  # noqa: PLC0415

    folder.mkdir()
    config = json.dumps(keras.saving.serialize_keras_object(paper_cnn()))
    with zipfile.ZipFile(folder / "best.keras", "w") as archive:
        archive.writestr("config.json", config)
        archive.writestr("metadata.json", "{}")
    (folder / "run.json").write_text('{"recipe": {}, "history": []}')


def write_detector(path: Path) -> None:
    from fer_video.exporters.detector.network.architecture import face_detector  # noqa: PLC0415

    face_detector().save(path)
    (path.parent / "run.json").write_text('{"recipe": {}, "history": []}')
