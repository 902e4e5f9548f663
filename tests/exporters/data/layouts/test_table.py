"""Tables as people have them: each is read, or told with its row."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.errors import DataError
from fer_video.exporters.data.layouts.read import read_dataset
from tests.labelled_faces import save

PIXELS = " ".join(map(str, np.random.default_rng(0).integers(0, 256, 48 * 48)))
FEWER = PIXELS.partition(" ")[2]
ROWS = ((0, "Training"), (3, "PublicTest"), (6, "PrivateTest"))
GOOD = "emotion,pixels,Usage\n" + "".join(f"{label},{PIXELS},{usage}\n" for label, usage in ROWS)
ICML = "emotion, Usage, pixels\n" + "".join(f"{label},{usage},{PIXELS}\n" for label, usage in ROWS)

READ = {
    "as it is published": GOOD.encode(),
    "byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "UTF-16": GOOD.encode("utf-16"),
    "semicolons": GOOD.replace(",", ";").encode(),
    "tabs": GOOD.replace(",", "\t").encode(),
    "blanks in its header": ICML.encode(),
    "a header in capitals": GOOD.replace("emotion,pixels", "Emotion,PIXELS").encode(),
    "lines of Windows": GOOD.replace("\n", "\r\n").encode(),
    "lines of an old Mac": GOOD.replace("\n", "\r").encode(),
    "an end of DOS": GOOD.encode() + b"\x1a",
    "zeros at its end": GOOD.encode() + b"\0" * 100,
    "empty rows": (GOOD + "\n \n,,\n").encode(),
    "another case": GOOD.replace("Training", "training ").encode(),
    "further columns": GOOD.replace("emotion,", "id,emotion,").replace("\n", "\n7,").encode()[:-2],
    "two blanks": GOOD.replace(" ", "  ").encode(),
}
TOLD = {
    "a row cut short": ((GOOD + "3\n").encode(), ":5: there is no pixels"),
    "a row of words": ((GOOD + "-- end --\n").encode(), ":5: there is no pixels"),
    "an end cut off": ((GOOD + f"3,{PIXELS[:500]}").encode(), ":5: .* expected 48 x 48"),
    "a split nobody knows": ((GOOD + f"3,{PIXELS},Testing\n").encode(), ":5: the Usage Testing"),
    "a label nobody knows": ((GOOD + f"9,{PIXELS},Training\n").encode(), ":5: there is no label 9"),
    "a label in words": ((GOOD + f"sad,{PIXELS},Training\n").encode(), ":5: .*'sad'"),
    "a pixel of 300": (
        (GOOD + f"3,300 {PIXELS.partition(chr(32))[2]},Training\n").encode(),
        ":5: levels go from .* to 300",
    ),
    "no header": (GOOD.partition("\n")[2].encode(), ":2: there is no pixels"),
    "no labels": (f"pixels\n{PIXELS}\n".encode(), ":2: there is no emotion"),
    "a pointer of Git LFS": (b"version https://git-lfs\noid sha256:0\n", ":2: there is no pixels"),
    "a quote left open": ((GOOD + f'3,"{PIXELS},Training\n' * 40).encode(), r"fer2013\.csv:\d+: "),
    "another alphabet": (GOOD.replace("Public", "Públic").encode("latin-1"), "utf-8"),
    "it packed": (gzip.compress(GOOD.encode()), "utf-8"),
    "nothing": (b"", "no image of"),
    "a header alone": (b"emotion,pixels,Usage\n", "no image of"),
    "a page": (b"<!DOCTYPE html><html>Sign in</html>", "no image of"),
}


@pytest.mark.parametrize("name", ["fer2013.csv", "icml_face_data.csv"])
@pytest.mark.parametrize("table", READ)
def test_table_is_read_with(tmp_path: Path, table: str, name: str) -> None:
    (tmp_path / name).write_bytes(READ[table])
    samples = read_dataset(tmp_path, "fer2013").samples
    assert [(str(sample.label), sample.split) for sample in samples] == [
        *(("angry", "train"), ("happy", "valid"), ("neutral", "test"))
    ]


@pytest.mark.parametrize("table", TOLD)
def test_table_is_told_with(tmp_path: Path, table: str) -> None:
    data, said = TOLD[table]
    (tmp_path / "fer2013.csv").write_bytes(data)
    with pytest.raises(DataError, match=said) as caught:
        read_dataset(tmp_path, "fer2013")
    assert len(str(caught.value)) < 400


def test_rafdb_is_read_from_folders_of_numbers(tmp_path: Path) -> None:
    """As it is passed on; 1 is surprise, and 5 is sadness."""
    for name in ("train/1/a.jpg", "train/4/b.jpg", "train/5/c.jpg", "test/7/d.jpg"):
        save(tmp_path / "DATASET" / name, seed=len(name))
    dataset = read_dataset(tmp_path, "rafdb")
    assert [(sample.name, str(sample.label), sample.split) for sample in dataset.samples] == [
        ("test/7/d.jpg", "neutral", "test"),
        ("train/1/a.jpg", "surprise", "train"),
        ("train/4/b.jpg", "happy", "train"),
    ]
    assert dataset.left_out() == {("sadness", "another expression"): 1}


def test_folder_of_a_number_without_a_word_is_one_line(tmp_path: Path) -> None:
    save(tmp_path / "train/9/a.png", 1)
    with pytest.raises(DataError, match=r"9: there is no label 9; it is not as its layout has it"):
        read_dataset(tmp_path, "rafdb")
