"""A teacher's scores become targets; faces without labels get theirs from it alone."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.data.datasets import Dataset, Sample
from fer_video.exporters.evaluation.recognition import classify_crops
from fer_video.exporters.to_onnx.parity import portrait
from fer_video.exporters.training.batches import faces_of
from fer_video.exporters.training.teachers.distillation import opinions_of, unlabelled_faces
from tests.labelled_faces import damage
from tests.networks import SIDE, classifier_card, write_classifier


@pytest.fixture
def teacher(tmp_path: Path) -> Classifier:
    path = write_classifier(tmp_path / "teacher.onnx", classifier_card())
    return Classifier(str(path), SessionOptions())


def plain_colours(count: int = 4) -> Faces:
    """Faces of one colour each: the same however they are cut or mirrored."""
    images = [np.full((SIDE, SIDE, 3), 60 * i, np.uint8) + np.uint8(i) for i in range(count)]
    samples = [Sample(str(i), image, EXPRESSIONS[0], "train") for i, image in enumerate(images)]
    return faces_of("made", Dataset("made", tuple(samples)), images, [None] * count)


def test_a_teacher_reads_each_face_as_it_is_and_mirrored(teacher: Classifier) -> None:
    faces = plain_colours()
    said = np.stack(list(classify_crops(teacher, [face.image for face in faces.images])))
    np.testing.assert_allclose(opinions_of(faces, teacher), said, atol=1e-5)
    assert opinions_of(plain_colours(0), teacher).shape == (0, 5)


def test_a_teacher_chooses_among_the_labels_that_are_learnt(teacher: Classifier) -> None:
    faces = plain_colours()
    known = opinions_of(faces, teacher)[:, [2, 0]]
    said = opinions_of(faces, teacher, ("happy", "angry"))
    np.testing.assert_allclose(said, known / known.sum(axis=1, keepdims=True), atol=1e-5)
    with pytest.raises(ModelError, match=r"a teacher knows all of happy, bored"):
        opinions_of(faces, teacher, ("happy", "bored"))


def archive(path: Path, *pictures: np.ndarray) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for number, picture in enumerate(pictures):
            file.writestr(f"{number}.png", cv2.imencode(".png", picture)[1].tobytes())
    return path


def test_faces_of_an_archive_are_cut_out_in_colour_with_their_landmarks(tmp_path: Path) -> None:
    picture, landmarks = portrait()
    empty = np.full((170, 180), 90, np.uint8)
    pictures = archive(tmp_path / "people.zip", empty, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    detector = YuNetDetector(DetectOptions(), SessionOptions())
    found = unlabelled_faces(pictures, detector)
    (face,) = found.images
    assert found.name == "people"
    assert np.isnan(found.targets).all()
    assert (face.image[..., 0] != face.image[..., 2]).any()
    eyes = float(np.linalg.norm(landmarks[0] - landmarks[1]))
    assert face.landmarks is not None
    assert np.linalg.norm(face.landmarks[0] - face.landmarks[1]) == pytest.approx(eyes, rel=0.2)
    height, width = face.image.shape[:2]
    assert ((face.landmarks > 0) & (face.landmarks < [width, height])).all()


def test_faces_are_cut_out_of_large_pictures_as_large_as_they_are(tmp_path: Path) -> None:
    person, _ = portrait()
    group = np.full((1800, 2400, 3), 90, np.uint8)
    group[:640, :640] = cv2.resize(cv2.cvtColor(person, cv2.COLOR_RGB2BGR), (640, 640))
    detector = YuNetDetector(DetectOptions(), SessionOptions())
    (face,) = unlabelled_faces(archive(tmp_path / "group.zip", group), detector).images
    assert face.landmarks is not None
    assert face.landmarks[1][0] - face.landmarks[0][0] > 60
    assert max(face.image.shape) > 400


def test_a_broken_picture_of_an_archive_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    face = np.full((48, 48, 3), 90, np.uint8)
    pictures = archive(tmp_path / "people.zip", face, face)
    damage(pictures, "0.png")
    found = unlabelled_faces(pictures, YuNetDetector(DetectOptions(), SessionOptions()))
    assert [image.name for image in found.images] == ["1.png#0"]
    assert "people.zip: 0.png" in caplog.text
    assert "(it is left out)" in caplog.text


def test_an_archive_without_a_face_is_named(tmp_path: Path) -> None:
    pictures = archive(tmp_path / "walls.zip", np.full((170, 180), 90, np.uint8))
    with pytest.raises(DataError, match=r"walls\.zip: no face"):
        unlabelled_faces(pictures, YuNetDetector(DetectOptions(), SessionOptions()))
    pictures.write_text("no archive")
    with pytest.raises(DataError, match=r"walls\.zip: missing, or no readable \.zip"):
        unlabelled_faces(pictures, YuNetDetector(DetectOptions(), SessionOptions()))
