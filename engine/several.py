"""Several sources at once: a pipeline each, side by side, their frames in one loop.

Each source has threads, tokens and identities of its own, so that order is kept within it and a
slow or dead one holds up nobody. They share the networks (`gather.Gathered`).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Lock, Thread
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
        self._used: dict[str, Channel[None]] = {name: Channel() for name in names}
        self._threads: list[Thread] = []
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
        for pipeline, info in zip(self._pipelines, self.infos, strict=True):
            pipeline.__enter__()
            thread = Thread(
                target=self._forward,
                args=(pipeline, info.name),
                name=f"fer-video {info.name}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()
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
        channels: list[Channel[RecognizedFrame] | Channel[None]] = [
            self._frames,
            *self._used.values(),
        ]
        for channel in channels:
            channel.abort()
        for pipeline in self._pipelines:
            pipeline.close()
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[RecognizedFrame]:
        """Frames as they come, each source's in order; a source waits until its frame is used.

        Raises:
            FerError: the first of a source or stage, after all frames that could be read.
            RuntimeError: outside its `with` block, where no frame would ever come.
        """
        if not self._threads:
            raise RuntimeError("Several runs inside `with`: `with several: for f in several:`")
        for recognized in self._frames.items(self.idle):
            yield recognized
            self._used[recognized.frame.source].put(None)
        if self._error is not None:
            raise self._error

    def _forward(self, pipeline: Pipeline, name: str) -> None:
        """Hand over a pipeline's frames, one at a time, and tell it when each was used."""
        used = iter(self._used[name])
        try:
            for recognized in pipeline:
                frame = replace(recognized.frame, source=name)
                if not self._frames.put(replace(recognized, frame=frame)):
                    break
                if next(used, False) is False:
                    break
        except BaseException as error:  # raised again in the caller's thread
            self._fail(name, error)
        finally:
            with self._lock:
                self._running -= 1
                if not self._running:
                    self._frames.close()

    def _fail(self, name: str, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
            others = self._running - 1
        if not isinstance(error, FerError):
            self._frames.close()  # no source's fault
        elif others:
            log.warning("%s: %s; the other sources go on", name, error)
