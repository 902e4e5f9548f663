"""Several sources at once: a pipeline each, side by side, their frames in one loop.

Each source has threads, tokens and identities of its own, so that order is kept within it and a
slow or dead one holds up nobody. They share the networks (`gather.Gathered`).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from time import perf_counter
from types import TracebackType
from typing import Self

from fer_video.engine.channel import Channel
from fer_video.engine.errors import FerError
from fer_video.engine.frames import RecognizedFrame, SourceInfo
from fer_video.engine.pipeline import Pipeline
from fer_video.engine.source import different

log = logging.getLogger(__name__)


class Several:
    """Iterate it inside `with`, as a `Pipeline`: frames of all sources as they come.

    A source that fails is told in one line, and the others go on; the first error is raised after
    the last frame of all.
    """

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        """Join pipelines; nothing runs before the `with` block."""
        self._pipelines = tuple(pipelines)
        names = different([pipeline.info.name for pipeline in pipelines])
        self.infos: tuple[SourceInfo, ...] = tuple(
            replace(pipeline.info, name=name)
            for pipeline, name in zip(pipelines, names, strict=True)
        )
        """Of the sources, their names made different; frames carry these names as `source`."""
        self.idle: Callable[[], None] | None = None
        """Called some 20 times a second while the caller's loop waits for a frame."""
        self._frames: Channel[RecognizedFrame] = Channel()
        self._by_name = dict(zip(names, self._pipelines, strict=True))
        for name, pipeline in self._by_name.items():
            pipeline.results = _Named(name, self._frames, partial(self._ended, name, pipeline))
        self._entered = False
        self._running = len(names)
        self._error: BaseException | None = None
        self._lock = Lock()

    @property
    def provider(self) -> str:
        """What the classifier runs on."""
        return self._pipelines[0].provider

    @property
    def frames_expected(self) -> int | None:
        """How many frames will come, if every source declares it."""
        counts = [pipeline.frames_expected for pipeline in self._pipelines]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def dropped(self) -> int:
        """Frames of live sources that were let go because none could be taken in time."""
        return sum(pipeline.dropped for pipeline in self._pipelines)

    def __enter__(self) -> Self:
        """Start all pipelines."""
        self._entered = True
        for pipeline in self._pipelines:
            pipeline.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop and join everything, and close the sources; safe to call twice."""
        self._frames.abort()
        for pipeline in self._pipelines:
            pipeline.close()

    def __iter__(self) -> Iterator[RecognizedFrame]:
        """Frames as they come, each source's in order; a source waits until its frame is used.

        Raises:
            FerError: the first of a source or stage, after all frames that could be read.
            RuntimeError: outside its `with` block, where no frame would ever come.
        """
        if not self._entered:
            raise RuntimeError("Several runs inside `with`: `with several: for f in several:`")
        for recognized in self._frames.items(self.idle):
            start = perf_counter()
            yield recognized
            self._by_name[recognized.frame.source].used(recognized, start)
        if self._error is not None:
            raise self._error

    def _ended(self, name: str, pipeline: Pipeline) -> None:
        """After a pipeline's last frame, in its last stage's thread."""
        error = pipeline.error
        with self._lock:
            self._error = self._error or error
            self._running -= 1
            others = self._running
        if not others or not isinstance(error, FerError | None):  # the latter is no source's fault
            self._frames.close()
        elif error is not None:
            log.warning("%s: %s; the other sources go on", name, error)


class _Named(Channel[RecognizedFrame]):
    """The end of one pipeline: its frames go into a channel of all, under the source's name."""

    def __init__(
        self, name: str, frames: Channel[RecognizedFrame], ended: Callable[[], None]
    ) -> None:
        super().__init__()
        self._name, self._frames, self._ended = name, frames, ended

    def put(self, item: RecognizedFrame) -> bool:
        frame = replace(item.frame, source=self._name)
        return self._frames.put(replace(item, frame=frame))

    def close(self) -> None:
        """Only the first time says something new."""
        if not self._closed:
            super().close()
            self._ended()

    def abort(self) -> None:
        """Nobody wants to know how it ended, nor may the main thread wait for a lock here."""
        self._aborted = True
        super().close()
