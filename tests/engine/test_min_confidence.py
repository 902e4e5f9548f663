"""From which confidence on a face has a label: what the network's card says, or what is asked for,
and the same for one picture on every way through the engine."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine import (
    EXPRESSIONS,
    UNCERTAIN,
    Box,
    EngineOptions,
    Face,
    Networks,
    Reading,
    Recognizer,
    Records,
    open_pipeline,
)
from fer_video.engine.output.about import about_file
from tests.command_line import records
from tests.conftest import Cli
from tests.media import photograph, write_image
from tests.networks import classifier_card, write_classifier

PICTURE: NDArray[np.uint8] = np.full((48, 64, 3), (40, 90, 200), np.uint8)


def find(_grey: NDArray[np.uint8]) -> list[Face]:
    return [Face(Box(8, 8, 30, 30), 0.9)]


def networks(folder: Path, on_card: float) -> Networks:
    """Of which the classifier has this threshold."""
    card = classifier_card(min_confidence=on_card, temperature=2.0)
    model = write_classifier(folder / f"{on_card:.3f}.onnx", card)
    return Networks.load(EngineOptions(model), find)


def every_way(loaded: Networks, asked: float | None, folder: Path) -> Iterator[Reading]:
    """What a photograph, a film, and single calls say of the same picture."""
    options = replace(loaded.options, min_confidence=asked)
    file = write_image(folder / "a.png", PICTURE[..., ::-1])
    for source in (file, [PICTURE] * 2):
        with open_pipeline(source, options, networks=loaded, detector=find) as pipeline:
            yield from (reading for result in pipeline for reading in result.readings)
    for tracking in (False, True):
        read = Recognizer(options, networks=loaded, detector=find, tracking=tracking)
        yield from read(PICTURE)


@pytest.fixture(scope="module")
def confidence(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Of the picture's face."""
    loaded = networks(tmp_path_factory.mktemp("plain"), 0.0)
    (reading,) = Recognizer(networks=loaded, detector=find)(PICTURE)
    assert 0.25 < reading.confidence < 0.9
    return reading.confidence


@pytest.mark.parametrize(
    ("on_card", "asked", "sure"),
    [
        (0.05, None, False),
        (-0.05, None, True),
        (0.05, 0.0, True),
        (0.05, -0.05, True),
        (-0.05, 0.05, False),
    ],
    ids=str,
)
def test_a_face_is_labelled_by_the_cards_threshold_unless_another_is_asked_for(
    tmp_path: Path, confidence: float, on_card: float, asked: float | None, sure: bool
) -> None:
    """Thresholds are told as more or less than the face's confidence; 0 is none."""
    loaded = networks(tmp_path, confidence + on_card)
    wanted = confidence + asked if asked else asked
    readings = [*every_way(loaded, wanted, tmp_path)]
    assert len(readings) == 5
    for reading in readings:
        assert reading.confidence == pytest.approx(confidence, abs=1e-3)
        assert reading.label == (reading.expression if sure else UNCERTAIN)


def test_films_label_steadily_what_photographs_label_one_by_one(tmp_path: Path) -> None:
    """The face's confidence goes up and down around the threshold, and in the end stays below."""
    loaded = networks(tmp_path, 0.0)
    clear, dim = (np.full_like(PICTURE, (40, 90, red)) for red in (230, 200))
    high, low = (Recognizer(networks=loaded, detector=find)(p)[0].confidence for p in (clear, dim))
    options = replace(loaded.options, min_confidence=(high + low) / 2)
    pictures = [clear] * 10 + ([dim] * 4 + [clear] * 4) * 5 + [dim] * 20
    as_stills = Recognizer(options, networks=loaded, detector=find)
    as_film = Recognizer(options, networks=loaded, detector=find, tracking=True)
    with open_pipeline(pictures, options, networks=loaded, detector=find) as pipeline:
        film = [reading.label for result in pipeline for reading in result.readings]
    assert film == [reading.label for one in pictures for reading in as_film(one)]
    assert film[:50] == ["angry"] * 50
    assert film[-1] == UNCERTAIN
    assert sum(one != other for one, other in pairwise(film)) == 1
    stills = [reading.label for one in pictures for reading in as_stills(one)]
    assert stills == ["angry" if one is clear else UNCERTAIN for one in pictures]


@pytest.mark.parametrize(("asked", "told"), [(None, 0.875), (0.0, 0.0), (0.5, 0.5)])
def test_a_run_tells_the_threshold_that_it_used(
    tmp_path: Path, asked: float | None, told: float
) -> None:
    loaded, file = networks(tmp_path, 0.875), tmp_path / "out.jsonl"
    options = replace(loaded.options, min_confidence=asked)
    with (
        open_pipeline([PICTURE], options, networks=loaded, detector=find) as pipeline,
        Records(file, about=pipeline) as written,
    ):
        for result in pipeline:
            written.write(result)
    assert json.loads(about_file(file).read_text())["options"]["min_confidence"] == told


def test_commands_take_the_networks_threshold_and_label_every_face_for_0(
    cli: Cli, tmp_path: Path
) -> None:
    write_classifier(tmp_path / "own.onnx", classifier_card(min_confidence=1.0))
    photograph(320, 240, (120, 160, 120)).save(tmp_path / "face.png")
    for flags, sure in (((), False), (("--min-confidence", "0"), True)):
        asked = ("--model", "own.onnx", *flags)
        run = cli("--source", "face.png", *asked, "--json", "out.jsonl")
        assert run.returncode == 0, run.stderr
        (record,) = records(tmp_path / "out.jsonl")
        (face,) = record["faces"]
        assert (face["expression"] in EXPRESSIONS) == sure
        assert (UNCERTAIN in cli("predict", "face.png", *asked).stdout) == (not sure)
