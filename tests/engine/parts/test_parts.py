"""What parts say, through the whole engine: additive in every record, held, the same everywhere."""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine import EngineOptions, Networks, Recognizer, open_pipeline
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.faces.regions import part_masks
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.parts.hiding import all_hidings, blurred
from fer_video.engine.parts.stage import read_hidings
from tests.conftest import Cli
from tests.media import photograph

MODELS = ("cnn", "cnn_int8", "mobilenetv2", "mobilenetv2_int8")


def picture(shift: int = 0) -> NDArray[np.uint8]:
    """One face, BGR."""
    rgb = np.asarray(photograph(320, 240, (110, 150 + shift, 120)))
    return np.ascontiguousarray(rgb[..., ::-1])


def assert_sums_up(face: dict[str, Any]) -> None:
    parts = face["parts"]
    assert list(parts) == [*PARTS, "rest", "baseline"]
    for label, score in face["raw_scores"].items():
        evidence = sum(parts[name]["evidence"][label] for name in (*PARTS, "rest"))
        assert evidence + parts["baseline"][label] == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_evidences_and_baseline_sum_up_to_the_raw_scores(model: str) -> None:
    recognizer = Recognizer(EngineOptions(model=model, parts=5))
    (reading,) = recognizer(picture())
    assert_sums_up(reading.to_dict())
    assert reading.parts is not None
    for part in reading.parts.of.values():
        assert part.scores.sum() == pytest.approx(1, abs=1e-4)
        assert part.hidden.sum() == pytest.approx(1, abs=1e-4)
        assert part.confidence == pytest.approx(part.scores[reading.labels.index(part.expression)])
    assert np.ptp([part.evidence for part in reading.parts.of.values()]) > 0.02


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks.load(EngineOptions(model="cnn"))


def film() -> list[NDArray[np.uint8]]:
    """A third of a second in which the face moves and grows dark, so that its scores change."""
    return [(picture(2 * i) * (1 - 0.06 * i)).astype(np.uint8) for i in range(10)]


def faces_of(results: Iterable[Any]) -> list[dict[str, Any]]:
    return [face for result in results for face in result.to_dict()["faces"]]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_every_record_of_a_film_sums_up_whether_read_or_held(
    networks: Networks, smoothing: float
) -> None:
    options = EngineOptions(model="cnn", parts=5, smoothing=smoothing)
    with open_pipeline(film(), options, networks=networks) as pipeline:
        faces = faces_of(pipeline)
    assert len(faces) == len(film())
    for face in faces:
        assert_sums_up(face)
    alone = [face["parts"]["mouth"]["confidence"] for face in faces]
    if not smoothing:  # read at 0 s and 0.2 s, which is frame 6
        assert len(set(alone[:6])) == len(set(alone[6:])) == 1
        assert alone[5] != alone[6]
    else:
        assert len(set(alone[6:])) == 4  # on its way from one to the other


def test_recognizer_and_pipeline_read_the_same(networks: Networks) -> None:
    options = EngineOptions(model="cnn", parts=5)
    recognizer = Recognizer(options, tracking=True, networks=networks)
    with open_pipeline(film(), options, networks=networks) as pipeline:
        expected = [[reading.to_dict() for reading in result.readings] for result in pipeline]
    assert [[one.to_dict() for one in readings] for readings in recognizer.batch(film())] == (
        expected
    )


def test_command_line_and_pipeline_read_the_same(cli: Cli) -> None:
    words = "--source demo --parts 10 --max-frames 5 --json -"
    told = [json.loads(line) for line in cli(*words.split()).stdout.splitlines()]
    with open_pipeline("demo", EngineOptions(parts=10, max_frames=5)) as pipeline:
        assert told == [result.to_dict() for result in pipeline]
    assert all("parts" in face for record in told for face in record["faces"])


def test_adaptive_reading_holds_parts_too(networks: Networks) -> None:
    options = EngineOptions(model="cnn", parts=5, classify="adaptive")
    with open_pipeline([picture()] * 8, options, networks=networks) as pipeline:
        faces = faces_of(pipeline)
    assert any("reused" in face for face in faces)
    for face in faces:
        assert_sums_up(face)


def test_nothing_is_read_unless_asked_for(networks: Networks) -> None:
    stages: list[str] = []
    with open_pipeline(
        film()[:2], EngineOptions(model="cnn"), networks=networks,
        observe=lambda stage, *_: stages.append(stage),
    ) as pipeline:  # fmt: skip
        assert all("parts" not in face for face in faces_of(pipeline))
    assert "parts" not in stages


def smiling() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(180, 180, 3) RGB of a face that both networks are sure of, and its landmarks in it."""
    frame = next(islice(open_demo().frames(), 100, None)).to_bgr()
    (reading,) = Recognizer(EngineOptions(model="cnn"))(frame)
    points = reading.face.landmarks
    assert reading.label == "happy"
    assert points is not None
    left, top = (round(v) - 190 for v in points.mean(axis=0).tolist())
    cut = Image.fromarray(frame[top : top + 380, left : left + 380, ::-1]).resize((180, 180))
    return np.asarray(cut), ((points - (left, top)) * 180 / 380).astype(np.float32)


@pytest.mark.parametrize("model", ["cnn", "mobilenetv2"])
def test_two_crops_tell_nearly_what_sixteen_tell(model: str) -> None:
    classifier = Classifier(model, SessionOptions(provider="cpu", threads=1))
    picture, landmarks = smiling()
    crop = to_input(picture[None], classifier.card)[0]
    masks = part_masks(180, landmarks)[:, None]
    sixteen = classifier(all_hidings(crop, blurred(crop, 1), masks))
    seen = read_hidings(crop, landmarks, classifier.split)
    np.testing.assert_allclose(seen[[0, -1]], sixteen[[0, -1]], atol=1e-5)
    assert np.corrcoef((seen - seen[0]).ravel(), (sixteen - sixteen[0]).ravel())[0, 1] > 0.75
