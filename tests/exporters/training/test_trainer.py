"""A real training, made small: it learns, it can be interrupted, it says what it did."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from fer_video.engine.errors import ModelError, OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.models import find_model
from fer_video.exporters.augment.augmentation import PAPER, FaceImage
from fer_video.exporters.augment.faces import joined, normalise
from fer_video.exporters.data.atomic import write_json
from fer_video.exporters.data.layouts.read import read_dataset
from fer_video.exporters.evaluation.measure import measure
from fer_video.exporters.to_onnx.cards import card_of, to_markdown
from fer_video.exporters.training import architectures
from fer_video.exporters.training.architectures import load_weights
from fer_video.exporters.training.curves import plot_curves
from fer_video.exporters.training.normalisation import lacks_statistics
from fer_video.exporters.training.optimization import sigmoid_head_crossentropy
from fer_video.exporters.training.phases import check_resumable, phases_of, run_phases
from fer_video.exporters.training.preparation import prepare
from fer_video.exporters.training.progress import Epoch, Progress
from fer_video.exporters.training.recipes import RECIPES
from fer_video.exporters.training.record import read_record
from fer_video.exporters.training.shipped import fill_from_onnx
from fer_video.exporters.training.teachers.keeping import temperature_of, with_own_scores
from fer_video.exporters.training.trainer import Trainer
from tests.labelled_faces import save_classes
from tests.small_training import made_faces, step_by_step

SMALL = replace(
    RECIPES["best"]["cnn"][-1],
    epochs=3,
    batch_size=8,
    warmup_steps=1,
    averaging=0.5,
    dtype="float32",
    augmentation=PAPER,
)
RECORD = {"data": [{"name": "made", "layout": "folders", "train": 16}]}


def trainer(output: Path, labels: Sequence[str] = EXPRESSIONS, /, **changes: object) -> Trainer:
    """Of two steps an epoch; the network is `tiny`'s where that is in use."""
    recipe = replace(SMALL, side=architectures.SIDE, **changes)  # type: ignore[arg-type]
    return Trainer(
        "cnn",
        recipe,
        [made_faces()],
        [made_faces(10, "valid")],
        output,
        labels=labels,
        record=RECORD,
    )


def stop_in_epoch(number: int) -> object:
    def observe(progress: Progress) -> None:
        if progress.epoch == number:
            raise KeyboardInterrupt

    return observe


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained as users train, at full size and compiled."""
    output = tmp_path_factory.mktemp("run")
    trainer(output).run(lambda _: None)
    return output


@contextmanager
def tiny_network() -> Iterator[None]:
    """The CNN reads 32 pixels and is not compiled: for what is the same in every training."""
    with pytest.MonkeyPatch.context() as patch, step_by_step():
        patch.setattr(architectures, "SIDE", 32)
        yield


@pytest.fixture
def _tiny() -> Iterator[None]:
    with tiny_network():
        yield


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of the tiny network."""
    output = tmp_path_factory.mktemp("tiny")
    with tiny_network():
        trainer(output).run(lambda _: None)
    return output


def test_training_reduces_the_loss(finished: Path) -> None:
    losses = [epoch["loss"] for epoch in read_record(finished)["history"]]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


