"""The only file that knows every stage: options in, a ready `Pipeline` out."""

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fer_video.engine.capture.open import SourceName, open_source
from fer_video.engine.delivery import Delivery
from fer_video.engine.detect.follow import DetectFollow
from fer_video.engine.detect.stage import Detect
from fer_video.engine.detect.still import DetectStill
from fer_video.engine.detect.track import Tracker
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.frames import Frame, RecognizedFrame
from fer_video.engine.infer.stage import Infer
from fer_video.engine.network.batching import BatchingClassifier
from fer_video.engine.network.classifier import Classifier, Reads
from fer_video.engine.network.models import find_version
from fer_video.engine.network.session import prefers_int8
from fer_video.engine.options import EngineOptions
from fer_video.engine.preprocess.stage import Preprocess
from fer_video.engine.render.stage import Render
from fer_video.engine.run.lane import Lane, Observe
from fer_video.engine.run.pipeline import Pipeline, unobserved
from fer_video.engine.smooth.baseline import NeutralBaseline
from fer_video.engine.smooth.smoother import ScoreSmoother
from fer_video.engine.smooth.stage import Smooth
from fer_video.engine.source import Source
from fer_video.engine.stage import Chain, Stage

_DEFAULT = EngineOptions()


def open_pipeline(
    source: SourceName,
    options: EngineOptions = _DEFAULT,
    *,
    observe: Observe = unobserved,
    baseline: NeutralBaseline | None = None,
) -> Pipeline:
    """Open a source and load the networks; `with` starts it.

    Args:
        source: a camera number, a file, a URL, an image, a folder or glob of images, several
            images, `demo`, an iterable of (H, W, 3) BGR or (H, W) gray uint8 arrays, with their
            times or without (`Arrays` tells another order of colours or another rate), a `Feed`,
            or any other `Source`.
        options: which networks, where they run, and what to draw.
        observe: told of every stage run, for profiling.
        baseline: learns the faces at rest, again whenever its `begin` is called; None for one as
            `options` say.

    Raises:
        SourceError: the source cannot be opened.
        ModelError: a model is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    return open_pipelines([source], options, observe=observe, baseline=baseline)


def open_pipelines(
    sources: Sequence[SourceName],
    options: EngineOptions = _DEFAULT,
    *,
    observe: Observe = unobserved,
    baseline: NeutralBaseline | None = None,
) -> Pipeline:
    """Open several sources that share the networks and threads; `with` starts them.

    Args:
        sources: each as `open_pipeline` takes it.
        options: for all of them.
        observe: told of every stage run; frames of all sources are counted alike.
        baseline: for all of them, see `open_pipeline`.

    Raises:
        SourceError: one of the sources cannot be opened; none is left open.
        ModelError: a model is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    classifier, detector = load_classifier(options), load_detector(options)
    on_cpu = classifier.provider == "CPUExecutionProvider"
    reads: Reads = classifier if on_cpu else BatchingClassifier(classifier)
    baseline = baseline or NeutralBaseline(options.calibrate)
    threads = 1 if len(sources) >= (os.cpu_count() or 1) else 0
    lanes: list[Lane] = []
    try:
        for source in sources:
            chain = build_chain(options, reads, detector.clone(), baseline.clone())
            opened = _open(source, options, threads)  # a wrong model must not leave a camera open
            lanes.append(
                Lane(
                    opened,
                    chain,
                    delivery=Delivery.of(opened.info),
                    in_flight=options.in_flight,
                    max_frames=options.max_frames,
                )
            )
        _get_ready(detector, lanes)
    except BaseException:
        for lane in lanes:
            lane.source.close()
        raise
    return Pipeline(lanes, provider=classifier.provider, observe=observe)


def _open(source: SourceName, options: EngineOptions, threads: int) -> Source:
    return open_source(
        source,
        keep_audio=options.keep_audio,
        realtime=options.realtime,
        live=options.live,
        threads=threads,
    )


def _get_ready(detector: YuNetDetector, lanes: Sequence[Lane]) -> None:
    """On a GPU, whatever is done once for a size of frames is done before the first of them."""
    if detector.provider != "CPUExecutionProvider":
        sizes = {(lane.info.height, lane.info.width) for lane in lanes}
        for size in sizes - {(0, 0)}:  # images, each of a size of its own
            detector(np.zeros(size, np.uint8), full_range=True)


def load_classifier(options: EngineOptions) -> Classifier:
    """The classifier in the precision asked for.

    Raises:
        ModelError: it is missing, does not fit, or is not there in this precision.
        ProviderError: the provider asked for is not there.
    """
    fast = prefers_int8(options.session)
    model = find_version(options.model, options.precision, fast_int8=fast)
    return Classifier(str(model), options.session)


def load_detector(options: EngineOptions) -> YuNetDetector:
    """The detector, in int8 where there is one and it is fast, unless all is to be float.

    Raises:
        ModelError: it is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    fast = options.precision in ("auto", "int8") and prefers_int8(options.session)
    file = find_version(options.detect.model, "auto", fast_int8=fast)
    return YuNetDetector(replace(options.detect, model=str(file)), options.session)


def build_chain(
    options: EngineOptions,
    classifier: Reads,
    detector: YuNetDetector,
    baseline: NeutralBaseline | None = None,
) -> Chain[Frame, RecognizedFrame]:
    """The stages behind capture, in order, around networks that are loaded."""
    card = classifier.card
    smoother = ScoreSmoother(options.smoothing, card.labels) if options.smoothing else None
    baseline = baseline or NeutralBaseline(options.calibrate)
    baseline.fit(card.labels, card.neutral)
    film: Detect | DetectFollow = Detect(detector, Tracker())
    if options.classify == "adaptive":
        film = DetectFollow(detector, Tracker(), classifier.card)
    chain = (
        Chain(Stage("detect", DetectStill(detector.clone(still=True), film)))
        .then(Stage("preprocess", Preprocess(classifier.card), parallel=True))
        .then(Stage("infer", Infer(classifier), parallel=True))
        .then(Stage("smooth", Smooth(options.min_confidence, smoother, baseline, card.labels)))
    )
    return chain.then(Stage("render", Render(), parallel=True)) if options.draw else chain
