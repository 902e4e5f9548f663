"""Recognizer: the readings of one picture, in the thread that asks for them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from itertools import count, islice
from threading import Lock, local

from fer_video.engine.assembly.chain import NO_STAGES, build_chain
from fer_video.engine.assembly.networks import Networks, networks_for
from fer_video.engine.capture.pictures.arrays import ArrayFrames, to_still
from fer_video.engine.capture.pictures.given import (
    ChannelNames,
    Picture,
    TimedPicture,
    check_colour,
    check_several,
)
from fer_video.engine.contracts.stage import Chain, OwnStages
from fer_video.engine.faces.expressions import Reading
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Frame, Plane
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.engine import EngineOptions

_AT_ONCE = 16
"""Pictures of a batch that are in memory at once; their faces fill the network's batches."""


class Recognizer:
    """Reads the faces of pictures, one call a picture; it has no thread and nothing to close.

    recognizer = Recognizer()
    for reading in recognizer(cv2.imread("portrait.jpg")):
        print(reading.label, reading.confidence)

    Any number of threads may call it at once, and none waits for another. Pictures are taken for
    photographs: small faces are looked for, each has an identity of its own, nothing is smoothed.
    """

    def __init__(
        self,
        options: EngineOptions | None = None,
        *,
        colour: ChannelNames = "BGR",
        tracking: bool = False,
        frame_rate: float | Fraction = 30,
        networks: Networks | None = None,
        detector: Callable[[Plane], Iterable[Face]] | None = None,
        stages: OwnStages = NO_STAGES,
    ) -> None:
        """Load the networks.

        Args:
            options: as for `open_pipeline`; what they say of sources and of drawing is of no
                account.
            colour: order of the channels of the pictures.
            tracking: take the pictures for one film, in the order of the calls: a face keeps its
                identity from one to the next, and its scores are smoothed. Then one call waits for
                another.
            frame_rate: pictures a second of a film whose pictures bring no time.
            networks: see `open_pipeline`.
            detector: see `open_pipeline`; called from every thread that calls the recognizer.
            stages: see `open_pipeline`; called from every thread that calls the recognizer.

        Raises:
            OptionsError: the colour or the rate is none, or see `open_pipeline`.
            ModelError: a model is missing or does not fit.
            ProviderError: the provider asked for is not there.
        """
        check_colour(colour)
        self._colour = colour
        self._networks, self._stages = networks_for(options, networks, detector), stages
        self._identities = count(1)
        self._film = ArrayFrames(colour, frame_rate, "film") if tracking else None
        self._order = Lock() if tracking else nullcontext()
        """Held while pictures of a film are read, since each continues the one before."""
        self._chain = self._new_chain()
        """The stages of the film; those of photographs are each thread's own."""
        self._of_thread = local()

    @property
    def provider(self) -> str:
        """ONNX Runtime's name of what the classifier runs on, e.g. `CPUExecutionProvider`."""
        return self._networks.provider

    def __call__(self, picture: Picture, time: float | None = None) -> tuple[Reading, ...]:
        """What the faces of a picture show.

        Args:
            picture: (H, W, 3) or (H, W) uint8; it may be changed afterwards.
            time: of the picture in seconds, where a film is tracked; None for the next at its
                frame rate.

        Returns:
            A reading for each face, the surest face first, in pixels of the picture.

        Raises:
            SourceError: it is no picture.
            ModelError: a network does not give what it should.
        """
        (readings,) = self.batch([picture if time is None else (picture, time)])
        return readings

    def batch(self, pictures: Iterable[TimedPicture]) -> list[tuple[Reading, ...]]:
        """What the faces of many pictures show, read together.

        Args:
            pictures: arrays as for a call, or pairs of an array and its time; of any sizes. A few
                are taken at a time.

        Returns:
            The readings of each picture, in order.

        Raises:
            SourceError: one is no picture, and its number is named; or it is one, not several.
            ModelError: a network does not give what it should.
        """
        check_several(pictures, "batch")
        rest, names = iter(pictures), (f"picture {number}" for number in count())
        found: list[tuple[Reading, ...]] = []
        while some := list(islice(rest, _AT_ONCE)):
            with self._order:
                results = self._thread_chain().over(self._frames(some, names))
            found += (result.readings for result in results)
        return found

    def _frames(self, pictures: list[TimedPicture], names: Iterator[str]) -> Iterator[Frame]:
        if self._film is not None:
            return map(self._film, pictures)
        return (to_still(one, self._colour, next(names)) for one in pictures)

    def _thread_chain(self) -> Chain[Frame, RecognizedFrame]:
        """The stages for the thread that calls: what a detector writes into is never shared."""
        if self._film is not None:
            return self._chain
        if not hasattr(self._of_thread, "chain"):
            self._of_thread.chain = self._new_chain()
        chain: Chain[Frame, RecognizedFrame] = self._of_thread.chain
        return chain

    def _new_chain(self) -> Chain[Frame, RecognizedFrame]:
        options = replace(self._networks.options, draw=False)
        if self._film is None:
            options = replace(options, classify="every")
        return build_chain(
            options,
            self._networks.classifier,
            self._networks.detector.clone(),
            identities=self._identities,
            stages=self._stages,
        )
