"""The only file that knows every stage: options in, a ready `Pipeline` out."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from fer_video.engine.assembly.networks import Networks, networks_for
from fer_video.engine.assembly.sources import check_cameras, expanded, open_one
from fer_video.engine.capture.expand import SourceName
from fer_video.engine.capture.naming import names_for
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.contracts.stage import BypassPolicy, Chain, OwnStages, Stage
from fer_video.engine.detect.follow import DetectFollow
from fer_video.engine.detect.own import OwnDetector
from fer_video.engine.detect.stage import Detect
from fer_video.engine.detect.still import DetectStill
from fer_video.engine.detect.track import Tracker
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.faces.face import Face
from fer_video.engine.faces.low_pass import MEMORY
from fer_video.engine.frames.frame import (
    DetectedFrame,
    Frame,
    Plane,
    RecognizedFrame,
    ScoredFrame,
)
from fer_video.engine.infer.stage import Infer
from fer_video.engine.machine import cores
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Reads
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.parts.due import Due
from fer_video.engine.parts.stage import ReadParts
from fer_video.engine.preprocess.stage import Preprocess
from fer_video.engine.quality.stage import Assess
from fer_video.engine.render.stage import Render
from fer_video.engine.run.lane import Lane
from fer_video.engine.run.observe import Observe, unobserved
from fer_video.engine.run.pipeline import Pipeline
from fer_video.engine.run.scheduler import AT_ONCE
from fer_video.engine.smooth.baseline import NeutralBaseline
from fer_video.engine.smooth.parts import PartsOverTime
from fer_video.engine.smooth.smoother import ScoreSmoother
from fer_video.engine.smooth.stage import Smooth

log = logging.getLogger(__name__)

NO_STAGES: OwnStages = MappingProxyType({})
"""None of one's own."""
_PARTS_BESIDE: BypassPolicy[ScoredFrame, ScoredFrame] = BypassPolicy(
    due=lambda scored: scored.detected.parts_due,
    merge=lambda newer, older: replace(newer, parts={**newer.parts, **older.parts}),
)
"""To read parts may take longer than two frames are apart: those of a camera do not wait for it."""


