"""One photograph, by every way that it can come: the same faces, the same scores."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.faces.expressions import EXPRESSIONS, Expression
from fer_video.exporters.data.datasets import Sample
from fer_video.exporters.data.layouts.read import read_dataset
from fer_video.exporters.evaluation.recognition import classify_pictures
from fer_video.perf.bench.crowd import portrait
from tests.conftest import Cli
from tests.media import photograph

OPTIONS = EngineOptions(draw=False)
SIZES = {"small": (600, 400), "large": (1800, 1350)}


@pytest.fixture(params=SIZES)
def photo(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A JPEG of three people near and far, alone in its folder."""
    width, height = SIZES[request.param]
    people = [(share * width // 100, x * width // 8, height // 2) for share, x in PEOPLE]
    path = tmp_path / "in" / "photo.jpg"
    path.parent.mkdir()
    photograph(width, height, *people).save(path, quality=90)
    return path


PEOPLE = ((7, 1), (12, 3), (22, 6))
"""Heights of the faces in hundredths of the width, and their places in eighths of it."""


def through_python(source: Path | str | list[Path]) -> list[dict[str, Any]]:
    with open_pipeline(source, OPTIONS) as pipeline:
        (record,) = [result.to_dict() for result in pipeline]
    faces: list[dict[str, Any]] = record["faces"]
    return faces


def test_a_photograph_has_the_same_faces_whichever_way_it_comes(photo: Path, cli: Cli) -> None:
    expected = through_python(photo)
    assert len(expected) == len(PEOPLE)
    ways: list[Path | str | list[Path]] = [photo.parent, str(photo.parent / "*.jpg"), [photo]]
    assert [through_python(way) for way in ways] == [expected] * 3
    for command in (["predict", photo, "--json"], ["--source", photo, "--json", "-"]):
        run = cli(*command)
        assert run.returncode == 0, run.stderr
        assert json.loads(run.stdout)["faces"] == expected


def test_evaluation_reads_in_a_photograph_what_everybody_reads(photo: Path) -> None:
    """As a file, and out of an archive."""
    largest = max(through_python(photo), key=lambda face: face["box"][2] * face["box"][3])
    archive = photo.parent.parent / "data.zip"
    with ZipFile(archive, "w") as file:
        file.write(photo, "data/happy/photo.jpg")
    (zipped,) = read_dataset(archive, "folders").samples
    alone = Sample("photo.jpg", photo, Expression.HAPPY, "all")
    for scores in classify_pictures(OPTIONS, [alone, zipped]):
        assert scores is not None
        named = dict(zip(map(str, EXPRESSIONS), scores.tolist(), strict=True))
        assert named == pytest.approx(largest["raw_scores"], abs=1e-4)


def test_phone_photograph_has_the_face_that_fills_half_of_it(cli: Cli, tmp_path: Path) -> None:
    picture = Image.new("RGB", (3024, 4032), (110, 120, 130))
    picture.paste(portrait().resize((3024, 3544)), (0, 244))
    picture.save(tmp_path / "selfie.jpg")
    (face,) = json.loads(cli("predict", "selfie.jpg", "--json").stdout)["faces"]
    assert 1300 < face["box"][3] < 2000
