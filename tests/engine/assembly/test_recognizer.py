"""One call a picture: what comes of it, from any thread, and that nothing of it stays."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from pathlib import Path
from threading import enumerate as enumerate_threads
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine import (
    Box,
    EngineOptions,
    Face,
    Networks,
    OptionsError,
    Reading,
    Recognizer,
    SourceError,
    Stage,
    open_pipeline,
)
from fer_video.engine.frames.frame import Frame
from fer_video.engine.options.engine import Classify
from fer_video.perf.studies.live import megabytes
from tests.media import photograph
from tests.networks import classifier_card, write_classifier
from tests.pictures import film

THREADS = 8


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks.load(EngineOptions())


@pytest.fixture(scope="module")
def recognizer(networks: Networks) -> Recognizer:
    return Recognizer(networks=networks)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    """Networks that take no time."""
    path = tmp_path_factory.mktemp("networks") / "tiny.onnx"
    options = EngineOptions(str(write_classifier(path, classifier_card())))
    return Networks.load(options, lambda _: [Face(Box(4, 4, 30, 30), 0.5)])


def bgr(*faces: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(photograph(320, 240, *faces))[..., ::-1])


GROUP = (60, 70, 80), (90, 220, 120)
"""Two faces: height, and the place of the middle."""


def numbers(readings: tuple[Reading, ...]) -> list[list[float]]:
    return [[*astuple(r.face.box), r.face.score, *r.scores, *r.raw_scores] for r in readings]


def test_faces_of_a_picture_are_those_of_a_file_of_it(
    networks: Networks, recognizer: Recognizer, tmp_path: Path
) -> None:
    picture = bgr(*GROUP)
    Image.fromarray(picture[..., ::-1]).save(tmp_path / "group.png")
    with open_pipeline(tmp_path / "group.png", networks=networks) as pipeline:
        (result,) = pipeline
    readings = recognizer(picture)
    assert len(readings) == 2
    assert numbers(readings) == numbers(result.readings)


def test_colour_is_bgr_unless_another_is_named(networks: Networks, recognizer: Recognizer) -> None:
    picture, by_name = bgr(*GROUP), Recognizer(networks=networks, colour="RGB")
    expected = numbers(recognizer(picture))
    assert numbers(by_name(picture[..., ::-1])) == expected
    assert numbers(by_name(picture)) != expected


def test_gray_picture_is_taken(recognizer: Recognizer) -> None:
    grey = np.asarray(photograph(320, 240, *GROUP).convert("L"))
    assert len(recognizer(grey)) == 2


def test_picture_is_left_as_it_is_and_may_be_changed_afterwards(recognizer: Recognizer) -> None:
    picture = bgr(*GROUP)
    before, readings = picture.copy(), recognizer(picture)
    np.testing.assert_array_equal(picture, before)
    expected = numbers(readings)
    picture[:] = 0
    assert numbers(readings) == expected
    assert recognizer(picture) == ()


def test_pictures_of_a_batch_are_read_as_each_alone(recognizer: Recognizer) -> None:
    pictures = [bgr(*GROUP), bgr(), bgr((120, 160, 120)), *(bgr(GROUP[i % 2]) for i in range(20))]
    together = recognizer.batch(iter(pictures))
    assert [len(readings) for readings in together] == [2, 0, 1, *[1] * 20]
    for readings, picture in zip(together, pictures, strict=True):
        np.testing.assert_allclose(numbers(readings), numbers(recognizer(picture)), atol=1e-4)
    assert recognizer.batch([]) == []


def test_faces_of_a_batch_are_classified_together(tiny: Networks) -> None:
    sizes, read = list[int](), tiny.classifier

    class Counts:
        card, split = read.card, read.split

        def __call__(self, batch: Any) -> Any:
            sizes.append(len(batch))
            return read(batch)

    recognizer = Recognizer(networks=replace(tiny, classifier=Counts()))
    assert len(recognizer.batch(np.zeros((40, 48, 48, 3), np.uint8))) == 40
    assert sizes == [16, 16, 8]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.zeros((4, 4, 3), np.float32), "is float32"),
        (np.zeros((4, 4, 4), np.uint8), "has the shape"),
        (None, "is None, which `cv2.imread` gives of a file that is missing"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_number(
    recognizer: Recognizer, wrong: Any, said: str
) -> None:
    with pytest.raises(SourceError, match=f"^picture 0: {said}"):
        recognizer(wrong)
    with pytest.raises(SourceError, match=f"^picture 17: {said}"):
        recognizer.batch([*[bgr()] * 17, wrong])
    assert recognizer(bgr()) == ()


def test_settings_that_make_no_sense_are_refused(tiny: Networks) -> None:
    with pytest.raises(OptionsError, match="colour GBR"):
        Recognizer(networks=tiny, colour="GBR")  # type: ignore[arg-type]
    with pytest.raises(OptionsError, match="frame rate 0"):
        Recognizer(networks=tiny, tracking=True, frame_rate=0)


def test_every_face_has_an_identity_of_its_own_from_whatever_thread(tiny: Networks) -> None:
    recognizer, picture = Recognizer(networks=tiny), np.zeros((48, 48), np.uint8)
    with ThreadPoolExecutor(THREADS) as threads:
        found = [readings[0].face.id for readings in threads.map(recognizer, [picture] * 200)]
    assert sorted(found, key=lambda identity: identity or 0) == list(range(1, 201))


def test_threads_get_what_one_alone_gets(recognizer: Recognizer) -> None:
    """Pictures of ever other sizes and faces, so that no thread may use another's memory."""
    sizes = [(320, 240), (200, 300), (321, 241), (640, 480)]
    pictures = [
        np.ascontiguousarray(np.asarray(photograph(*size, (60 + 5 * i, 100, 100)))[..., ::-1])
        for i, size in enumerate(sizes)
    ] * 4
    expected = [numbers(recognizer(picture)) for picture in pictures]
    assert all(expected)
    with ThreadPoolExecutor(THREADS) as threads:
        assert [numbers(readings) for readings in threads.map(recognizer, pictures)] == expected


