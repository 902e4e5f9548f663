"""The only file that knows every stage: options in, a ready `Pipeline` out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fer_video.engine.baseline import Baseline
from fer_video.engine.capture import open_source
from fer_video.engine.detect import Detect, YuNetDetector
from fer_video.engine.infer import Classifier, Infer
from fer_video.engine.models import find_version
from fer_video.engine.options import DetectOptions, EngineOptions
from fer_video.engine.pipeline import Observe, Pipeline, Stage, unobserved
from fer_video.engine.preprocess import Preprocess
from fer_video.engine.render import Render
from fer_video.engine.session import prefers_int8
from fer_video.engine.steady import Steady
from fer_video.engine.track import Tracker

_DEFAULT = EngineOptions()


def open_pipeline(
    source: int | str | Path | Sequence[str | Path],
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
    classifier = load_classifier(options)
    stages = build_stages(options, classifier, baseline)
    return Pipeline(  # the source last: a wrong model must not leave a camera open
        open_source(
            source, keep_audio=options.keep_audio, realtime=options.realtime, live=options.live
        ),
        stages,
        in_flight=options.in_flight,
        max_frames=options.max_frames,
        provider=classifier.provider,
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


def build_stages(
    options: EngineOptions, classifier: Classifier, baseline: Baseline | None = None
) -> list[Stage]:
    """The stages behind capture, in order, their networks loaded and warm.

    Raises:
        ModelError: a model is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    detector = YuNetDetector(_detect_options(options), options.session)
    steady = Steady(options.smoothing) if options.smoothing else None
    baseline = baseline or Baseline(options.calibrate)
    stages = [
        Stage("detect", Detect(detector, Tracker())),
        Stage("preprocess", Preprocess(classifier.card)),
        Stage("infer", Infer(classifier, options.min_confidence, steady, baseline)),
    ]
    return [*stages, Stage("render", Render())] if options.draw else stages


def _detect_options(options: EngineOptions) -> DetectOptions:
    """The detector as int8 where there is one and it is fast, unless all is to be float."""
    fast = options.precision in ("auto", "int8") and prefers_int8(options.session)
    file = find_version(options.detect.model, "auto", fast_int8=fast)
    return replace(options.detect, model=str(file))
