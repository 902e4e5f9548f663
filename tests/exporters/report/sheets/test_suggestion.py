"""A first people.csv with pictures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_video.engine.errors import OutputError
from fer_video.exporters.report.recorded.recording import Recording
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.suggestion import suggest_people
from tests.media import Encoding, write_video
from tests.report_records import face, frame, write


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Two faces, of which the second is larger in the frame that is all bright."""
    faces = [
        [face(1, "happy", 0.9), face(2, "happy", 0.9)],
        [face(2, "happy", 0.9) | {"box": [40.0, 20.0, 80.0, 80.0]}],
        [],
    ]
    frames = (frame(n, n / 25, found, "in.mp4") for n, found in enumerate(faces))
    (made,) = read_records([write(tmp_path / "in.jsonl", frames)])
    return made


def test_every_identity_has_a_row_and_its_best_picture(
    recording: Recording, tmp_path: Path
) -> None:
    levels = (40, 220, 40)
    pictures = [np.full((144, 192, 3), level, np.uint8) for level in levels]
    write_video(tmp_path / "in.mp4", pictures, Encoding())
    path, pictures_made = suggest_people([recording], tmp_path / "out")
    table = pd.read_csv(path)
    assert pictures_made == 2
    assert table[["file", "id"]].to_numpy().tolist() == [["in.mp4", 1], ["in.mp4", 2]]
    assert table["name"].isna().all()
    assert table["seen_s"].tolist() == pytest.approx([0.04, 0.08])
    first, second = (Image.open(path.parent / name) for name in table["picture"])
    assert np.asarray(first).mean() < 100
    assert np.asarray(second).mean() > 180
    assert second.size == (144, 132)  # the box and its surroundings, cut at the picture's top


def test_picture_is_of_the_moment_of_the_record_where_a_run_began_later(tmp_path: Path) -> None:
    seen = [face(1, "happy", 0.9)]
    records = write(tmp_path / "in.jsonl", [frame(n, (2 + n) / 25, seen, "in.mp4") for n in (0, 1)])
    pictures = [np.full((144, 192, 3), level, np.uint8) for level in (40, 40, 220, 220)]
    write_video(tmp_path / "in.mp4", pictures, Encoding())
    path, _ = suggest_people(read_records([records]), tmp_path / "out")
    (name,) = pd.read_csv(path)["picture"]
    assert np.asarray(Image.open(path.parent / name)).mean() > 180


def test_a_video_that_is_cut_off_gives_the_pictures_that_it_has(
    recording: Recording, tmp_path: Path
) -> None:
    write_video(tmp_path / "in.mp4", [np.full((144, 192, 3), 90, np.uint8)], Encoding())
    path, pictures = suggest_people([recording], tmp_path / "out")
    assert pictures == 1  # the first frame's face; the second's frame is not there any more
    assert pd.read_csv(path)["picture"].isna().tolist() == [False, True]


def test_without_the_video_there_are_rows_without_pictures(
    recording: Recording, tmp_path: Path
) -> None:
    path, pictures = suggest_people([recording], tmp_path / "out")
    assert pictures == 0
    assert pd.read_csv(path)["picture"].isna().all()


def test_what_a_person_filled_in_is_not_replaced(recording: Recording, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        suggest_people([recording], tmp_path)
    assert (tmp_path / "people.csv").read_text() == "mine"