def open_pipeline(
    source: SourceName,
    options: EngineOptions | None = None,
    *,
    observe: Observe = unobserved,
    baseline: NeutralBaseline | None = None,
    networks: Networks | None = None,
    detector: Callable[[Plane], Iterable[Face]] | None = None,
    stages: OwnStages = NO_STAGES,
    name: str | None = None,
) -> Pipeline:
    """Open a source and load the networks; `with` starts it.

    Args:
        source: a camera number, a file, a URL, an image, a folder or glob of images, several
            images, `demo`, `-` for a video on stdin, an iterable or async iterable of (H, W, 3) BGR
            or (H, W) gray uint8 arrays, with their times or without (`Arrays` tells another order
            of colours or another rate), a `Feed`, or any other `Source`. Videos in a folder, a glob
            or a list are a source each, see `open_pipelines`.
        options: which networks, where they run, and what to draw; None for those that `networks`
            were loaded with, else for the defaults.
        observe: told of every stage run, for profiling.
        baseline: learns the faces at rest, again whenever its `calibrate` is called; None for one
            as `options` say.
        networks: loaded before, which other pipelines may run at the same time; None to load them.
        detector: one of your own: a callable that takes grey levels, (H, W) uint8, full range, in
            an array that it may change, and gives a `Face` for each face in pixels of it, in any
            order; landmarks make the crops better, and are not needed. It is given the frames of
            one source in order, those of several at once.
        stages: of your own by their place, e.g. `{"after smooth": blur_faces}`, each a callable, or
            a `Stage` with a name of its own. It is given what the stage before it gives, and gives
            the same type; frames of one source in order, unless it is `parallel`. Profiles have it
            by its name.
        name: of the source in records, windows and files' names; None for what it is opened by.

    Raises:
        OptionsError: `networks` are others than `options` ask for, a stage's place is none, the
            name cannot be one, or a source is not what an option is for.
        SourceError: the source cannot be opened.
        ModelError: a model is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    return open_pipelines(
        [source],
        options,
        observe=observe,
        baseline=baseline,
        networks=networks,
        detector=detector,
        stages=stages,
        names=() if name is None else (name,),
    )


def open_pipelines(
    sources: Sequence[SourceName],
    options: EngineOptions | None = None,
    *,
    observe: Observe = unobserved,
    baseline: NeutralBaseline | None = None,
    networks: Networks | None = None,
    detector: Callable[[Plane], Iterable[Face]] | None = None,
    stages: OwnStages = NO_STAGES,
    names: Sequence[str] = (),
) -> Pipeline:
    """Open several sources that share the networks and threads; `with` starts them.

    One that cannot be opened is told in one line, and the others go on; its error is raised after
    the last frame of all.

    Args:
        sources: each as `open_pipeline` takes it; of a folder, a glob or a list, the images are one
            source, and each video is one. Of many files 16 are read at once, and each of the
            others is opened when one of those is over.
        options: for all of them.
        observe: told of every stage run; frames of all sources are counted alike.
        baseline: for all of them, see `open_pipeline`.
        networks: see `open_pipeline`.
        detector: for all of them, see `open_pipeline`.
        stages: for all of them, see `open_pipeline`.
        names: of the sources in their order, each video of a folder being one; none, or as many as
            there are sources. Two of the same name are numbered.

    Raises:
        OptionsError: see `open_pipeline`; or there are more or fewer names than sources.
        SourceError: none of the sources can be opened.
        ModelError: a model is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    if isinstance(sources, str | Path):
        raise OptionsError(f"sources {sources}: give a list of them, or use `open_pipeline`")
    networks = networks_for(options, networks, detector)
    least = _least_confidence(networks.options, networks.classifier.card)
    options = replace(networks.options, min_confidence=least)
    baseline = baseline or NeutralBaseline(options.calibrate)
    found = [one for source in sources for one in expanded(source)]
    named = [*zip(found, names_for(len(found), names), strict=True)]
    failed = [error for error in found if isinstance(error, SourceError)]
    asked = [(source, name) for source, name in named if not isinstance(source, SourceError)]
    check_cameras(options, [source for source, _ in asked])
    threads = 1 if len(asked) >= cores() else 0
    lanes: list[Lane] = []
    try:
        for source, name in asked:
            finds = networks.detector.clone()
            chain = build_chain(
                options, networks.classifier, finds, baseline.clone(), stages=stages
            )
            try:
                opened = open_one(source, options, threads, len(lanes))  # none if a model is wrong
            except SourceError as error:
                failed.append(error)
                continue
            lanes.append(
                Lane(
                    opened,
                    chain,
                    delivery=Delivery.of(opened.info),
                    in_flight=options.in_flight,
                    max_frames=options.max_frames,
                    share=min(len(asked), AT_ONCE),
                    name=name,
                )
            )
        if failed and not lanes:
            raise failed[0]
        _get_ready(networks.detector, lanes)
    except BaseException:
        for lane in lanes:
            lane.source.close()
        raise
    for failure in failed:
        log.warning("%s; the other sources go on", failure)
    return Pipeline(
        lanes,
        provider=networks.provider,
        observe=observe,
        failed=failed,
        options=options,
        networks=networks.used,
    )


def _get_ready(detector: YuNetDetector | OwnDetector, lanes: Sequence[Lane]) -> None:
    """On a GPU, whatever is done once for a size of frames is done before the first of them."""
    if isinstance(detector, YuNetDetector) and detector.provider != "CPUExecutionProvider":
        sizes = {(lane.info.height, lane.info.width) for lane in lanes}
        for size in sizes - {(0, 0)}:  # images, each of a size of its own
            detector(np.zeros(size, np.uint8), full_range=True)


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
    smoother = ScoreSmoother(options.smoothing, card.labels) if options.smoothing else None
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
    least = _least_confidence(options, card)
    smooth = Smooth(least, smoother, baseline, card.labels, held, options.reject)
    chain = scored.then(Stage("quality", Assess())).then(Stage("smooth", smooth))
    if options.draw:
        chain = chain.then(Stage("render", Render(clock=options.clock), parallel=True))
    return chain.joined(stages)


def _least_confidence(options: EngineOptions, card: ModelCard) -> float:
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
