"""Archives that are damaged, encrypted or mean harm, and tables that name files elsewhere."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.errors import DataError
from fer_video.exporters.data.archive import inside, leads_outside, open_archive
from fer_video.exporters.data.images import load_images
from fer_video.exporters.data.layouts.read import read_dataset
from tests.labelled_faces import damage, encrypt, pack, save, save_classes

OUTSIDE = (
    *("../a.png", "a/../../b.png", "/etc/a.png", "..", "..\\a.png"),
    *("C:\\a.png", "C:a.png", "\\a"),
)


@pytest.mark.parametrize("name", OUTSIDE)
def test_paths_that_lead_outside_are_told(name: str, tmp_path: Path) -> None:
    assert leads_outside(name)
    with pytest.raises(DataError, match="leads outside of the data set"):
        inside(tmp_path, name)


@pytest.mark.parametrize("name", ["a.png", "a/b.png", "a..b/c...png", ".hidden/a.png", ""])
def test_other_paths_are_those_of_the_folder(name: str, tmp_path: Path) -> None:
    assert not leads_outside(name)
    assert inside(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("bad", [damage, encrypt])
def test_picture_that_an_archive_does_not_give_is_dropped_and_named(
    bad: Callable[[Path, str], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive = pack(save_classes(tmp_path / "set", 2), tmp_path / "set.zip")
    bad(archive, "happy/1.png")
    bad(archive, "angry/0.png")
    dataset, images = load_images(read_dataset(archive, "folders"))
    assert len(images) == 8
    assert dataset.missing() == ["angry/0.png", "happy/1.png"]
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.startswith(f"{archive}: angry/0.png: is damaged or encrypted")
    assert "it is left out, and so are 1 more" in line


@pytest.mark.parametrize("bad", [damage, encrypt])
def test_table_that_an_archive_does_not_give_is_one_line(
    bad: Callable[[Path, str], None], tmp_path: Path
) -> None:
    table = tmp_path / "set" / "fer2013_labels.csv"
    save(tmp_path / "set" / "FER2013Test" / "a.png", 1)
    table.write_text("image,split,fer2013_label\nFER2013Test/a.png,FER2013Test,happy\n")
    archive = pack(tmp_path / "set", tmp_path / "set.zip")
    assert len(read_dataset(archive, "fer2013").samples) == 1
    bad(archive, "fer2013_labels.csv")
    with pytest.raises(DataError, match=r"set\.zip: fer2013_labels\.csv: is damaged or encrypted"):
        read_dataset(archive, "fer2013")


def test_archive_cut_off_is_named(tmp_path: Path) -> None:
    archive = pack(save_classes(tmp_path / "set", 1), tmp_path / "set.zip")
    archive.write_bytes(archive.read_bytes()[:-100])
    for read in (open_archive, lambda path: read_dataset(path, "folders")):
        with pytest.raises(DataError, match=r"set\.zip: missing, or no readable \.zip"):
            read(archive)


@pytest.mark.parametrize("name", OUTSIDE[:5])
def test_archive_with_members_that_lead_outside_is_refused(name: str, tmp_path: Path) -> None:
    archive = pack(save_classes(tmp_path / "set", 1), tmp_path / "set.zip")
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(name, b"planted")
    with pytest.raises(DataError, match=r"set\.zip: the path of its member .* leads outside"):
        read_dataset(archive, "folders")
    with pytest.raises(DataError, match="leads outside"):
        open_archive(archive)


TABLES = {
    "ferplus": ("FER2013Train/label.csv", "{}.png,box,9,0,0,0,0,0,0,0,0,0\n"),
    "fer2013": ("fer2013_labels.csv", "image,split,fer2013_label\n{}.png,FER2013Test,happy\n"),
    "rafdb": ("EmoLabel/list_patition_label.txt", "train_/{}.jpg 4\n"),
    "affectnet": (
        "training.csv",
        "subDirectory_filePath,face_x,face_y,face_width,face_height,expression\n{}.png,0,0,9,9,1\n",
    ),
}


@pytest.mark.parametrize("layout", TABLES)
@pytest.mark.parametrize("zipped", [False, True])
def test_table_that_names_a_file_outside_of_its_data_set_is_refused(
    layout: str, zipped: bool, tmp_path: Path
) -> None:
    """A picture that lies outside must not be read, and that somebody tries is told."""
    table, line = TABLES[layout]
    path = tmp_path / "set" / table
    for part in ("FER2013Train", "FER2013Valid", "FER2013Test"):
        (tmp_path / "set" / part).mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / part / "label.csv").touch()
    path.parent.mkdir(exist_ok=True)
    path.write_text(line.format("../../../../secret"))
    save(tmp_path / "secret.png", 1)
    place = pack(tmp_path / "set", tmp_path / "set.zip") if zipped else tmp_path / "set"
    with pytest.raises(DataError, match=r"secret.* leads outside of the data set") as raised:
        read_dataset(place, layout)
    assert table in str(raised.value)


BROKEN_TABLES = {
    "a label that is none": ("emotion,pixels,Usage\n9,{},Training\n", "there is no label 9"),
    "a label below zero": ("emotion,pixels,Usage\n-1,{},Training\n", "there is no label -1"),
    "a word for a number": ("emotion,pixels,Usage\nhappy,{},Training\n", "'happy'"),
    "an unknown split": ("emotion,pixels,Usage\n3,{},Exam\n", "the Usage Exam is none of"),
    "a missing column": ("emotion,pixels\n3,{}\n", "there is no Usage"),
    "a value too large": ("emotion,pixels,Usage\n3,{} 999,Training\n", "999"),
    "bytes of no text": ("\udcff", "utf-8"),
}


@pytest.mark.parametrize("kind", BROKEN_TABLES)
def test_row_that_is_none_of_its_layout_is_named(kind: str, tmp_path: Path) -> None:
    text, said = BROKEN_TABLES[kind]
    pixels = " ".join("0" for _ in range(48 * 48 - ("999" in said)))
    table = tmp_path / "fer2013.csv"
    table.write_bytes(text.format(pixels).encode(errors="surrogateescape"))
    with pytest.raises(DataError, match=rf"fer2013\.csv(:2)?: .*{said}") as raised:
        read_dataset(tmp_path, "fer2013")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("votes", ["9,0", "nan,0,0,0,0,0,0,0,0,0", "-1,9,0,0,0,0,0,0,0,0"])
def test_votes_that_are_none_are_named(votes: str, tmp_path: Path) -> None:
    for part in ("FER2013Train", "FER2013Valid", "FER2013Test"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "label.csv").touch()
    (tmp_path / "FER2013Valid" / "label.csv").write_text(f"a.png,box,{votes}\n")
    with pytest.raises(DataError, match=r"FER2013Valid/label\.csv:1: "):
        read_dataset(tmp_path, "ferplus")


def test_face_box_of_no_numbers_is_named(tmp_path: Path) -> None:
    header = "subDirectory_filePath,face_x,face_y,face_width,face_height,expression\n"
    (tmp_path / "training.csv").write_text(f"{header}a.png,nan,0,9,9,1\n")
    with pytest.raises(DataError, match=r"training\.csv:2: .*is no box"):
        read_dataset(tmp_path, "affectnet")


@pytest.mark.parametrize("content", [b"", b"no array", "objects"])
def test_annotation_that_is_none_is_named(content: bytes | str, tmp_path: Path) -> None:
    save(tmp_path / "train_set/images/7.png", 1)
    annotation = tmp_path / "train_set/annotations/7_exp.npy"
    annotation.parent.mkdir()
    if isinstance(content, bytes):
        annotation.write_bytes(content)
    else:
        np.save(annotation, np.array([object()]), allow_pickle=True)
    with pytest.raises(DataError, match=r"7_exp\.npy: "):
        read_dataset(tmp_path, "affectnet")


def test_picture_of_more_pixels_than_memory_is_dropped(tmp_path: Path) -> None:
    """The header alone says so; a decoder that believed it would end the program."""
    save_classes(tmp_path, 1)
    header = b"\x00\x01\x86\xa0" * 2 + b"\x08\x02\x00\x00\x00"  # 100,000 x 100,000, RGB
    chunk = b"IHDR" + header
    png = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\r" + chunk
    png += zlib.crc32(chunk).to_bytes(4, "big")
    (tmp_path / "happy" / "huge.png").write_bytes(png)
    dataset, images = load_images(read_dataset(tmp_path, "folders"))
    assert len(images) == 5
    assert dataset.missing() == ["happy/huge.png"]
