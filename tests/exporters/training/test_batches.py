"""What a training draws: which faces how often, cut and mixed how, with which targets."""

from dataclasses import replace

import numpy as np
import pytest

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.augment.augmentation import CAMERA, PAPER, Augmenter, FaceImage
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.data.datasets import Dataset, Sample
from fer_video.exporters.training.batches import TrainingBatches, faces_of, sample_indices
from tests.small_training import made_faces


def test_balance_samples_rare_classes_more_often() -> None:
    labels = np.repeat(np.arange(2), [90, 10])
    for balance, expected in ((0.0, 10), (0.5, 25), (1.0, 50)):
        sampled = sample_indices(labels, 100, balance, np.random.default_rng(0))
        assert (labels[sampled] == 1).sum() == expected
    assert len(np.unique(sample_indices(labels, 100, 0.0, np.random.default_rng(0)))) == 100


def test_a_class_that_is_too_rare_for_one_face_has_none() -> None:
    labels = np.repeat(np.arange(2), [999, 1])
    assert (labels[sample_indices(labels, 100, 0.0, np.random.default_rng(0))] == 0).all()
    assert not len(sample_indices(labels, 0, 0.0, np.random.default_rng(0)))


def test_each_data_set_is_balanced_by_itself_where_asked() -> None:
    """A data set of one expression keeps its share of an epoch, whatever the other holds."""
    augment = Augmenter(PAPER, 32, 2.8, -0.15)
    one = made_faces(5)
    alike = Faces("alike", one.images, np.repeat(one.targets[:1], 5, axis=0), one.labels * 0)
    batches = TrainingBatches((one, alike), augment, 10, 10, 1.0, balance_each=True, seed=1)
    ((_, targets),) = batches.epoch(0)
    assert np.bincount(targets.argmax(axis=1)).tolist() == [6, 1, 1, 1, 1]


def test_small_data_sets_are_seen_more_often_where_asked() -> None:
    augment = Augmenter(PAPER, 32, 2.8, -0.15)
    sets = (replace(made_faces(40), name="large"), made_faces(10))
    small = sets[1].targets[0].argmax()
    marked = replace(sets[1], targets=sets[1].targets * 0 + np.eye(5, dtype=np.float32)[small])
    large = replace(sets[0], targets=sets[0].targets * 0 + 0.2)

    def share(evenness: float) -> float:
        batches = TrainingBatches(
            (large, marked), augment, 50, 50, 0.0, balance_each=True, seed=1, evenness=evenness
        )
        ((_, targets),) = batches.epoch(0)
        return float((targets.max(axis=1) == 1).mean())

    assert [share(evenness) for evenness in (0.0, 0.5, 1.0)] == pytest.approx(
        [0.2, 1 / 3, 0.5], abs=0.04
    )


def test_faces_without_a_label_are_seen_as_rarely_as_asked() -> None:
    augment = Augmenter(PAPER, 32, 2.8, -0.15)
    blank = made_faces(30)
    sets = (made_faces(30), replace(blank, targets=blank.targets * np.nan))
    batches = TrainingBatches(
        sets, augment, 40, 40, 0.0, balance_each=True, seed=1, unlabelled=1 / 3
    )
    ((_, targets),) = batches.epoch(0)
    assert np.isnan(targets[:, 0]).sum() == 10


def test_two_faces_are_mixed_as_their_targets_are() -> None:
    augment = Augmenter(replace(PAPER, rotation=0, zoom=(1, 1), shift=0, flip=0), 16, 2.8, -0.15)
    levels = np.arange(5, dtype=np.uint8) * 50
    images = tuple(FaceImage(np.full((16, 16, 3), level, np.uint8)) for level in levels)
    faces = Faces("grey", images, np.eye(5, dtype=np.float32), np.arange(5))
    batches = TrainingBatches((faces,), augment, 5, 5, 0.0, balance_each=True, seed=1, mixup=1.0)
    ((crops, targets),) = batches.epoch(0)
    assert 0 < targets.max(axis=1).min() < 1
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(crops[:, 8, 8, 0], targets @ levels, atol=1)


def test_batches_repeat_for_an_epoch_and_change_between_epochs() -> None:
    augment = Augmenter(CAMERA, 32, 2.8, -0.15)
    batches = TrainingBatches((made_faces(40),), augment, 8, 40, 0.5, balance_each=True, seed=1)
    first, again, second = (list(batches.epoch(number)) for number in (0, 0, 1))
    assert len(first) == len(batches) == 5
    for (faces, targets), (faces_again, targets_again) in zip(first, again, strict=True):
        np.testing.assert_array_equal(faces, faces_again)
        np.testing.assert_array_equal(targets, targets_again)
    assert np.abs(first[0][0] - second[0][0]).max() > 0.1


def test_targets_are_smoothed_labels_or_votes() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    samples = (
        Sample("a", image, EXPRESSIONS[0], "train"),
        Sample("b", image, EXPRESSIONS[0], "train", votes={"angry": 6, "neutral": 2}),
    )
    faces = faces_of("made", Dataset("made", samples), [image] * 2, [None] * 2, smoothing=0.1)
    expected = [[0.92, 0.02, 0.02, 0.02, 0.02], [0.75, 0, 0, 0.25, 0]]
    np.testing.assert_allclose(faces.targets, expected, atol=1e-6)
