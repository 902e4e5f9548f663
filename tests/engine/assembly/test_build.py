"""The Python interface: a source and options in, recognised frames out."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.engine import (
    EXPRESSIONS,
    Arrays,
    Delivery,
    DetectOptions,
    EngineOptions,
    Feed,
    OptionsError,
    RecognizedFrame,
    Recognizer,
    SourceError,
    open_pipeline,
)
from fer_video.engine.capture.open import open_source
from fer_video.engine.capture.pictures.given import Picture, TimedPicture
from fer_video.engine.faces.expressions import Scores
from tests.media import Encoding, decoded, patches, write_image, write_video


def test_five_lines_read_the_faces_of_a_file(face_clip: Path) -> None:
    with open_pipeline(face_clip) as pipeline:
        found = [[reading.expression for reading in result.readings] for result in pipeline]
    assert len(found) == 12
    assert all(len(faces) == 1 and faces[0] in EXPRESSIONS for faces in found)
    assert (pipeline.info.width, pipeline.info.height) == (640, 360)
    assert pipeline.provider


@pytest.mark.parametrize(
    ("options", "clean"),
    [(EngineOptions(), True), (EngineOptions(draw=False), True), (EngineOptions(draw=True), False)],
)
def test_frames_are_drawn_on_only_if_asked_for(
    face_clip: Path, options: EngineOptions, clean: bool
) -> None:
    with open_pipeline(face_clip, replace(options, max_frames=1)) as pipeline:
        (result,) = pipeline
    untouched = next(iter(open_source(face_clip).frames()))
    assert np.array_equal(result.frame.luma, untouched.luma) == clean
    assert np.array_equal(result.to_bgr(), untouched.to_bgr()) == clean


def test_result_does_not_depend_on_how_many_frames_are_in_flight(face_clip: Path) -> None:
    one, many = (run(face_clip, EngineOptions(in_flight=count)) for count in (1, 16))
    assert one == many


def test_no_more_frames_are_in_flight_than_asked_for(face_clip: Path) -> None:
    seen: list[int] = []
    options = EngineOptions(in_flight=1, draw=False)
    pipeline = open_pipeline(
        face_clip, options, observe=lambda *_: seen.append(pipeline.counters().in_flight)
    )
    with pipeline:
        assert len(list(pipeline)) == 12
    assert max(seen) == 1


def scores_of(clip: Path, **options: Any) -> list[Scores]:
    with open_pipeline(clip, EngineOptions(draw=False, **options)) as pipeline:
        return [result.readings[0].scores for result in pipeline]


def test_scores_are_smoothed_and_counted_from_the_resting_face_as_asked(face_clip: Path) -> None:
    raw, smoothed = scores_of(face_clip, smoothing=0), scores_of(face_clip)
    rested = scores_of(face_clip, smoothing=0, calibrate=0.2)
    with open_pipeline(face_clip, EngineOptions(draw=False)) as pipeline:
        alone = [result.readings[0].raw_scores for result in pipeline]
    np.testing.assert_allclose(raw, alone, atol=1e-6)
    np.testing.assert_array_equal(smoothed[0], raw[0])
    assert not np.allclose(smoothed[-1], raw[-1], atol=1e-6)
    np.testing.assert_array_equal(rested[:5], raw[:5])  # a fifth of a second, at 25 a second
    assert not np.allclose(rested[-1], raw[-1], atol=0.01)


def run(clip: Path, options: EngineOptions) -> list[str]:
    with open_pipeline(clip, options) as pipeline:
        return [json.dumps(result.to_dict()) for result in pipeline]


def test_file_played_as_a_camera_offers_every_frame(face_clip: Path) -> None:
    with open_pipeline(face_clip, EngineOptions(realtime=True)) as pipeline:
        seen = [result.frame.index for result in pipeline]
    assert pipeline.info.live
    assert len(seen) + pipeline.dropped == 12
    assert seen == sorted(seen)


def test_several_images_are_one_source(tmp_path: Path) -> None:
    files = [write_image(tmp_path / f"{i}.png", patches(100 + i, 80)) for i in range(3)]
    with open_pipeline(files) as pipeline:
        assert [result.frame.width for result in pipeline] == [100, 101, 102]


def test_portrait_clips_have_one_face(shared: Path) -> None:
    with open_pipeline(
        shared / "videos" / "portrait_s18.mp4", EngineOptions(max_frames=40)
    ) as pipeline:
        counts = [len(result.readings) for result in pipeline]
    assert sum(count == 1 for count in counts) >= 39


def test_bad_source_fails_at_once() -> None:
    with pytest.raises(SourceError, match=r"missing\.mp4"):
        open_pipeline("missing.mp4")


@pytest.mark.parametrize("values", [{"in_flight": 0}, {"max_frames": 0}])
def test_settings_out_of_range_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(OptionsError, match="at least 1"):
        EngineOptions(**values)  # type: ignore[arg-type]


def test_threshold_decides_what_is_a_face(face_clip: Path) -> None:
    options = EngineOptions(detect=DetectOptions(threshold=1.0), max_frames=2)
    with open_pipeline(face_clip, options) as pipeline:
        assert [result.readings for result in pipeline] == [(), ()]


def of_the_picture(result: RecognizedFrame) -> dict[str, Any]:
    """The record without what its source is called."""
    return {name: value for name, value in result.to_dict().items() if name != "source"}


def test_arrays_give_the_records_of_a_file_that_holds_them(face_clip: Path, tmp_path: Path) -> None:
    with open_pipeline(face_clip, EngineOptions(max_frames=8)) as pipeline:
        arrays = [result.to_bgr() for result in pipeline]
    file = tmp_path / "lossless.mov"
    write_video(file, [bgr[..., ::-1] for bgr in arrays], Encoding("png", "rgb24"))
    assert_equal_whichever_way_they_come(file, arrays)


@pytest.mark.parametrize("codec", ["h264", "vp9", "mpeg4"])
def test_decoded_frames_give_the_records_of_their_file(
    face_clip: Path, tmp_path: Path, codec: str
) -> None:
    file = face_clip
    if codec != "h264":
        encoding = Encoding(codec if codec == "mpeg4" else "libvpx-vp9", "yuv420p")
        with open_pipeline(face_clip, EngineOptions(max_frames=6)) as pipeline:
            pictures = [np.ascontiguousarray(result.to_bgr()[..., ::-1]) for result in pipeline]
        file = write_video(tmp_path / "clip.mkv", pictures, encoding)
    assert_equal_whichever_way_they_come(file, decoded(file))


def assert_equal_whichever_way_they_come(file: Path, pictures: Sequence[Picture]) -> None:
    """As a file, as an iterable, as an async one, pushed into a feed, and picture by picture."""
    feed = Feed(delivery=Delivery.WAIT, capacity=len(pictures), frame_rate=25)
    for picture in pictures:
        feed.put(picture)
    feed.close()

    async def awaited() -> AsyncIterator[TimedPicture]:
        for index, picture in enumerate(pictures):
            yield picture, index / 25

    with open_pipeline(file) as pipeline:
        results = list(pipeline)
    expected = [of_the_picture(result) for result in results]
    assert len(expected) == len(pictures)
    assert all(record["faces"] for record in expected)
    for source in (Arrays(pictures, frame_rate=25), feed, awaited()):
        with open_pipeline(source) as pipeline:
            assert [of_the_picture(result) for result in pipeline] == expected
    recognizer = Recognizer(tracking=True, frame_rate=25)
    for result, picture, record in zip(results, pictures, expected, strict=True):
        assert of_the_picture(replace(result, readings=recognizer(picture))) == record
