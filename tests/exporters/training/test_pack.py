"""Prepared faces and a teacher's opinions about them travel in files, and fit each other."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.errors import DataError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.faces import Faces, chosen
from fer_video.exporters.training.pack import Pack, labelled, load_pack, save_pack
from fer_video.exporters.training.teachers.opinions import (
    learnt_from,
    read_opinions,
    save_opinions,
    with_opinions,
)
from tests.labelled_faces import picture

LOSSLESS = 101
FLAT = np.full(5, 0.2, np.float32)


def faces(name: str, count: int, *, known: bool = True) -> Faces:
    """Noise of different sizes, half of it with landmarks, a class each in turn."""
    labels = np.arange(count) % 5
    targets = np.eye(5, dtype=np.float32)[labels] if known else np.full((count, 5), np.nan)
    points = np.arange(10, dtype=np.float32).reshape(5, 2)
    images = tuple(
        FaceImage(picture(seed, 20 + seed), points + seed if seed % 2 else None, name=f"{seed}.png")
        for seed in range(count)
    )
    return Faces(name, images, targets.astype(np.float32), labels)


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    train = [faces("studio", 9), faces("street", 6, known=False)]
    path = tmp_path / "faces.npz"
    save_pack(path, train, [faces("studio", 4)], {"data": [{"name": "studio"}]}, LOSSLESS)
    return load_pack(path)


def test_faces_come_back_as_they_were(pack: Pack) -> None:
    assert [f.name for f in (*pack.train, *pack.valid)] == ["studio", "street", "studio"]
    assert pack.record == {"data": [{"name": "studio"}]}
    assert pack.labels == EXPRESSIONS
    for given, back in zip(faces("studio", 9).images, pack.train[0].images, strict=True):
        np.testing.assert_array_equal(back.image, given.image)
        assert back.name == given.name
        assert (back.landmarks is None) == (given.landmarks is None)
        if given.landmarks is not None:
            np.testing.assert_array_equal(back.landmarks, given.landmarks)
    np.testing.assert_array_equal(pack.train[0].targets, faces("studio", 9).targets)
    np.testing.assert_array_equal(labelled(pack.train[1]), np.zeros(6, bool))


def test_labels_of_ones_own_travel_with_the_faces(tmp_path: Path) -> None:
    save_pack(tmp_path / "own.npz", [], [], {}, LOSSLESS, ("keen", "bored"))
    assert load_pack(tmp_path / "own.npz").labels == ("keen", "bored")


def test_sets_of_one_name_are_refused(tmp_path: Path) -> None:
    """A teacher's opinions of the one would be taken for those of the other."""
    with pytest.raises(DataError, match="street: two sets of faces have this name"):
        save_pack(tmp_path / "f.npz", [faces("street", 2), faces("street", 3)], [], {}, LOSSLESS)
    assert not list(tmp_path.iterdir())


def test_grey_faces_take_one_plane_and_come_back_grey(tmp_path: Path) -> None:
    gray = np.repeat(picture(1)[..., :1], 3, axis=2)
    set_of_one = replace(faces("gray", 1), images=(FaceImage(gray),))
    save_pack(tmp_path / "faces.npz", [set_of_one], [], {}, LOSSLESS)
    (back,) = load_pack(tmp_path / "faces.npz").train[0].images
    np.testing.assert_array_equal(back.image, gray)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_file_that_holds_no_faces_is_one_line(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "faces.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"faces\.npz: no readable file of prepared faces"):
        load_pack(path)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "faces.npz"
    np.savez(path, header=np.array(json.dumps({"format": 2})))
    with pytest.raises(DataError, match="format 2, not 1"):
        load_pack(path)


def test_every_labelled_face_is_kept_from_one_teacher_and_no_other(pack: Pack) -> None:
    learnt = [learnt_from(pack, fold, 3) for fold in (1, 2, 3)]
    assert all(len(parts) == 1 for parts in learnt), "faces without a label are not learnt from"
    sizes = sorted(face.image.shape[0] for (part,) in learnt for face in part.images)
    assert sizes == sorted(2 * [face.image.shape[0] for face in pack.train[0].images])
    (whole,) = learnt_from(pack, 1, 1)
    assert whole.images == pack.train[0].images, "one fold leaves none out"


def test_opinions_are_the_mean_of_the_teachers_that_speak(pack: Pack, tmp_path: Path) -> None:
    one, other = (np.full((9, 5), np.nan, np.float32) for _ in range(2))
    one[:6], other[3:8] = FLAT, [1, 0, 0, 0, 0]
    street = np.tile(FLAT, (6, 1))
    for name, scores in (("one", one), ("other", other)):
        save_opinions(tmp_path / name, pack, [scores, street])
    said, of_street = read_opinions([tmp_path / "one", tmp_path / "other"], pack)
    np.testing.assert_allclose(said[0], FLAT, atol=1e-3)
    np.testing.assert_allclose(said[4], [0.6, 0.1, 0.1, 0.1, 0.1], atol=1e-3)
    np.testing.assert_allclose(said[7], [1, 0, 0, 0, 0], atol=1e-3)
    assert np.isnan(said[8]).all()
    np.testing.assert_allclose(of_street, street, atol=1e-3)


def test_opinions_find_their_faces_whatever_became_of_the_others(
    pack: Pack, tmp_path: Path
) -> None:
    said = np.arange(45, dtype=np.float32).reshape(9, 5)
    save_opinions(tmp_path / "one", pack, [said, np.full((6, 5), np.nan, np.float32)])
    fewer = chosen(pack.train[0], np.arange(9) % 2 == 1)
    (again,) = read_opinions([tmp_path / "one"], replace(pack, train=(fewer,)))
    np.testing.assert_allclose(again, said[1::2])


def test_opinions_about_other_faces_are_refused(pack: Pack, tmp_path: Path) -> None:
    other = replace(pack, train=(replace(pack.train[0], name="another"),))
    save_opinions(tmp_path / "one", other, [np.tile(FLAT, (9, 1))])
    with pytest.raises(DataError, match="says nothing of these faces"):
        read_opinions([tmp_path / "one"], pack)
    with pytest.raises(DataError, match="no readable opinions"):
        read_opinions([tmp_path / "none"], pack)


def test_targets_lie_between_label_and_opinion_and_a_wrong_label_gives_way() -> None:
    given = faces("studio", 3)
    said = np.array([[0.6, 0.4, 0, 0, 0], [0.9, 0.1, 0, 0, 0], [np.nan] * 5], np.float32)
    taught = with_opinions(given, said, 0.5)
    np.testing.assert_allclose(taught.targets[0], [0.8, 0.2, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(taught.targets[1], said[1], atol=1e-6)
    np.testing.assert_allclose(taught.targets[2], given.targets[2])
    assert taught.labels.tolist() == [0, 0, 2]


def test_faces_without_a_label_take_the_opinion_or_go() -> None:
    said = np.array([[0, 0, 0.9, 0.1, 0], [np.nan] * 5], np.float32)
    taught = with_opinions(faces("street", 2, known=False), said, 0.3)
    np.testing.assert_allclose(taught.targets, said[:1])
    assert taught.labels.tolist() == [2]
    assert len(taught.images) == 1


def test_a_face_of_another_expression_stays_undecided_whatever_a_teacher_says() -> None:
    sad = replace(faces("studio", 1), targets=FLAT[None], labels=np.array([len(FLAT)]))
    taught = with_opinions(sad, np.array([[1, 0, 0, 0, 0]], np.float32), 0.5)
    np.testing.assert_allclose(taught.targets, FLAT[None])
    assert not taught.known.any()