@pytest.mark.usefixtures("_tiny")
def test_resumed_training_ends_where_an_unbroken_one_does(unbroken: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        trainer(tmp_path).run(stop_in_epoch(3))  # type: ignore[arg-type]
    resumed = trainer(tmp_path)
    resumed.resume()
    history = resumed.run(lambda _: None)
    last = read_record(unbroken)["history"][-1]
    assert [epoch["epoch"] for epoch in history] == [1, 2, 3]
    assert history[-1]["loss"] == pytest.approx(last["loss"], rel=1e-3)
    pairs = zip(
        load_weights("cnn", tmp_path / "best.keras").get_weights(),
        load_weights("cnn", unbroken / "best.keras").get_weights(),
        strict=True,
    )
    assert all(np.allclose(one, other, atol=1e-3) for one, other in pairs)


def test_resume_without_a_checkpoint_or_of_another_network_is_refused(
    finished: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"checkpoint\.npz: no checkpoint"):
        trainer(tmp_path).resume()
    with np.load(finished / "checkpoint.npz") as stored:
        arrays = dict(stored)
    arrays["model_0"] = arrays["model_0"][..., :-1]
    np.savez(tmp_path / "checkpoint.npz", **arrays)
    with pytest.raises(ModelError, match="of another network"):
        trainer(tmp_path).resume()


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_resume_from_a_damaged_checkpoint_is_one_line(
    finished: Path, tmp_path: Path, content: bytes | None
) -> None:
    whole = (finished / "checkpoint.npz").read_bytes()
    spoilt = whole[: len(whole) // 2] + b"?" + whole[len(whole) // 2 + 1 :]
    (tmp_path / "checkpoint.npz").write_bytes(spoilt if content is None else content)
    with pytest.raises(ModelError, match=r"checkpoint\.npz: is damaged") as raised:
        trainer(tmp_path).resume()
    assert "\n" not in str(raised.value)


def test_resume_from_what_is_no_checkpoint_is_one_line(tmp_path: Path) -> None:
    np.savez(tmp_path / "checkpoint.npz", points=np.zeros(3))
    with pytest.raises(ModelError, match=r"checkpoint\.npz: is no checkpoint"):
        trainer(tmp_path).resume()


def test_finished_training_without_its_weights_is_one_line(finished: Path, tmp_path: Path) -> None:
    shutil.copy(finished / "checkpoint.npz", tmp_path)
    (tmp_path / "best.keras").write_bytes(b"half of it")
    resumed = trainer(tmp_path)
    resumed.resume()
    with pytest.raises(ModelError, match=r"best\.keras: cannot be read"):
        resumed.run(lambda _: None)


@pytest.mark.parametrize("text", ["{", "[]", '{"recipe": {}}', ""])
def test_record_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ModelError, match=r"run\.json: "):
        read_record(tmp_path)


def test_folder_holds_the_training_and_nothing_half_written(finished: Path) -> None:
    written = {path.name for path in finished.iterdir()} - {"curves.png"}
    assert written == {"best.keras", "checkpoint.npz", "run.json"}


@pytest.mark.usefixtures("_tiny")
def test_training_goes_on_from_given_weights(unbroken: Path, tmp_path: Path) -> None:
    follower = trainer(tmp_path, epochs=1)
    follower.start_from(unbroken / "best.keras")
    first = follower.run(lambda _: None)[0]["loss"]
    assert first < read_record(unbroken)["history"][0]["loss"]


@pytest.mark.usefixtures("_tiny")
def test_only_a_recipe_that_says_so_lifts_rare_classes(tmp_path: Path) -> None:
    """The paper's does not: its network is what its training left."""
    weights = []
    for name, adjusted in (("plain", False), ("adjusted", True)):
        trainer(tmp_path / name, epochs=1, adjust_logits=adjusted).run(lambda _: None)
        weights.append(load_weights("cnn", tmp_path / name / "best.keras").get_weights())
    *same, (plain, lift) = zip(*weights, strict=True)
    assert all(np.allclose(one, other, atol=1e-4) for one, other in same)
    assert np.abs(lift - plain).max() > 1e-3
    assert (lift - plain).sum() == pytest.approx(0, abs=1e-4)
    assert not RECIPES["paper"]["cnn"][-1].adjust_logits


@pytest.mark.usefixtures("_tiny")
def test_threshold_is_fitted_where_faces_show_none_of_the_labels_and_goes_into_the_card(
    unbroken: Path, tmp_path: Path
) -> None:
    plain = read_record(unbroken)
    assert plain["min_confidence"] == 0
    assert "uncertain, showing none" not in plain
    assert "`uncertain` under a confidence" not in to_markdown(card_of(plain))
    assert "It has a label for every face" in card_of(plain).limits
    recipe, known = replace(SMALL, side=architectures.SIDE), made_faces(10, "valid")
    grey = FaceImage(np.full((48, 48, 3), 60, np.uint8), None)
    none = replace(known, images=(grey,), targets=known.targets[:1], labels=np.array([5]))
    valid = [joined([known, none])]
    Trainer("cnn", recipe, [made_faces()], valid, tmp_path, record=RECORD).run(lambda _: None)
    told = read_record(tmp_path)
    assert [epoch["score"] for epoch in told["history"]] == [
        epoch["score"] for epoch in plain["history"]
    ]
    assert told["temperature"] == plain["temperature"]
    assert 0.2 <= told["min_confidence"] <= 1
    assert told["min_confidence"] == round(told["min_confidence"], 2)
    assert told["uncertain"] <= 0.1
    assert told["uncertain, showing none"] in (0, 0.5, 1)
    card = card_of(told)
    assert card.min_confidence == told["min_confidence"]
    assert f"`uncertain` under a confidence of {card.min_confidence:g}." in to_markdown(card)


@pytest.mark.usefixtures("_tiny")
def test_training_stops_when_the_score_stalls(tmp_path: Path) -> None:
    history = trainer(tmp_path, learning_rate=0.0, epochs=9, patience=2).run(lambda _: None)
    assert len(history) == 3


def train_phases(output: Path, observe: object, resume: bool = False) -> list[Epoch]:
    small = replace(SMALL, side=architectures.SIDE, epochs=2)
    phases = (replace(small, name="first"), replace(small, name="second"))
    faces, valid = [made_faces()], [made_faces(10, "valid")]
    return run_phases("cnn", phases, faces, valid, output, observe, resume=resume, record=RECORD)  # type: ignore[arg-type]


def test_normalisation_that_a_training_kept_is_kept_in_the_next(tmp_path: Path) -> None:
    """Weights out of an ONNX file have no statistics, whatever the file that they are in now."""
    folded = architectures.build_network("mobilenetv2", backbone_weights=None, side=32)
    fill_from_onnx(folded, find_model("mobilenetv2"))
    write_json(tmp_path / "run.json", {"labels": EXPRESSIONS, "recipe": {}, "history": []})
    folded.save(tmp_path / "best.keras")
    phases = [replace(SMALL, side=32, epochs=1, epoch_samples=8, adjust_logits=False)]
    faces, output = [made_faces()], tmp_path / "again"
    with step_by_step():
        run_phases(
            *("mobilenetv2", phases, faces, faces, output, lambda *_, **__: None),
            weights=tmp_path / "best.keras",
            record=RECORD,
        )
    assert lacks_statistics(load_weights("mobilenetv2", output / "best.keras"))


@pytest.fixture(scope="module")
def two_phases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("phases")
    with tiny_network():
        train_phases(output, lambda *_, **__: None)
    return output


def test_a_phase_begins_with_what_the_last_one_learnt(two_phases: Path) -> None:
    first, last = read_record(two_phases / "phase1"), read_record(two_phases)
    assert [epoch["epoch"] for epoch in last["history"]] == [1, 2]
    assert last["history"][0]["loss"] < first["history"][0]["loss"]
    assert [phase["recipe"]["name"] for phase in last["phases"]] == ["first"]
    assert card_of(last).recipe["phase 1"] == "name first"


@pytest.mark.usefixtures("_tiny")
def test_resumed_phases_leave_out_what_is_done(tmp_path: Path) -> None:
    seen = []

    def stop_in_second(progress: Progress, **_: object) -> None:
        seen.append(progress)
        if len(seen) == 2 * 2 + 2 + 1:  # one step into the second epoch of the second phase
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_phases(tmp_path, stop_in_second)
    steps: list[Progress] = []
    history = train_phases(tmp_path, lambda progress, **_: steps.append(progress), resume=True)
    assert [(step.epoch, step.step) for step in steps] == [(2, 1), (2, 2)]
    assert history == read_record(tmp_path)["history"]
    with pytest.raises(ModelError, match="no checkpoint to resume from"):
        train_phases(tmp_path / "empty", lambda *_, **__: None, resume=True)


@pytest.mark.parametrize(
    ("record", "changes", "said"),
    [
        ({"data": [{"name": "made", "train": 17}]}, {}, "data is made .16 faces., not made .17 f"),
        ({"unlabelled": {"web": 3}}, {}, "unlabelled is {'web': 2}, not {'web': 3}"),
        ({"teacher": "another"}, {}, "teacher is one, not another"),
        ({}, {"batch_size": 9}, "recipe's batch_size is 8, not 9"),
    ],
)
def test_a_training_goes_on_with_what_it_began_with(
    two_phases: Path, tmp_path: Path, record: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    shutil.copytree(two_phases, tmp_path, dirs_exist_ok=True)
    begun = read_record(tmp_path / "phase1") | {"teacher": "one", "unlabelled": {"web": 2}}
    write_json(tmp_path / "phase1" / "run.json", begun)
    first = replace(SMALL, name="first", side=architectures.SIDE, epochs=5, dtype="mixed_bfloat16")
    phases = (replace(first, **changes), first)
    with pytest.raises(ModelError, match=f"its {said}.*; resume it with the options"):
        check_resumable(tmp_path, phases, EXPRESSIONS, RECORD | record)


@pytest.mark.usefixtures("_tiny")
def test_resumed_phases_do_not_take_an_older_runs_for_theirs(
    two_phases: Path, tmp_path: Path
) -> None:
    shutil.copytree(two_phases, tmp_path, dirs_exist_ok=True)

    def stop_in_first(progress: Progress, **_: object) -> None:
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_phases(tmp_path, stop_in_first)
    steps: list[Progress] = []
    train_phases(tmp_path, lambda progress, **_: steps.append(progress), resume=True)
    assert len(steps) == 3 * 2  # an epoch of the first phase, both of the second


@pytest.mark.parametrize(
    ("epochs", "shares"), [(3, [1, 1, 1]), (10, [3, 4, 3]), (43, [13, 20, 10])]
)
def test_epochs_are_those_of_all_phases(epochs: int, shares: list[int]) -> None:
    assert [phase.epochs for phase in phases_of("best", "cnn", epochs)] == shares


def test_fewer_epochs_than_phases_are_refused() -> None:
    with pytest.raises(OptionsError, match="best has 4 phases: give as many --epochs"):
        phases_of("best", "mobilenetv2", 3)


def test_nothing_to_train_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="--data"):
        Trainer("cnn", SMALL, [], [made_faces()], tmp_path)
    with pytest.raises(OptionsError, match="train: no image"):
        Trainer("cnn", SMALL, [made_faces(), made_faces(0)], [made_faces()], tmp_path)
    faces = made_faces()
    unknown = replace(faces, labels=np.full_like(faces.labels, len(EXPRESSIONS)))
    with pytest.raises(OptionsError, match="no image to train or to validate on is left"):
        Trainer("cnn", SMALL, [faces], [unknown], tmp_path)


def test_record_makes_the_card(finished: Path) -> None:
    record = read_record(finished)
    report = json.loads(
        measure("net", "made test", [None, np.eye(5, dtype=np.float32)[1]], [0, 1]).to_json()
    )
    card = card_of(record, [report])
    assert card.trained_on == ("made: 16 faces",)
    assert card_of(record | {"unlabelled": {"people": 3}}).terms.endswith(
        "; people: its owner's terms"
    )
    halved = record | {"recipe": record["recipe"] | {"dropout": 0.25}}
    assert ["Dropout 0.5" in card.architecture, "0.25" in card_of(halved).architecture] == [
        True
    ] * 2
    assert card_of(record | {"terms of the teacher": "research"}).terms.endswith(
        "; what it learnt from a teacher: research"
    )
    inherited = "made: its owner's terms; the weights that it began with: research"
    both = card_of(record | {"terms of the start": inherited, "terms of the teacher": "research"})
    assert both.terms == inherited  # each once, however long the chain of trainings is
    assert card.activation == "sigmoid"
    assert card.temperature == record["temperature"] != 1
    assert card.recipe["augmentation"]["rotation"] == PAPER.rotation
    assert "made test: accuracy | 0.5" in to_markdown(card)
    plot_curves(record["history"], finished / "curves.png")
    assert (finished / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_choice_loss_is_the_crossentropy_of_what_the_engine_reads() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (6, 5)).astype(np.float32)
    target = np.eye(5, dtype=np.float32)[[0, 1, 2, 3, 4, 0]]
    found = np.asarray(sigmoid_head_crossentropy(target, keras.ops.sigmoid(logits)))
    powers = np.exp(logits)
    expected = -np.log((powers / powers.sum(axis=1, keepdims=True) * target).sum(axis=1))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_normalised_bytes_span_minus_one_to_one() -> None:
    levels = normalise(np.array([0, 255], np.uint8))
    np.testing.assert_allclose(levels, [-1, 1])


def test_a_data_set_without_splits_holds_out_what_evaluate_measures_on(tmp_path: Path) -> None:
    prepared = prepare(save_classes(tmp_path, 10), "folders", smoothing=0.0, seed=1)
    measured = read_dataset(tmp_path, "folders").split("test")
    learnt = {face.name for face in (*prepared.train.images, *prepared.valid.images)}
    assert len(learnt) + len(measured.samples) == 50
    assert learnt.isdisjoint(sample.name for sample in measured.samples)
    record = prepared.record()
    assert record["split by name"]
    assert record["kept"]["test"] == measured.kept()
    assert json.dumps(record)


@pytest.mark.usefixtures("_tiny")
def test_a_recipe_may_have_a_dropout_of_its_own(tmp_path: Path) -> None:
    """Without any, a network says the same in training as when it is used."""
    crops = np.ones((1, 32, 32, 3), np.float32)
    said = [
        trainer(tmp_path, dropout=share)._model(crops, training=True) for share in (0.0, 0.0, 0.9)
    ]
    np.testing.assert_array_equal(said[0], said[1])
    assert np.abs(said[0] - said[2]).max() > 0


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_blend_lies_between_the_first_weights_and_the_trained_ones(
    tmp_path: Path, unbroken: Path, share: float
) -> None:
    kernels = []
    for blended in (1.0, share):
        run = trainer(tmp_path / str(blended), epochs=1, blended=blended, adjust_logits=False)
        run.start_from(unbroken / "best.keras")
        run.run(lambda _: None)
        kernels.append(load_weights("cnn", tmp_path / str(blended) / "best.keras").get_weights()[0])
    first = load_weights("cnn", unbroken / "best.keras").get_weights()[0]
    assert not np.array_equal(first, kernels[0])
    np.testing.assert_allclose(kernels[1], (1 - share) * first + share * kernels[0], atol=1e-6)


@pytest.mark.usefixtures("_tiny")
def test_weights_of_other_labels_are_not_blended_with(tmp_path: Path, unbroken: Path) -> None:
    kernels = []
    for share in (1.0, 0.5):
        output = tmp_path / str(share)
        run = trainer(output, ("happy", "bored", "tense", "calm", "angry"), epochs=1, blended=share)
        run.start_from(unbroken / "best.keras")
        run.run(lambda _: None)
        assert read_record(output)["recipe"]["blended"] == 1
        kernels.append(load_weights("cnn", output / "best.keras").get_weights()[-2])
    np.testing.assert_array_equal(*kernels)


@pytest.mark.usefixtures("_tiny")
def test_frozen_layers_of_the_cnn_stay_as_they_are(tmp_path: Path, unbroken: Path) -> None:
    run = trainer(tmp_path, epochs=1, frozen="pool3")
    run.start_from(unbroken / "best.keras")
    run.run(lambda _: None)
    before, after = (load_weights("cnn", f / "best.keras") for f in (unbroken, tmp_path))
    for name, changes in (("conv1", False), ("conv3", False), ("conv4", True)):
        old, new = (model.get_layer(name).get_weights()[0] for model in (before, after))
        assert np.array_equal(old, new) is not changes, name


@pytest.mark.usefixtures("_tiny")
def test_what_a_network_said_stays_in_the_targets(unbroken: Path) -> None:
    faces, model = made_faces(), load_weights("cnn", unbroken / "best.keras")
    none_of_them = np.arange(len(faces.labels)) == 3
    labels = np.where(none_of_them, len(EXPRESSIONS), faces.labels)
    faces = replace(faces, labels=labels)
    recipe = replace(SMALL, side=architectures.SIDE, kept=0.5)
    kept, said = (
        with_own_scores(faces, model, replace(recipe, kept=share)).targets for share in (0.5, 1.0)
    )
    np.testing.assert_array_equal(kept[none_of_them], faces.targets[none_of_them])
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
    known = ~none_of_them
    np.testing.assert_allclose(kept[known], (faces.targets + said)[known] / 2, atol=1e-6)
    assert (said[known].argmax(axis=1) == faces.labels[known]).mean() > 0.5


@pytest.mark.usefixtures("_tiny")
def test_what_a_network_says_is_tempered_by_how_right_it_is(unbroken: Path) -> None:
    faces, model = made_faces(), load_weights("cnn", unbroken / "best.keras")
    recipe = replace(SMALL, side=architectures.SIDE, kept=1.0)
    wrong = replace(faces, labels=np.roll(faces.labels, 1))
    right, mistaken = (temperature_of([f], model, recipe) for f in (faces, wrong))
    assert right < mistaken
    sure, unsure = (with_own_scores(faces, model, recipe, t).targets for t in (right, mistaken))
    np.testing.assert_array_equal(sure.argmax(axis=1), unsure.argmax(axis=1))
    assert (sure.max(axis=1) > unsure.max(axis=1)).all()
