"""From the faces of a frame to expressions: preprocess and infer together, on real networks."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import pytest

from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import ModelError
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.infer.stage import Infer
from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.models import find_model
from fer_video.engine.network.scores import calibrated
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.preprocess.stage import Preprocess
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.networks import (
    SIDE,
    classifier_card,
    write_classifier,
    write_two_faced_classifier,
)


@pytest.fixture(scope="module")
def frame() -> Frame:
    return next(open_demo().frames())


def faces(count: int) -> tuple[Face, ...]:
    rng = np.random.default_rng(count)
    places = rng.uniform((0, 0, 60), (1100, 600, 200), (count, 3)).tolist()
    return tuple(Face(Box(x, y, side, side), 0.9, id=i) for i, (x, y, side) in enumerate(places))


def load(path: Path, card: ModelCard) -> Classifier:
    return Classifier(str(write_classifier(path, card)), SessionOptions())


def read(classifier: Classifier, frame: Frame, count: int) -> np.ndarray[tuple[int, int]]:
    """(count, 5): scores by way of both stages."""
    prepared = Preprocess(classifier.card)(DetectedFrame(frame, faces(count)))
    scored = Infer(classifier)(prepared)
    assert scored.frame is frame
    assert [face.id for face in scored.detected.faces] == list(range(count))
    return scored.scores


@pytest.mark.parametrize("count", [0, 1, 5, 33, 80])
def test_every_face_is_read_in_its_place(tmp_path: Path, frame: Frame, count: int) -> None:
    classifier = load(tmp_path / "a.onnx", classifier_card())
    together = read(classifier, frame, count)
    assert together.shape == (count, 5)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-5)
    prepare = Preprocess(classifier.card)
    for face, scores in zip(faces(count), together, strict=True):
        alone = classifier(prepare(DetectedFrame(frame, (face,))).batch)
        np.testing.assert_allclose(alone[0], scores, atol=1e-5)


def test_channels_first_and_last_read_the_same(tmp_path: Path, frame: Frame) -> None:
    first = load(tmp_path / "first.onnx", classifier_card(layout="NCHW"))
    last = load(tmp_path / "last.onnx", classifier_card(layout="NHWC"))
    np.testing.assert_allclose(read(first, frame, 4), read(last, frame, 4), atol=1e-5)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_bgr_card_swaps_red_and_blue(frame: Frame, layout: str) -> None:
    rgb, bgr = (
        Preprocess(classifier_card(layout=layout, colour=colour))(DetectedFrame(frame, faces(2)))
        for colour in ("RGB", "BGR")
    )
    channels = 1 if layout == "NCHW" else 3
    np.testing.assert_array_equal(np.flip(rgb.batch, channels), bgr.batch)
    assert not np.array_equal(rgb.batch, bgr.batch)


def test_rgbx_card_gets_the_bytes_of_the_crop(frame: Frame) -> None:
    rgb, rgbx = (
        Preprocess(card)(DetectedFrame(frame, faces(3))).batch
        for card in (
            classifier_card(layout="NHWC", mean=0.0, scale=1.0),
            classifier_card(layout="NHWC", colour="RGBX", mean=0.0, scale=1.0),
        )
    )
    assert rgbx.shape == (3, SIDE, SIDE, 4)
    assert rgbx.dtype == np.uint8
    np.testing.assert_array_equal(rgbx[..., :3], rgb)
    assert not rgbx[..., 3].any()


def test_batch_is_laid_out_and_scaled_as_the_card_says(frame: Frame) -> None:
    card = classifier_card(layout="NHWC", mean=0.0, scale=1 / 255)
    batch = Preprocess(card)(DetectedFrame(frame, faces(3))).batch
    assert batch.shape == (3, SIDE, SIDE, 3)
    assert batch.dtype == np.float32
    assert batch.flags.c_contiguous
    assert batch.min() >= 0
    assert batch.max() <= 1
    assert batch.max() > 0.3


def test_crop_has_the_colours_of_the_picture(frame: Frame) -> None:
    card = classifier_card(mean=0.0, scale=1.0)
    face = Face(Box(600, 300, 80, 80), 1)
    (crop,) = Preprocess(card)(DetectedFrame(frame, (face,))).batch
    around = frame.to_bgr()[292:388, 592:688, ::-1].mean(axis=(0, 1))  # the box times 1.2
    assert np.abs(crop.mean(axis=(1, 2)) - around).max() < 4


# calibration


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_every_activation_gives_the_same_scores(temperature: float) -> None:
    logits = np.random.default_rng(0).normal(0, 2, (6, 5))
    powers = np.exp(logits / temperature)
    expected = powers / powers.sum(axis=1, keepdims=True)
    outputs = {
        "logits": logits,
        "softmax": np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True),
        "sigmoid": 1 / (1 + np.exp(-logits)),
    }
    for activation, values in outputs.items():
        card = classifier_card(activation=activation, temperature=temperature)
        found = calibrated(values.astype(np.float32), card)
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "logits"])
def test_certain_outputs_stay_finite(activation: str) -> None:
    outputs = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], np.float32)
    scores = calibrated(outputs, classifier_card(activation=activation))
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_higher_temperature_is_less_sure_of_the_same() -> None:
    outputs = np.array([[3, 1, 0, -1, 0]], np.float32)
    sure, unsure = (
        calibrated(outputs, classifier_card(temperature=temperature)) for temperature in (1, 4)
    )
    assert sure.argmax() == unsure.argmax()
    assert sure.max() > unsure.max()


# wrong networks


def test_model_without_a_card_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "bare.onnx", None)
    with pytest.raises(ModelError, match=r"bare\.onnx: has no model card.*bare\.json"):
        Classifier(str(path), SessionOptions())


def test_model_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a\.onnx: its card says task faces.*of expressions"):
        load(tmp_path / "a.onnx", classifier_card(task="faces"))


@pytest.mark.parametrize("labels", [("cat", "dog"), ("a", "b", "c", "d", "e", "f")])
def test_labels_that_are_not_as_many_as_the_outputs_are_refused(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    path = write_classifier(tmp_path / "a.onnx", classifier_card(labels=labels))
    with pytest.raises(ModelError) as caught:
        Classifier(str(path), SessionOptions())
    for part in ("a.onnx: ", "(1, 5)", f"labels names {len(labels)}", *labels, "one label an out"):
        assert part in str(caught.value)


@pytest.mark.parametrize("shape", [(1, 5), (3, 4), (3, 5, 1), (15,)])
def test_output_that_changes_its_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """Rows and columns are each face's and each expression's, whatever the number of faces."""
    path = write_two_faced_classifier(tmp_path / "a.onnx", np.zeros(shape, np.float32))
    classifier = Classifier(str(path), SessionOptions())
    faces = np.full((3, 3, SIDE, SIDE), 255, np.float32)
    with pytest.raises(ModelError) as caught:
        classifier(faces)
    for part in ("a.onnx", str(shape), "(3, 5) was expected"):
        assert part in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("activation", ["logits", "softmax", "sigmoid"])
def test_scores_that_are_no_numbers_are_refused(
    tmp_path: Path, value: float, activation: str
) -> None:
    outputs = np.full((2, 5), 0.2, np.float32)
    outputs[1, 3] = value
    card = classifier_card(mean=0.0, scale=1.0, activation=activation)
    path = write_two_faced_classifier(tmp_path / "a.onnx", outputs, card=card)
    classifier = Classifier(str(path), SessionOptions())
    with pytest.raises(ModelError, match=rf"a\.onnx: gives scores that are no finite.*{value}"):
        classifier(np.full((2, 3, SIDE, SIDE), 255, np.float32))


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_outputs_that_the_activation_of_the_card_cannot_give_are_refused(
    tmp_path: Path, activation: str
) -> None:
    card = classifier_card(mean=0.0, scale=1.0, activation=activation)
    outputs = np.array([[3, -2, 0, 0.5, 9]], np.float32)
    classifier = Classifier(
        str(write_two_faced_classifier(tmp_path / "a.onnx", outputs, card=card)), SessionOptions()
    )
    said = rf"from -2 to 9, where those of its card's activation {activation} are .* logits"
    with pytest.raises(ModelError, match=said):
        classifier(np.full((1, 3, SIDE, SIDE), 255, np.float32))


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_outputs_that_int8_rounds_beyond_one_are_read(tmp_path: Path, activation: str) -> None:
    card = classifier_card(mean=0.0, scale=1.0, activation=activation)
    outputs = np.array([[-1 / 128, 0, 0, 0, 1 + 1 / 128]], np.float32)
    path = write_two_faced_classifier(tmp_path / "a.onnx", outputs, card=card)
    (scores,) = Classifier(str(path), SessionOptions())(
        np.full((1, 3, SIDE, SIDE), 255, np.float32)
    )
    assert scores.argmax() == 4
    assert scores.sum() == pytest.approx(1)


def test_broken_classifier_ends_a_run_with_its_name_and_no_record(
    cli: Cli, face_clip: Path, tmp_path: Path
) -> None:
    write_two_faced_classifier(tmp_path / "nan.onnx", np.full((1, 5), np.nan, np.float32))
    run = cli("--source", face_clip, "--model", "nan.onnx", "--json", "-")
    assert_one_complaint(run, "nan.onnx", "no finite numbers")
    assert "NaN" not in run.stdout


def test_outputs_of_another_type_are_refused(tmp_path: Path) -> None:
    double = np.zeros((1, 5))
    path = write_two_faced_classifier(tmp_path / "a.onnx", double, double)
    with pytest.raises(ModelError, match=r"a\.onnx: its first output is tensor\(double\)"):
        Classifier(str(path), SessionOptions())


def test_network_of_one_face_at_a_time_reads_them_one_by_one(tmp_path: Path) -> None:
    many, one = (
        Classifier(
            str(write_classifier(tmp_path / f"{batch}.onnx", classifier_card(), batch=batch)),
            SessionOptions(),
        )
        for batch in ("n", 1)
    )
    faces = np.random.default_rng(0).random((4, 3, SIDE, SIDE), np.float32)
    np.testing.assert_allclose(one(faces), many(faces), atol=1e-6)


def test_card_that_contradicts_the_network_is_refused(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "a.onnx", classifier_card(input_height=8, input_width=8))
    with pytest.raises(ModelError, match=r"a\.onnx"):
        Classifier(str(path), SessionOptions())


def test_bytes_and_floats_are_not_mixed_up(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a\.onnx: its card says RGBX, but it reads float32"):
        load(tmp_path / "a.onnx", classifier_card(layout="NHWC", colour="RGBX", mean=0, scale=1))
    path = tmp_path / "cnn_int8.onnx"
    proto = onnx.load(find_model("cnn_int8"))
    card = replace(Classifier("cnn_int8", SessionOptions()).card, colour="RGB")
    onnx.helper.set_model_props(proto, {CARD_KEY: card.to_json()})
    onnx.save(proto, path)
    with pytest.raises(ModelError, match=r"its card says RGB, but it reads uint8"):
        Classifier(str(path), SessionOptions())


# the packaged networks


def test_demo_face_is_read_steadily(detector: YuNetDetector, classifier: Classifier) -> None:
    prepare, infer = Preprocess(classifier.card), Infer(classifier)
    found = []
    for demo in islice(open_demo().frames(), 3):
        detected = DetectedFrame(demo, detector(demo.luma, full_range=False))
        (scores,) = infer(prepare(detected)).scores
        assert 1 / 5 < scores.max() <= 1
        found.append(scores)
    assert np.ptp(found, axis=0).max() < 0.4
