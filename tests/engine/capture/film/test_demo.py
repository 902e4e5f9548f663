"""The packaged clip: what it shows, and that every packaged network reads just that."""

import subprocess
import sys
from itertools import islice

import numpy as np
import pytest

from fer_video.engine import EngineOptions, FileOptions, SourceError, open_pipeline
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.capture.film.demo import CLIP, open_demo
from fer_video.engine.faces.expressions import EXPRESSIONS, Expression
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.infer.stage import Infer
from fer_video.engine.options.engine import Precision
from fer_video.engine.preprocess.stage import Preprocess

SHOWN = {
    Expression.NEUTRAL: ((0.0, 2.4), (8.7, 10.0)),
    Expression.HAPPY: ((3.0, 5.2),),
    Expression.SURPRISE: ((5.8, 8.1),),
}
"""From and until when, in seconds; between them the face changes."""
SMOOTHED = 0.2
"""Seconds that a label may come later."""


def shown_at(time: float, late: float = 0.0) -> str | None:
    """What the face shows; None while it changes."""
    for expression, spans in SHOWN.items():
        if any(start + late * (start > 0) <= time < end for start, end in spans):
            return expression
    return None


def test_every_label_is_right_without_calibration() -> None:
    """While the face changes it may well be `uncertain`, so all are labelled."""
    with open_pipeline("demo", EngineOptions(min_confidence=0)) as pipeline:
        found = [(result.frame.time, [r.label for r in result.readings]) for result in pipeline]
    assert len(found) == 300
    assert not [
        (time, labels)
        for time, labels in found
        if (shown := shown_at(time, SMOOTHED)) and labels != [shown]
    ]
    assert {label for _, labels in found for label in labels} == set(SHOWN)


@pytest.mark.parametrize("model", ["cnn", "mobilenetv2"])
@pytest.mark.parametrize("precision", ["int8", "fp32"])
def test_every_packaged_network_reads_what_is_shown(model: str, precision: Precision) -> None:
    options = EngineOptions(model=model, precision=precision)
    classifier, detector = load_classifier(options), load_detector(options)
    prepare, infer = Preprocess(classifier.card), Infer(classifier)
    for frame in islice(open_demo().frames(), 0, None, 10):
        if shown := shown_at(frame.time):
            (face,) = detector(frame.luma, full_range=frame.colour.full_range)
            (scores,) = infer(prepare(DetectedFrame(frame, (face,)))).scores
            assert EXPRESSIONS[scores.argmax()] == shown, frame.time
            assert scores.max() > 0.5


def test_demo_is_the_same_every_time() -> None:
    one, other = open_demo(), open_demo()
    for a, b in zip(islice(one.frames(), 3), islice(other.frames(), 3), strict=True):
        np.testing.assert_array_equal(a.luma, b.luma)
        np.testing.assert_array_equal(a.cr, b.cr)
        assert a.source == "demo"
    assert one.info.name == "demo"
    assert (one.info.width, one.info.height, one.info.frames) == (1280, 720, 300)
    assert one.info.frame_rate == 30


def test_demo_is_named_so_in_messages_too() -> None:
    with pytest.raises(SourceError, match=r"^demo: "):
        open_demo(options=FileOptions(start=20))


def test_demo_needs_nothing_but_a_decoder() -> None:
    """Matplotlib alone would take half a second."""
    code = (
        "import sys; from fer_video.engine.capture.open import open_source\n"
        "next(iter(open_source('demo').frames()))\n"
        "print(*{'matplotlib', 'cv2', 'PIL.ImageFilter'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_clip_is_small_enough_to_be_shipped() -> None:
    assert CLIP.stat().st_size < 400_000
