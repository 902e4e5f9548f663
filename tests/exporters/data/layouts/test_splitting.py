"""Splits of data sets without any: the same for whoever reads the same files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.data.datasets import OTHER, Dataset, Dropped, Sample
from fer_video.exporters.data.layouts.indexed import showing_none
from fer_video.exporters.data.layouts.read import read_dataset
from fer_video.exporters.data.layouts.splitting import hold_out, with_splits
from tests.labelled_faces import pack, picture, save_classes


def splits(dataset: Dataset) -> dict[str, str]:
    return {sample.name: sample.split for sample in dataset.samples}


def made(per_class: int) -> Dataset:
    samples = (
        Sample(f"{e}/{i}.png", picture(0, 2), e, "all")
        for e in EXPRESSIONS
        for i in range(per_class)
    )
    return with_splits(Dataset("made", tuple(samples)))


def test_a_fifth_is_test_and_a_tenth_valid() -> None:
    found = list(splits(made(400)).values())
    assert 0.17 < found.count("test") / len(found) < 0.23
    assert 0.08 < found.count("valid") / len(found) < 0.12


def test_image_that_is_added_moves_no_other() -> None:
    few, many = splits(made(50)), splits(made(80))
    assert few.items() <= many.items()


def test_class_of_three_images_is_in_every_split() -> None:
    for per_class in (3, 4, 7):
        dataset = made(per_class)
        for split in ("train", "valid", "test"):
            of_split = [s for s in dataset.samples if s.split == split]
            assert {s.label for s in of_split} == set(EXPRESSIONS), (per_class, split)


def test_other_files_take_no_place_of_a_picture_in_the_test(tmp_path: Path) -> None:
    save_classes(tmp_path, 4)
    for path in list(tmp_path.glob("*/*.png")):
        path.with_suffix(".txt").write_text("how it was labelled")
    dataset = read_dataset(tmp_path, "folders")
    assert {s.label for s in dataset.samples if s.split == "test"} == set(EXPRESSIONS)


def test_names_of_any_system_fall_where_they_do_on_others() -> None:
    """macOS writes a letter and its mark one by one; some names have a byte that is no letter."""
    composed = [f"happy/Zoë {i}.png" for i in range(40)]
    apart = [normalize("NFD", name) for name in composed]
    found = [splits(with_splits(of_names(names))) for names in (composed, apart)]
    assert list(found[0].values()) == list(found[1].values())
    odd = splits(with_splits(of_names([f"happy/Zo\udceb {i}.png" for i in range(3)])))
    assert set(odd.values()) == {"train", "valid", "test"}


def of_names(names: Sequence[str]) -> Dataset:
    return Dataset("made", tuple(Sample(n, picture(0, 2), "happy", "all") for n in names))


def test_folder_and_its_archive_have_the_same_splits(tmp_path: Path) -> None:
    folder = save_classes(tmp_path / "set", 6)
    archive = pack(folder, tmp_path / "set.zip")
    one, other = (read_dataset(path, "folders") for path in (folder, archive))
    assert splits(one) == splits(other)
    assert set(splits(one).values()) == {"train", "valid", "test"}


def test_hold_out_is_stratified_and_seeded() -> None:
    samples = tuple(
        Sample(f"{e}{i}", picture(0, 2), e, "train") for e in EXPRESSIONS for i in range(20)
    )
    dataset = Dataset("made", samples)
    once, again = (hold_out(dataset, "valid", 0.2, seed=3) for _ in range(2))
    assert [s.split for s in once.samples] == [s.split for s in again.samples]
    for expression in EXPRESSIONS:
        held = [s for s in once.samples if s.label == expression and s.split == "valid"]
        assert len(held) == 4


def test_faces_of_other_expressions_are_held_out_as_well(tmp_path: Path) -> None:
    """They tell under which confidence a face is uncertain, and move none that has a label."""
    for split in ("train", "test"):
        save_classes(tmp_path / "set" / split, 20, (*EXPRESSIONS, "sad"))
    held = hold_out(read_dataset(tmp_path / "set", "folders"), "valid", 0.1, seed=1)
    counts = [len(showing_none(held.split(name)).samples) for name in ("train", "valid", "test")]
    assert counts == [18, 2, 20]
    alone = save_classes(tmp_path / "alone" / "train", 20).parent
    without = hold_out(read_dataset(alone, "folders"), "valid", 0.1, seed=1)
    assert splits(without).items() <= splits(held).items()


def test_persons_are_held_out_with_all_that_is_theirs() -> None:
    samples = tuple(
        Sample(f"{e}{i}", picture(0, 2), e, "train", person=f"p{i % 6}")
        for e in EXPRESSIONS
        for i in range(12)
    )
    sad = tuple(
        Dropped(s.name, "sad", "train", OTHER, replace(s, label="sad")) for s in samples[:12]
    )
    held = hold_out(Dataset("made", samples, sad), "valid", 0.1, seed=1)
    persons = {
        split: {s.person for s in held.samples if s.split == split} for split in ("train", "valid")
    }
    assert [len(persons[split]) for split in ("train", "valid")] == [5, 1]
    assert not persons["train"] & persons["valid"]
    others = {d.sample.person for d in held.dropped if d.sample and d.split == "valid"}
    assert others == persons["valid"]
