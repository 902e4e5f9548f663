"""Sources and options in, a ready `Pipeline` out."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer_video.engine.assembly.chain import NO_STAGES, build_chain, least_confidence
from fer_video.engine.assembly.networks import Networks, networks_for
from fer_video.engine.assembly.sources import check_cameras, expanded, open_one
from fer_video.engine.capture.expand import SourceName
from fer_video.engine.capture.naming import names_for
from fer_video.engine.capture.open import NOTHING
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.contracts.stage import Chain, OwnStages
from fer_video.engine.detect.own import OwnDetector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Frame, Plane
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.machine import cores
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.run.lane import Lane
from fer_video.engine.run.observe import Observe, unobserved
from fer_video.engine.run.pipeline import Pipeline
from fer_video.engine.run.scheduler import AT_ONCE
from fer_video.engine.smooth.baseline import NeutralBaseline

log = logging.getLogger(__name__)


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
        SourceError: there is none, or none of them can be opened.
        ModelError: a model is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    if isinstance(sources, str | Path):
        raise OptionsError(f"sources {sources}: give a list of them, or use `open_pipeline`")
    networks = networks_for(options, networks, detector)
    least = least_confidence(networks.options, networks.classifier.card)
    options = replace(networks.options, min_confidence=least)
    baseline = baseline or NeutralBaseline(options.calibrate)
    found = [one for source in sources for one in expanded(source)]
    if not found:
        raise SourceError(NOTHING)
    named = [*zip(found, names_for(len(found), names), strict=True)]
    failed = [error for error in found if isinstance(error, SourceError)]
    asked = [(source, name) for source, name in named if not isinstance(source, SourceError)]
    check_cameras(options, [source for source, _ in asked])
    lanes: list[Lane] = []
    with ExitStack() as unless_ready:
        for source, name in asked:
            finds = networks.detector.clone()
            chain = build_chain(
                options, networks.classifier, finds, baseline.clone(), stages=stages
            )
            try:
                lane = _open_lane(source, name, options, chain, len(lanes), len(asked))
            except SourceError as error:
                failed.append(error)
                continue
            unless_ready.callback(lane.source.close)
            lanes.append(lane)
        if failed and not lanes:
            raise failed[0]
        _get_ready(networks.detector, lanes)
        unless_ready.pop_all()
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


def _open_lane(
    source: SourceName,
    name: str | None,
    options: EngineOptions,
    chain: Chain[Frame, RecognizedFrame],
    before: int,
    among: int,
) -> Lane:
    """A source with the stages behind it; they are built before, so that no source is opened where
    a network does not fit.

    Args:
        source: see `open_one`.
        name: that its frames carry; None for its own.
        options: how it is read.
        chain: for this source alone.
        before: number of sources that are open.
        among: number of sources that are asked for, which share cores and memory.

    Raises:
        SourceError: it cannot be opened.
    """
    opened = open_one(source, options, 1 if among >= cores() else 0, before)
    return Lane(
        opened,
        chain,
        delivery=Delivery.of(opened.info),
        in_flight=options.in_flight,
        max_frames=options.max_frames,
        share=min(among, AT_ONCE),
        name=name,
    )


def _get_ready(detector: YuNetDetector | OwnDetector, lanes: Sequence[Lane]) -> None:
    """On a GPU, whatever is done once for a size of frames is done before the first of them."""
    if isinstance(detector, YuNetDetector) and detector.provider != "CPUExecutionProvider":
        sizes = {(lane.info.height, lane.info.width) for lane in lanes}
        for size in sizes - {(0, 0)}:  # images, each of a size of its own
            detector(np.zeros(size, np.uint8), full_range=True)
