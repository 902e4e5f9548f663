"""Faces in an index: persons stay in one split, compounds are learnt from and not measured by."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.errors import DataError
from fer_video.exporters.data.layouts.indexed import COMPOUNDS, showing_none
from fer_video.exporters.data.layouts.read import read_dataset, read_labelled
from tests.labelled_faces import save

WORDS = ("angry", "happy", "sad", "hatred")


def write_index(folder: Path, header: str, rows: list[str]) -> Path:
    for seed, row in enumerate(rows):
        save(folder / row.split(",")[0], seed)
    (folder / "index.csv").write_text("\n".join([header, *rows]))
    return folder


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """Twenty persons, each with four expressions."""
    rows = [f"faces/{p}_{w}.png,{w},P{p:02}" for p in range(20) for w in WORDS]
    return write_index(tmp_path / "studio", "file,label,person", rows)


def test_a_person_is_of_one_split_alone(studio: Path) -> None:
    dataset = read_dataset(studio, "indexed")
    splits = defaultdict(set)
    for sample in dataset.samples:
        splits[sample.person].add(sample.split)
    assert all(len(of_person) == 1 for of_person in splits.values())
    counts = {
        name: sum(s == {name} for s in splits.values()) for name in ("train", "valid", "test")
    }
    assert counts == {"train": 14, "valid": 2, "test": 4}
    again = read_dataset(studio, "indexed")
    assert [s.split for s in again.samples] == [s.split for s in dataset.samples]


def test_columns_are_called_as_people_call_them(studio: Path) -> None:
    splits = [sample.split for sample in read_dataset(studio, "indexed").samples]
    table = studio / "index.csv"
    text = table.read_text().replace("file,label,person", "File,Label, Person")
    table.write_text(text.replace(",", ";"))
    assert [sample.split for sample in read_dataset(studio, "indexed").samples] == splits


def test_splits_that_an_index_gives_are_kept(tmp_path: Path) -> None:
    rows = ["a.png,happy,x,Train", "b.png,happy,y,TEST", "c.png,happy,z,validation"]
    folder = write_index(tmp_path / "set", "file,label,person,Split", rows)
    splits = [sample.split for sample in read_dataset(folder, "indexed").samples]
    assert splits == ["train", "test", "valid"]
    (folder / "index.csv").write_text("file,label,split\na.png,happy,dev\n")
    with pytest.raises(DataError, match=r"index\.csv:2: the split dev is none of train"):
        read_dataset(folder, "indexed")


def test_compounds_are_soft_targets_in_training_and_left_out_of_what_is_measured(
    studio: Path,
) -> None:
    dataset = read_dataset(studio, "indexed")
    hatred = [s for s in dataset.samples if s.name.endswith("hatred.png")]
    assert len(hatred) == 14
    for sample in hatred:
        assert sample.split == "train"
        np.testing.assert_allclose(sample.target(), [0.65, 0.35, 0, 0, 0], atol=1e-6)
    assert dataset.left_out()["hatred", "a compound expression"] == 6


def test_a_compound_that_is_told_apart_is_learnt_and_measured_as_itself(studio: Path) -> None:
    dataset = read_labelled(studio, "indexed", ("Hatred", "happy"))
    hatred = [sample for sample in dataset.samples if sample.label == "hatred"]
    assert [sum(s.split == name for s in hatred) for name in ("train", "valid", "test")] == [
        *(14, 2, 4)
    ]
    assert all(s.target(dataset.labels).tolist() == [1, 0] for s in hatred)
    assert not any("hatred" in label for label, _ in dataset.left_out())


def test_shares_of_compounds_leave_room_for_what_is_none_of_the_five() -> None:
    for label, shares in COMPOUNDS.items():
        assert 0.5 < sum(shares.values()) <= 1 + 1e-9, label


def test_faces_of_other_expressions_are_kept_by_split(studio: Path) -> None:
    dataset = read_dataset(studio, "indexed")
    counts = [len(showing_none(dataset.split(name)).samples) for name in ("train", "valid", "test")]
    assert counts == [14, 2, 4]


def test_without_persons_one_source_is_held_out(tmp_path: Path) -> None:
    sizes = {"large": 14, "middle": 4, "small": 2}
    rows = [f"faces/{s}{i}.png,angry,{s}" for s, n in sizes.items() for i in range(n)]
    dataset = read_dataset(write_index(tmp_path / "web", "file,label,source", rows), "indexed")
    held_out = {s.name[6:12] for s in dataset.samples if s.split == "test"}
    assert held_out == {"middle"}
    assert sum(s.split == "train" for s in dataset.samples) == 16


def test_paths_may_begin_at_the_folder_around_the_index(tmp_path: Path) -> None:
    folder = write_index(tmp_path / "set", "file,label", ["faces/0.png,happy"])
    (folder / "index.csv").write_text("file,label\nset/faces/0.png,happy\n")
    dataset = read_dataset(folder, "indexed")
    assert len(dataset.samples) == 1
    assert dataset.split_by_name


def test_an_index_that_was_made_on_windows_is_read(tmp_path: Path) -> None:
    folder = write_index(tmp_path / "set", "file,label", ["faces/0.png,happy"])
    (folder / "index.csv").write_text("file,label\r\nset\\faces\\0.png,happy\r\n")
    (sample,) = read_dataset(folder, "indexed").samples
    assert sample.name == "set/faces/0.png"
    (folder / "index.csv").write_bytes("file,label\nZoë.png,happy\n".encode("cp1252"))
    with pytest.raises(
        DataError, match=r"index\.csv: is no text in UTF-8 .*; save it as CSV UTF-8$"
    ):
        read_dataset(folder, "indexed")


def test_an_index_without_labels_is_told_in_one_line(tmp_path: Path) -> None:
    folder = write_index(tmp_path / "set", "file,label", ["faces/0.png,happy"])
    (folder / "index.csv").write_text("file,mood\nfaces/0.png,happy\n")
    with pytest.raises(DataError, match=r"index\.csv:2: there is no label, only file, mood"):
        read_dataset(folder, "indexed")
