"""Calibration says when the resting faces are known, or why they are not."""

from dataclasses import replace
from itertools import islice

import pytest

from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.output.calibration import Calibration
from fer_video.engine.smooth.baseline import NeutralBaseline


@pytest.fixture(scope="module")
def frame() -> RecognizedFrame:
    return RecognizedFrame(next(open_demo().frames()), ())


def at(recognized: RecognizedFrame, time: float) -> RecognizedFrame:
    return replace(recognized, frame=replace(recognized.frame, time=time))


def test_calibration_is_told_when_it_is_done_and_can_be_undone(
    classifier: Classifier, detector: YuNetDetector
) -> None:
    baseline = NeutralBaseline()
    options = EngineOptions(smoothing=0)
    chain = build_chain(options, classifier, detector.clone(), baseline)
    calibration, told = Calibration(baseline.calibrate), list[tuple[float, str]]()
    frames = list(islice(open_demo().frames(), 0, 81, 10))  # at rest for the first 2.5 s
    plain = chain(frames[0]).readings[0].scores
    assert calibration.begin() == "relax your face for 2 seconds"
    for result in map(chain, frames):
        if said := calibration.watch(result):
            told.append((result.frame.time, said))
    assert told == [(2.0, "calibrated: the face in view read as changes from now")]
    assert chain(frames[0]).readings[0].calibrated
    assert calibration.undo() == "calibration undone: faces are read as they are"
    again = chain(frames[0]).readings[0]
    assert not again.calibrated
    assert again.scores == pytest.approx(plain, abs=1e-5)
    assert not calibration.watch(at(chain(frames[0]), 9))


def test_calibration_without_a_face_that_stays_says_that_it_failed(frame: RecognizedFrame) -> None:
    calibration = Calibration(lambda _seconds: None)
    calibration.begin()
    assert [calibration.watch(at(frame, time)) for time in (5, 6.9, 7.9)] == ["", "", ""]
    assert "no face stayed in view for 2 seconds" in calibration.watch(at(frame, 8.1))
    assert not calibration.watch(at(frame, 9))


def test_calibration_on_a_photograph_says_why_it_fails(frame: RecognizedFrame) -> None:
    calibration = Calibration(lambda _seconds: None)
    calibration.begin()
    photograph = replace(frame, frame=replace(frame.frame, file="one.png"))
    assert "a photograph has no time" in calibration.watch(photograph)
