"""Films of every kind are annotated and recorded, in step; ffprobe, not PyAV, says what came out.

Every two of container, sound, time, picture and target meet.
"""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from fer_video.engine.assembly.networks import Networks
from fer_video.engine.assembly.pipelines import open_pipeline
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.records import JsonLines
from fer_video.engine.output.sinks import Sinks
from tests.films.clapper import clicks, flashes
from tests.films.matrix import LANGUAGES, Cell, Film, every_face, film, possible
from tests.films.pairwise import covering
from tests.programs.ffprobe import ffprobe, needs_ffprobe, picture_times, streams

CELLS = covering(possible())


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks.load(EngineOptions(draw=True, keep_audio=True))


@needs_ffprobe
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_film_is_annotated_and_recorded_in_step(
    tmp_path: Path, cell: Cell, networks: Networks, caplog: pytest.LogCaptureFixture
) -> None:
    made = film(cell, tmp_path)
    target = tmp_path / f"out.{cell.target}"
    records = annotated(made.path, target, networks)
    said = ffprobe(target)
    assert_times(made, cell, records, said)
    assert_picture(made, cell, records, said)
    assert_sound(made, cell, target, said)
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(set(told)) == len(told)


def annotated(source: Path, target: Path, networks: Networks) -> list[dict[str, Any]]:
    """As the command does it; the records come back."""
    lines = target.with_suffix(".jsonl")
    with Sinks() as sinks, open_pipeline(source, networks=networks) as pipeline:
        sinks.add(VideoWriter(target, pipeline.info, "superfast"))
        sinks.add(JsonLines(lines))
        for recognized in pipeline:
            sinks.write(recognized)
    return [json.loads(line) for line in lines.read_text().splitlines()]


def assert_times(
    made: Film, cell: Cell, records: list[dict[str, Any]], said: dict[str, Any]
) -> None:
    """Steps are exact to the container's tick, the start to the silence that encoders put first.

    The second of two joined films begins where the last frame of sound of the first one ends.
    """
    recorded, written = [record["time"] for record in records], picture_times(said)
    assert len(recorded) == len(made.times)
    assert recorded == pytest.approx(made.times, abs=0.06)
    least = 0.03 if cell.time == "joined" else 0.0021
    for times in (recorded, written):
        assert from_first(times) == pytest.approx(from_first(made.times), abs=least)


def from_first(times: list[float]) -> list[float]:
    return [time - times[0] for time in times]


def assert_picture(
    made: Film, cell: Cell, records: list[dict[str, Any]], said: dict[str, Any]
) -> None:
    """The face is found where it is in the upright picture, and that is what was written."""
    (film,) = streams(said, "video")
    width, height = made.size
    assert (film["width"], film["height"]) == (width + width % 2, height + height % 2)
    shape = film.get("sample_aspect_ratio", "1:1")
    assert shape == f"{made.aspect.numerator}:{made.aspect.denominator}"
    assert film["pix_fmt"] == ("yuvj420p" if cell.picture == "full range" else "yuv420p")
    assert all(record["size"] == [width, height] for record in records)
    assert not film.get("side_data_list")
    for record in records[:3]:
        assert [tuple(face) for face in every_face(record)] == [pytest.approx(made.face, abs=10)]


def assert_sound(made: Film, cell: Cell, target: Path, said: dict[str, Any]) -> None:
    """All tracks that the target holds, in step with the picture."""
    voices = streams(said, "audio")
    assert len(voices) == (min(made.tracks, 1) if cell.target == "flv" else made.tracks)
    if len(voices) > 1 and cell.container != "avi" and cell.time != "edit list":
        assert [voice["tags"]["language"] for voice in voices] == list(LANGUAGES)
    seen = flashes(target)
    assert len(seen) == (2 if cell.time == "joined" else 1)
    for track in range(len(voices)):
        assert clicks(target, track) == pytest.approx(seen, abs=0.02)
