"""The stages behind capture in a chain, each as the options say."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType

from fer_video.engine.contracts.stage import BypassPolicy, Chain, OwnStages, Stage
from fer_video.engine.detect.follow import DetectFollow
from fer_video.engine.detect.own import OwnDetector
from fer_video.engine.detect.reused import Reused
from fer_video.engine.detect.stage import Detect
from fer_video.engine.detect.still import DetectStill
from fer_video.engine.detect.track import Tracker
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.low_pass import MEMORY
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import DetectedFrame, RecognizedFrame, ScoredFrame
from fer_video.engine.infer.stage import Infer
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Reads
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.parts.due import Due
from fer_video.engine.parts.stage import ReadParts
from fer_video.engine.preprocess.stage import Preprocess
from fer_video.engine.quality.stage import Assess
from fer_video.engine.render.stage import Render
from fer_video.engine.smooth.baseline import NeutralBaseline
from fer_video.engine.smooth.parts import PartsOverTime
from fer_video.engine.smooth.smoother import ScoreSmoother
from fer_video.engine.smooth.stage import Smooth

NO_STAGES: OwnStages = MappingProxyType({})
"""None of one's own."""
_MAY_LEAVE_OUT = frozenset({"after detect", "before preprocess"})
"""Places of stages of one's own that may leave out faces before they are read."""
_PARTS_BESIDE: BypassPolicy[ScoredFrame, ScoredFrame] = BypassPolicy(
    due=lambda scored: scored.detected.parts_due,
    merge=lambda newer, older: replace(newer, parts={**newer.parts, **older.parts}),
)
"""To read parts may take longer than two frames are apart: those of a camera do not wait for it."""


def build_chain(
    options: EngineOptions,
    classifier: Reads,
    detector: YuNetDetector | OwnDetector,
    baseline: NeutralBaseline | None = None,
    *,
    identities: Iterator[int] | None = None,
    stages: OwnStages = NO_STAGES,
) -> Chain[Frame, RecognizedFrame]:
    """The stages behind capture, in order, around networks that are loaded.

    Args:
        options: how they are set.
        classifier: of expressions.
        detector: for this chain alone.
        baseline: for this chain alone; None for one as `options` say.
        identities: of the faces of photographs, see `DetectStill`.
        stages: of somebody's own, see `open_pipeline`.

    Raises:
        OptionsError: a stage's place is none, this detector cannot read adaptively, or calibration
            is asked for of a network without a neutral label.
    """
    card = classifier.card
    least = least_confidence(options, card)
    smoother = ScoreSmoother(options.smoothing, card.labels, min_confidence=least)
    baseline = baseline or NeutralBaseline(options.calibrate)
    baseline.fit(card.labels, card.neutral)
    still, film = detector.clone(still=True), _detect_film(options, classifier, detector)
    detect, infer = DetectStill(still, film, identities), Infer(classifier)
    scored = (
        Chain(Stage("detect", _with_parts_due(detect, options.parts) if options.parts else detect))
        .then(Stage("preprocess", Preprocess(classifier.card), parallel=True))
        .then(Stage("infer", infer, parallel=True, together=infer.together))
    )
    if options.parts:
        parts = Stage("parts", ReadParts(classifier), parallel=True, bypass=_PARTS_BESIDE)
        scored = scored.then(parts)
    held = PartsOverTime(options.smoothing, card.labels) if options.parts else None
    smooth = Smooth(smoother, baseline, held, options.reject)
    chain = scored.then(Stage("quality", Assess())).then(Stage("smooth", smooth))
    if options.draw:
        chain = chain.then(Stage("render", Render(clock=options.clock), parallel=True))
    chain = chain.joined(stages)
    if options.classify == "adaptive" and not _MAY_LEAVE_OUT.isdisjoint(stages):
        return chain.inserted(Stage("reused", Reused()), before="preprocess")
    return chain


def least_confidence(options: EngineOptions, card: ModelCard) -> float:
    """The confidence under which a face is `uncertain`: as asked for, or as the network says."""
    return card.min_confidence if options.min_confidence is None else options.min_confidence


def _with_parts_due(
    detect: Callable[[Frame], DetectedFrame], rate: float
) -> Callable[[Frame], DetectedFrame]:
    """Faces are found, and it is told whose parts are to be read, in order: what reads them is not
    run in order."""
    due = Due(rate, memory=MEMORY)
    return lambda frame: due(detect(frame))


def _detect_film(
    options: EngineOptions, classifier: Reads, detector: YuNetDetector | OwnDetector
) -> Detect | DetectFollow:
    if options.classify == "every":
        return Detect(detector, Tracker())
    if isinstance(detector, OwnDetector):
        raise OptionsError(
            "classify adaptive: goes with the packaged detector, not with one of your own; use "
            "`EngineOptions(classify='every')`"
        )
    return DetectFollow(detector, Tracker(), classifier.card)
