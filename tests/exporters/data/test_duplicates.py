"""Duplicates are found, exact and near, and none of a test image's is trained on."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.data.datasets import Dataset, Image, Sample
from fer_video.exporters.data.duplicates import drop_duplicates, duplicates_among, near_duplicates
from fer_video.exporters.data.fingerprint import picture_fingerprint
from fer_video.exporters.data.images import load_images
from fer_video.exporters.data.layouts.read import read_dataset
from fer_video.exporters.training.preparation import (
    prepare,
    without_duplicates_across,
    without_held_out,
)
from tests.labelled_faces import picture, save


def changed(image: Image) -> Image:
    """The same picture mirrored, in other light, smaller and compressed."""
    other = cv2.convertScaleAbs(np.ascontiguousarray(image[:, ::-1]), alpha=0.6, beta=40)
    _, data = cv2.imencode(".jpg", cv2.resize(other, (40, 40)), [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def scenes(count: int) -> list[Image]:
    """Different pictures with shapes of a face's size."""
    return [cv2.resize(picture(seed, 12), (48, 48)).astype(np.uint8) for seed in range(count)]


def test_duplicate_of_a_test_image_is_not_trained_on(tmp_path: Path) -> None:
    for name, seed in (("train/happy/a", 1), ("train/happy/b", 2), ("train/happy/c", 2)):
        save(tmp_path / f"{name}.png", seed)
    save(tmp_path / "test/angry/d.png", 1)
    dataset, images = drop_duplicates(*load_images(read_dataset(tmp_path, "folders")))
    assert [s.name for s in dataset.samples] == ["test/angry/d.png", "train/happy/b.png"]
    assert len({picture_fingerprint(image) for image in images}) == len(images)
    assert dataset.left_out()["happy", "exact duplicate"] == 2


def test_near_duplicates_are_found_and_others_are_not() -> None:
    images = scenes(12)
    assert list(near_duplicates([*images, changed(images[3])])) == [(3, 12)]
    assert list(near_duplicates([])) == []


def test_near_duplicates_leave_training_first_and_validation_next() -> None:
    images = scenes(12)
    names = ("train", "valid", "test", "train")
    samples = [
        Sample(f"other{i}", image, EXPRESSIONS[0], "train") for i, image in enumerate(images)
    ]
    one = replace(samples[0], name="one")
    duplicates = [replace(one, name=f"{split}{i}", split=split) for i, split in enumerate(names)]  # type: ignore[arg-type]
    pixels = [images[0], changed(images[0]), images[0][2:, 1:], changed(images[0])[1:, 2:]]
    dataset = Dataset("made", (*samples[1:], *duplicates))
    kept, left = drop_duplicates(dataset, [*images[1:], *pixels])
    assert [s.name for s in kept.samples if not s.name.startswith("other")] == ["test2"]
    assert len(left) == len(kept.samples) == 12
    assert kept.left_out()["angry", "near duplicate"] == 3


def test_near_duplicates_within_the_test_split_stay() -> None:
    images = scenes(12)
    images.append(changed(images[0]))
    samples = tuple(Sample(str(i), image, EXPRESSIONS[0], "test") for i, image in enumerate(images))
    assert len(drop_duplicates(Dataset("made", samples), images)[1]) == 13


def test_faces_of_no_label_are_not_trained_on_whose_near_duplicates_are_held_out(
    tmp_path: Path,
) -> None:
    images = scenes(24)
    layout = {
        "train/happy": images[:8],
        "train/sad": images[8:16],
        "valid/happy": images[16:18],
        "test/sad": [changed(images[9])],
    }
    for place, pictures in layout.items():
        save_pictures(tmp_path / place, pictures)
    part = prepare(tmp_path, "folders", smoothing=0.0, seed=1)
    assert len(part.train_others.images) == 8
    (left,) = without_duplicates_across([part])
    names = [image.name for image in left.train_others.images]
    assert names == [f"train/sad/{i}.png" for i in range(8) if i != 1]


def save_pictures(folder: Path, pictures: Sequence[Image]) -> None:
    folder.mkdir(parents=True)
    for i, image in enumerate(pictures):
        cv2.imwrite(str(folder / f"{i}.png"), image)


def test_near_duplicates_of_another_data_sets_held_out_faces_are_not_trained_on(
    tmp_path: Path,
) -> None:
    images = scenes(24)
    assert duplicates_among(images[:12], [*images[12:], changed(images[4])]) == {4}
    layout = {
        "one": {"train": images[:8], "valid": images[8:10]},
        "other": {"train": images[10:18], "valid": images[18:20], "test": [changed(images[3])]},
    }
    for name, splits in layout.items():
        for split, pictures in splits.items():
            save_pictures(tmp_path / name / split / "happy", pictures)
    parts = [prepare(tmp_path / name, "folders", smoothing=0.0, seed=1) for name in layout]
    one, other = without_duplicates_across(parts)
    assert [drop.name for drop in one.dataset.dropped] == ["train/happy/3.png"]
    assert len(one.train.images) == len(one.train.labels) == len(one.train.targets) == 7
    assert not other.dataset.dropped
    left, duplicates = without_held_out(parts[0].train, parts)
    assert (len(left.images), duplicates) == (7, {3})
