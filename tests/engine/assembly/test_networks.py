"""Networks that several pipelines and recognizers share: loaded once, equal results, at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine import (
    Box,
    DetectOptions,
    EngineOptions,
    Face,
    Networks,
    OptionsError,
    Recognizer,
    SessionOptions,
    open_pipeline,
    open_pipelines,
)
from fer_video.engine.network import session
from fer_video.engine.network.classifier import Reads
from fer_video.engine.network.provider import load
from tests.pictures import film

OPTIONS = EngineOptions(draw=False)


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks.load(OPTIONS)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are loaded from now on."""
    names: list[str] = []

    def counted(path: Path, model: str | bytes, options: SessionOptions) -> Any:
        names.append(path.name)
        return load(path, model, options)

    monkeypatch.setattr(session, "load", counted)
    return names


def records(clip: Path, **given: Any) -> list[dict[str, object]]:
    with open_pipeline(clip, **given) as pipeline:
        return [result.to_dict() for result in pipeline]


def test_each_is_loaded_once_for_all_who_share_them(face_clip: Path, loaded: list[str]) -> None:
    networks = Networks.load(OPTIONS)
    assert len(loaded) == 2
    Recognizer(networks=networks)
    Recognizer(networks=networks, tracking=True)
    with (
        open_pipeline(face_clip, networks=networks) as one,
        open_pipeline(face_clip, networks=networks) as other,
    ):
        assert one.provider == other.provider == networks.provider
    assert len(loaded) == 2
    open_pipeline(face_clip, OPTIONS).close()
    assert len(loaded) == 4


def test_pipelines_that_share_and_run_at_once_give_what_each_gives_alone(
    face_clip: Path, networks: Networks
) -> None:
    alone = records(face_clip, options=OPTIONS)
    picture = film("many faces", 1)[0].to_bgr()
    recognizer, together = Recognizer(networks=networks), list[Any]()
    expected = [reading.scores for reading in recognizer(picture)]
    with (
        open_pipeline(face_clip, networks=networks) as one,
        open_pipeline(face_clip, networks=networks) as other,
    ):
        for pair in zip_longest(one, other):
            together.append([result.to_dict() for result in pair])
            scores = [reading.scores for reading in recognizer(picture)]
            np.testing.assert_array_equal(scores, expected)
    assert together == [[record, record] for record in alone]


def test_each_looks_for_faces_as_its_own_options_say(face_clip: Path, networks: Networks) -> None:
    strict = replace(OPTIONS, detect=DetectOptions(threshold=1.0))
    none = records(face_clip, options=strict, networks=networks)
    assert [record["faces"] for record in none] == [[]] * 12
    assert all(record["faces"] for record in records(face_clip, networks=networks))


def test_options_are_those_of_the_networks_unless_given(face_clip: Path) -> None:
    networks = Networks.load(EngineOptions("mobilenetv2", min_confidence=1.0, max_frames=2))
    shared = records(face_clip, networks=networks)
    assert shared == records(face_clip, options=networks.options)
    assert len(shared) == 2
    faces: Any = shared[0]["faces"]
    assert faces[0]["expression"] == "uncertain"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"options": "cnn"}, "options 'cnn': give EngineOptions, or None"),
        ({"options": {"draw": True}}, "options {'draw': True}: give EngineOptions"),
        ({"networks": "cnn"}, "networks 'cnn': give Networks, or None"),
    ],
)
def test_what_is_no_network_and_no_options_is_refused_in_a_line(
    given: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionsError, match=said):
        open_pipeline([np.zeros((9, 9), np.uint8)], **given)
    with pytest.raises(OptionsError, match=said):
        Recognizer(**given)


def test_file_of_a_network_may_be_a_path_or_its_name(networks: Networks) -> None:
    options = EngineOptions(Path("cnn"), detect=DetectOptions(Path("detector")))
    assert networks.under(options).classifier is networks.classifier


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (EngineOptions("mobilenetv2"), "model mobilenetv2: .* loaded with cnn; load others"),
        (EngineOptions(precision="fp32"), "precision fp32: .* loaded with auto"),
        (EngineOptions(session=SessionOptions(threads=2)), "session .*threads=2"),
        (
            EngineOptions(detect=DetectOptions("other.onnx")),
            "detector other.onnx: .* detector;",
        ),
    ],
)
def test_options_for_other_networks_are_refused_in_a_line(
    networks: Networks, options: EngineOptions, said: str
) -> None:
    with pytest.raises(OptionsError, match=said) as raised:
        open_pipeline([np.zeros((9, 9), np.uint8)], options, networks=networks)
    assert "\n" not in str(raised.value)
    with pytest.raises(OptionsError, match=said):
        Recognizer(options, networks=networks)


def test_no_lock_keeps_one_from_reading_while_another_reads(networks: Networks) -> None:
    """Each thread must meet another one in the detector, then in the classifier."""
    both = Barrier(2, timeout=20)
    read = networks.classifier

    class Meets:
        card, split = read.card, read.split

        def __call__(self, batch: NDArray[np.float32 | np.uint8]) -> NDArray[np.float32]:
            both.wait()
            return read(batch)

    def meets(_grey: NDArray[np.uint8]) -> list[Face]:
        both.wait()
        return [Face(Box(2, 2, 20, 20), 0.9)]

    classifier: Reads = Meets()
    slow = replace(networks, classifier=classifier)
    first, second = (Recognizer(networks=slow, detector=meets) for _ in range(2))
    pictures = [np.full((32, 32), level, np.uint8) for level in (50, 100)]
    with ThreadPoolExecutor(2) as threads:
        for ways in ((first, first), (first, second)):
            calls = [threads.submit(way, one) for way, one in zip(ways, pictures, strict=True)]
            assert [len(call.result()) for call in calls] == [1, 1]


def test_one_source_in_the_place_of_several_is_refused_in_a_line() -> None:
    with pytest.raises(OptionsError, match="sources demo: give a list of them"):
        open_pipelines("demo")
