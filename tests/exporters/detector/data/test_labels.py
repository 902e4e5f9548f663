"""Labels are kept by content: what changed, or is damaged, is labelled anew."""

import json
from pathlib import Path

import numpy as np
import pytest

from fer_video.exporters.detector.data.labels import LabelCache
from fer_video.exporters.detector.data.teacher import LabelledPicture, teacher_identity
from tests.exporters.detector.pictures import Spots, spots

LUMA = spots((64, 96), (30, 20, 20, 250))


class Asked:
    """A teacher, and how often it was asked."""

    def __init__(self, path: Path, identity: str = "spots") -> None:
        self._spots = Spots()
        self._labels = LabelCache({64: self._spots, 640: self._spots}, identity, path)

    def __call__(self, *pictures: np.ndarray, turned: bool = False) -> list[LabelledPicture]:
        return self._labels.label(pictures, (64,), turned=turned)

    @property
    def times(self) -> int:
        return self._spots.asked


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "labels.json"


def test_labels_are_kept_and_come_back_the_same(path: Path) -> None:
    (first,) = Asked(path)(LUMA, turned=True)
    again = Asked(path)
    (kept,) = again(LUMA, turned=True)
    assert again.times == 0
    assert first.faces[0].box.iou(kept.faces[0].box) > 0.99
    assert first.faces[0].landmarks is not None
    assert kept.faces[0].landmarks is not None
    np.testing.assert_allclose(kept.faces[0].landmarks, first.faces[0].landmarks, atol=0.01)
    np.testing.assert_array_equal(kept.luma, first.luma)


def test_a_picture_that_changed_is_labelled_anew_and_the_others_are_not(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = spots((64, 96), (60, 30, 20, 250))
    Asked(path)(LUMA, other)
    changed, again = spots((64, 96), (10, 10, 30, 250)), Asked(path)
    kept, new = again(other, changed)  # the first one is gone, and so is the order
    assert again.times == 2  # a picture is looked at as it is, and mirrored
    assert [p.faces[0].box.left for p in (kept, new)] == pytest.approx([60, 10], abs=1.5)
    assert "labels.json: of 2 pictures 1 are not in it as they are" in caplog.text


@pytest.mark.parametrize("other", ["teacher", "turned"])
def test_what_was_labelled_otherwise_is_labelled_anew(path: Path, other: str) -> None:
    Asked(path)(LUMA)
    again = Asked(path, "another" if other == "teacher" else "spots")
    again(LUMA, turned=other == "turned")
    assert again.times > 0


@pytest.mark.parametrize("content", ['{"half of it', "[1, 2]", "\udcff"])
def test_a_damaged_file_is_labelled_anew_with_a_line(
    path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(content.encode(errors="surrogateescape"))
    (picture,) = Asked(path)(LUMA)
    assert len(picture.faces) == 1
    assert "labels.json: is damaged" in caplog.text
    assert json.loads(path.read_text())


def test_a_damaged_entry_is_labelled_anew(path: Path) -> None:
    Asked(path)(LUMA)
    stored = json.loads(path.read_text())
    (key,) = stored
    for entry in ({}, None, {"quarter_turns": 0, "faces": [[1, 2]], "ignored": []}):
        path.write_text(json.dumps({key: entry}))
        (picture,) = Asked(path)(LUMA)
        assert len(picture.faces) == 1
        assert json.loads(path.read_text()) == stored


def test_teachers_are_told_apart_by_their_file(tmp_path: Path) -> None:
    one, other, same = (tmp_path / name for name in ("one.onnx", "other.onnx", "same.onnx"))
    for path, content in ((one, b"1"), (other, b"2"), (same, b"1")):
        path.write_bytes(content)
    assert teacher_identity(one) == teacher_identity(same) != teacher_identity(other)