def test_it_starts_no_thread(recognizer: Recognizer) -> None:
    before = set(enumerate_threads())
    recognizer.batch([bgr(*GROUP)] * 2)
    assert set(enumerate_threads()) == before


def test_nothing_is_smoothed_or_followed_unless_it_is_asked_for(networks: Networks) -> None:
    adaptive = replace(networks.options, classify="adaptive", smoothing=5.0)
    recognizer, picture = Recognizer(adaptive, networks=networks), bgr(*GROUP)
    first, second = recognizer(picture), recognizer(picture[:, ::-1])
    assert len({reading.face.id for reading in (*first, *second)}) == 4
    for reading in (*first, *second):
        np.testing.assert_array_equal(reading.scores, reading.raw_scores)
        assert not reading.reused


@pytest.mark.parametrize("classify", ["every", "adaptive"])
def test_tracking_is_that_of_a_pipeline_one_by_one_and_in_batches(
    networks: Networks, classify: Classify
) -> None:
    options = replace(networks.options, classify=classify, draw=False)
    pictures = [frame.to_bgr() for frame in film("many faces", 20)]
    with open_pipeline(pictures, options, networks=networks) as pipeline:
        results = list(pipeline)
    one_by_one, batches = (Recognizer(options, networks=networks, tracking=True) for _ in range(2))
    alone = [one_by_one(picture) for picture in pictures]
    together = batches.batch(pictures[:3]) + batches.batch(pictures[3:])
    for result, single, batched in zip(results, alone, together, strict=True):
        same = replace(result, readings=single)
        assert same.to_dict() == result.to_dict()
        assert [r.face.id for r in batched] == [r.face.id for r in result.readings]
        np.testing.assert_allclose(numbers(batched), numbers(single), atol=1e-4)
    assert any(r.reused for one in alone for r in one) == (classify == "adaptive")


def test_times_of_a_film_are_those_given(networks: Networks) -> None:
    picture = bgr(*GROUP)
    recognizer = Recognizer(networks=networks, tracking=True)
    ids = [recognizer(picture, time)[0].face.id for time in (0.0, 0.5, 9.0)]
    assert ids == [1, 1, 3]  # whoever was away for seconds is somebody new


@pytest.mark.parametrize("order", [(1, 0.4), (0.4, 1)])
@pytest.mark.parametrize("classify", ["every", "adaptive"])
def test_nobody_is_known_behind_a_cut_to_a_darker_or_a_brighter_scene(
    networks: Networks, classify: Classify, order: tuple[float, float]
) -> None:
    options = replace(networks.options, classify=classify)
    recognizer = Recognizer(options, networks=networks, tracking=True)
    one, other = (np.asarray(photograph(320, 240, (120, 160, 120), light=light)) for light in order)
    shots = [one[..., ::-1]] * 3 + [other[:, ::-1, ::-1]] * 3
    assert [[r.face.id for r in recognizer(picture)] for picture in shots] == [[1]] * 3 + [[2]] * 3


def keeping(kept: list[Frame]) -> Stage[Frame, Frame]:
    def keep(frame: Frame) -> Frame:
        kept.append(frame)
        return frame

    return Stage("keep", keep)


@pytest.mark.parametrize("leaks", [False, True])
def test_memory_does_not_grow_with_the_pictures(tiny: Networks, leaks: bool) -> None:
    """A frame of these takes 0.23 MB; the measure is told from one that sees nothing by a leak."""
    kept: list[Frame] = []
    recognizer = Recognizer(networks=tiny, stages={"before detect": keeping(kept)} if leaks else {})
    picture = np.full((360, 426, 3), 90, np.uint8)
    with ThreadPoolExecutor(THREADS) as threads:

        def answer(count: int) -> float:
            for readings in threads.map(recognizer, [picture] * count):
                assert len(readings) == 1
            return megabytes()

        before = answer(200)
        grown = answer(800) - before
    assert grown > 100 if leaks else grown < 20
