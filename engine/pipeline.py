"""Pipeline: runs a source and its stages, one thread each, and hands the frames over in order.

All threads of the engine are started here and meet in `channel.py`:

    capture -> door -> [detect -> preprocess -> infer -> render] -> the caller's loop

The number of frames in flight is bounded by tokens: the caller's loop gives one back with each
frame that it has used. A file waits for a token before it hands over a frame. A camera does not
wait: its newest frame stands at the door, in the place of an older one, until the first stage has
a token for it.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import islice
from threading import Lock, Thread
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple, Self

from fer_video.engine.channel import Channel
from fer_video.engine.frames import Frame, RecognizedFrame, SourceInfo
from fer_video.engine.source import Source

Observe = Callable[[str, int, float, float], None]
"""Called with stage, frame index, start and end (`time.perf_counter` seconds), in the stage's
thread."""

_MOST_LIVE = 2
_PATIENCE = 1.0
"""Seconds that a source's last read may take when the pipeline is left early."""


class Stage(NamedTuple):
    """One step of a frame's way, with the name that errors and timings give it."""

    name: str
    run: Callable[[Any], Any]


def unobserved(_stage: str, _index: int, _start: float, _end: float) -> None:
    """The default observer: nothing is measured."""


class Pipeline:
    """Iterate it inside `with`: recognised frames in order, until the end or the first error.

    A stage's error is raised in the caller, as its own type with a note naming the stage, after
    the frames that were ahead of it. Leaving the `with` block stops and joins every thread.
    """

    def __init__(
        self,
        source: Source,
        stages: Sequence[Stage],
        *,
        in_flight: int = 8,
        together: bool = False,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
        max_frames: int | None = None,
        provider: str = "",
        observe: Observe = unobserved,
    ) -> None:
        """Join a source and stages; nothing runs before the `with` block.

        Args:
            source: closed when the pipeline is left.
            stages: the first takes a `Frame`, the last gives a `RecognizedFrame`.
            in_flight: most frames between the door and the caller.
            together: all stages in one thread, and that of a file's capture, too: for when other
                pipelines fill the cores already.
            turn: held by that thread while it works on a frame of a file.
            max_frames: stop after so many frames of the source.
            provider: what the classifier runs on, to be told.
            observe: told of every stage run.
        """
        self.provider = provider
        self.source = source
        self._groups = [tuple(stages)] if together else [(stage,) for stage in stages]
        self._alone = together and not source.info.live
        self._turn = turn
        self._max_frames = max_frames
        self._observe = observe
        self.idle: Callable[[], None] | None = None
        """Called some 20 times a second while the caller's loop waits for a frame."""
        self._live = source.info.live
        self._door: Channel[Frame] = Channel()
        self._tokens: Channel[None] = Channel()
        for _ in range(min(in_flight, _MOST_LIVE) if self._live else in_flight):
            self._tokens.put(None)
        self._places = iter(self._tokens)
        self._channels: list[Channel[Any]] = [Channel() for _ in self._groups[1:]]
        self.results: Channel[RecognizedFrame] = Channel()
        """Where the last stage puts its frames; may be exchanged before the `with` block."""
        self._threads: list[Thread] = []
        self.error: BaseException | None = None
        """The first of the source or a stage."""
        self._lock = Lock()

    @property
    def info(self) -> SourceInfo:
        """Of the source."""
        return self.source.info

    @property
    def infos(self) -> tuple[SourceInfo, ...]:
        """The same, as of several sources (`several.Several`)."""
        return (self.info,)

    @property
    def frames_expected(self) -> int | None:
        """How many frames will come, as far as the source declares it."""
        declared = self.info.frames
        if declared is None or self._max_frames is None:
            return declared or self._max_frames
        return min(declared, self._max_frames)

    @property
    def dropped(self) -> int:
        """Frames of a live source that were let go because none could be taken in time."""
        return self._door.dropped

    def __enter__(self) -> Self:
        """Start the threads.

        Raises:
            RuntimeError: the pipeline has run before; a source can be read once.
        """
        if self._threads:
            raise RuntimeError("this pipeline has run; open another")
        first = self._placed() if self._alone else self._admitted()
        inputs: list[Generator[Any]] = [first, *(channel.items(None) for channel in self._channels)]
        sources: list[Channel[Any]] = [self._door, *self._channels]
        targets: list[Channel[Any]] = [*self._channels, self.results]
        if not self._alone:
            self._start("capture", self._capture)
        for group, items, *ends in zip(self._groups, inputs, sources, targets, strict=True):
            self._start(group[0].name, self._run, group, items, *ends)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop and join everything, and close the source; safe to call twice."""
        channels: list[Channel[Any]] = [self._door, self._tokens, *self._channels, self.results]
        for channel in channels:
            channel.abort()
        self.source.stop()
        for thread in self._threads[1:]:
            thread.join()
        for capture in self._threads[:1]:
            capture.join(_PATIENCE)
            if capture.is_alive():  # a device that still reads must not lose its memory
                return
        self.source.close()

    def __iter__(self) -> Iterator[RecognizedFrame]:
        """Frames in order; the place of each is free again when the next is asked for.

        Raises:
            FerError: of the source or a stage, after the frames that were ahead of it.
            RuntimeError: outside its `with` block, where no frame would ever come.
        """
        if not self._threads:
            raise RuntimeError("a Pipeline runs inside `with`: `with pipeline: for f in pipeline:`")
        for recognized in self.results.items(self.idle):
            start = perf_counter()
            yield recognized
            self.used(recognized, start)
        if self.error is not None:
            raise self.error

    def used(self, recognized: RecognizedFrame, start: float) -> None:
        """Free the place of a frame of `results` that was in use since `start`."""
        self._observe("output", recognized.frame.index, start, perf_counter())
        self._tokens.put(None)

    def _start(self, name: str, target: Callable[..., None], *args: Any) -> None:
        thread = Thread(target=target, args=args, name=f"fer-video {name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _captured(self) -> Iterator[Frame]:
        """Frames of the source; its error is kept for the caller."""
        try:
            start = perf_counter()
            for frame in islice(self.source.frames(), self._max_frames):
                self._observe("capture", frame.index, start, perf_counter())
                yield frame
                start = perf_counter()
        except GeneratorExit:
            raise
        except BaseException as error:  # raised again in the caller's thread
            self._fail("capture", error)

    def _capture(self) -> None:
        try:
            for frame in self._captured():
                if not self._hand_over(frame):
                    break
        finally:
            self._door.close()

    def _placed(self) -> Generator[Frame]:
        """Frames of the source, each when there is a place for it, used within a turn."""
        frames = self._captured()
        while self._has_place():
            with self._turn():
                frame = next(frames, None)
                if frame is None:
                    return
                yield frame

    def _hand_over(self, frame: Frame) -> bool:
        """False when nobody takes frames any more."""
        if self._live:
            return self._door.put_newest(frame)
        return self._has_place() and self._door.put(frame)

    def _admitted(self) -> Generator[Frame]:
        """A free place first, then the frame: so that a camera's is the newest there is."""
        door = iter(self._door)
        while not self._live or self._has_place():
            frame = next(door, None)
            if frame is None:
                return
            yield frame

    def _has_place(self) -> bool:
        """Wait for a token; False when there will be none."""
        return next(self._places, False) is None

    def _run(
        self,
        stages: Sequence[Stage],
        items: Generator[Any],
        source: Channel[Any],
        target: Channel[Any],
    ) -> None:
        """Ends downstream by closing, so that frames ahead still flow, and upstream by aborting."""
        stage = stages[0]
        try:
            with closing(items):  # here and now: a turn may be held in it
                for item in items:
                    result = item
                    for stage in stages:
                        start = perf_counter()
                        result = stage.run(result)
                        self._observe(stage.name, _index(item), start, perf_counter())
                    if not target.put(result):
                        break
        except BaseException as error:  # raised again in the caller's thread
            self._fail(stage.name, error)
        finally:
            source.abort()
            if source is self._door:
                self._tokens.abort()
            target.close()

    def _fail(self, stage: str, error: BaseException) -> None:
        error.add_note(f"in stage {stage}")
        with self._lock:
            self.error = self.error or error


def _index(item: Any) -> int:
    index: int = item.index if isinstance(item, Frame) else item.frame.index
    return index
