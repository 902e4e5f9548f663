"""Which file is taken for the film that records were made of."""

import json
import os
from pathlib import Path

import pytest

from fer_video.exporters.report.recorded.media import find_video
from fer_video.exporters.report.recorded.records import read_records
from tests.report_records import frame, write


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two participants' films of one name, and one annotated; we are in the second's folder."""
    for place, size in (("P01/in.mp4", 10), ("P02/in.mp4", 20), ("P02/out/in.mp4", 30)):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(bytes(size))
    monkeypatch.chdir(tmp_path / "P02")
    return tmp_path


def found(records: Path, source: str = "in.mp4") -> Path | None:
    write(records, [frame(0, 0, [], source)])
    (video,) = read_records([records])
    film = find_video(video)
    return None if film is None else Path(os.path.relpath(film.resolve(), records.parent.resolve()))


def told(records: Path, size: int, file: str = "in.mp4") -> None:
    about = {"sources": [{"name": "in.mp4", "file": file, "size": size}]}
    records.with_name("in.about.json").write_text(json.dumps(about))


def test_the_film_beside_the_records_is_theirs_not_one_of_its_name_where_we_are(
    films: Path,
) -> None:
    assert found(films / "P01" / "in.jsonl") == Path("in.mp4")
    (films / "P01" / "in.mp4").unlink()
    assert found(films / "P01" / "in.jsonl") == Path("../P02/in.mp4")


def test_a_way_from_where_we_are_is_more_than_a_name_alone(films: Path) -> None:
    assert found(films / "P02" / "out" / "in.jsonl", "../P01/in.mp4") == Path("../../P01/in.mp4")
    assert found(films / "P01" / "in.jsonl", "../P02/in.mp4") == Path("../P02/in.mp4")


def test_a_film_of_another_size_than_the_run_told_is_another(films: Path) -> None:
    records = films / "P02" / "out" / "in.jsonl"
    for size, film in ((20, Path("../in.mp4")), (30, Path("in.mp4")), (40, None)):
        told(records, size)
        assert found(records) == film
    told(records, 10, file="../P01/in.mp4")
    assert found(records) == Path("../../P01/in.mp4")
