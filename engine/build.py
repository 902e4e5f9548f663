"""The only file that knows every stage: options in, a ready `Pipeline` out."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from fer_video.engine.baseline import Baseline
from fer_video.engine.capture import open_source
from fer_video.engine.detect import Detect, YuNetDetector
from fer_video.engine.detect_follow import DetectFollow
from fer_video.engine.gather import Gathered
from fer_video.engine.infer import Classifier, Infer, Reads
from fer_video.engine.models import find_version
from fer_video.engine.options import EngineOptions
from fer_video.engine.pipeline import Observe, Pipeline, Stage, unobserved
from fer_video.engine.preprocess import Preprocess
from fer_video.engine.render import Render
from fer_video.engine.session import prefers_int8
from fer_video.engine.several import Several
from fer_video.engine.steady import Steady
from fer_video.engine.track import Tracker
from fer_video.engine.turns import Turns

SourceName: TypeAlias = int | str | Path | Sequence[str | Path]
"""What can be opened."""

_DEFAULT = EngineOptions()


def open_pipeline(
    source: SourceName,
    options: EngineOptions = _DEFAULT,
    *,
    observe: Observe = unobserved,
    baseline: Baseline | None = None,
) -> Pipeline:
    """Open a source and load the networks; `with` starts it.

    Args:
        source: a camera number, a file, a URL, an image, a folder or glob of images, several
            images, or `demo`.
        options: which networks, where they run, and what to draw.
        observe: told of every stage run, for profiling.
        baseline: to be asked, while it runs, to take the faces of that moment as resting; one
            after `options` by default.

    Raises:
        SourceError: the source cannot be opened.
        ModelError: a model is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    classifier, detector = load_classifier(options), load_detector(options)
    stages = build_stages(options, classifier, detector, baseline)
    pipeline = _join(source, options, stages, classifier.provider, observe)
    try:
        _get_ready(detector, [pipeline])
    except BaseException:
        pipeline.close()
        raise
    return pipeline


def open_pipelines(
    sources: Sequence[SourceName],
    options: EngineOptions = _DEFAULT,
    *,
    observe: Observe = unobserved,
    baseline: Baseline | None = None,
) -> Several:
    """Open several sources that share the networks; `with` starts them.

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
    cores, on_cpu = os.cpu_count() or 1, classifier.provider == "CPUExecutionProvider"
    turns = Turns(cores) if on_cpu else nullcontext
    gathered, pipelines = Gathered(classifier, cores if on_cpu else 1), list[Pipeline]()
    baseline = baseline or Baseline(options.calibrate)
    try:
        for source in sources:
            stages = build_stages(options, gathered, detector.twin(), baseline.another())
            pipelines.append(
                _join(
                    source,
                    options,
                    stages,
                    classifier.provider,
                    observe,
                    together=len(sources) >= cores,
                    turn=turns,
                )
            )
        _get_ready(detector, pipelines)
    except BaseException:
        for pipeline in pipelines:
            pipeline.close()
        raise
    return Several(pipelines)


def _get_ready(detector: YuNetDetector, pipelines: Sequence[Pipeline]) -> None:
    """On a GPU, whatever is done once for a size of frames is done before the first of them."""
    if detector.provider != "CPUExecutionProvider":
        sizes = {(p.info.height, p.info.width) for p in pipelines}
        for size in sizes - {(0, 0)}:  # images, each of a size of its own
            detector(np.zeros(size, np.uint8), full_range=True)


def _join(
    source: SourceName,
    options: EngineOptions,
    stages: Sequence[Stage],
    provider: str,
    observe: Observe,
    *,
    together: bool = False,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Pipeline:
    opened = open_source(  # last: a wrong model must not leave a camera open
        source,
        keep_audio=options.keep_audio,
        realtime=options.realtime,
        live=options.live,
        threads=1 if together else 0,
    )
    # most frames then cost less than to hand them over; where they are encoded, that fills a core
    adaptive = options.classify == "adaptive" and opened.info.width > 0  # images are not
    light = adaptive and options.draw and not opened.info.live
    return Pipeline(
        opened,
        stages,
        in_flight=options.in_flight,
        together=together or light,
        turn=turn,
        max_frames=options.max_frames,
        provider=provider,
        observe=observe,
    )


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


def build_stages(
    options: EngineOptions,
    classifier: Reads,
    detector: YuNetDetector,
    baseline: Baseline | None = None,
) -> list[Stage]:
    """The stages behind capture, in order, around networks that are loaded."""
    steady = Steady(options.smoothing) if options.smoothing else None
    baseline = baseline or Baseline(options.calibrate)
    detect: Detect | DetectFollow = Detect(detector, Tracker())
    if options.classify == "adaptive":
        detect = DetectFollow(detector, Tracker(), classifier.card)
    stages = [
        Stage("detect", detect),
        Stage("preprocess", Preprocess(classifier.card)),
        Stage("infer", Infer(classifier, options.min_confidence, steady, baseline)),
    ]
    return [*stages, Stage("render", Render())] if options.draw else stages
