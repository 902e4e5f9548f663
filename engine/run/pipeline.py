"""Pipeline: the sources and their stages, run by a crew of threads, as one loop of the caller's.

    capture -> detect -> preprocess -> infer -> smooth -> render -> the caller's loop

The first two and `smooth` take frames in order, one at a time; the others take several at once.
`line.py` says which frame may go through which stage, `crew.py` carries it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from types import TracebackType
from typing import Self

from fer_video.engine.errors import FerError
from fer_video.engine.frames import Frame, RecognizedFrame, SourceInfo
from fer_video.engine.run.crew import Crew
from fer_video.engine.run.line import Line, Observe
from fer_video.engine.source import different

log = logging.getLogger(__name__)


def unobserved(_stage: str, _frame: Frame, _start: float, _end: float) -> None:
    """The default observer: nothing is measured."""


class Pipeline:
    """Iterate it inside `with`: recognised frames, each source's in order, until the end.

    The error of a source or a stage is raised in the caller, as its own type with a note naming
    the stage, after the frames that were ahead of it. Of several sources, one that fails is told in
    one line and the others go on; the first error is raised after the last frame of all. Leaving
    the `with` block stops and joins every thread.
    """

    def __init__(
        self, lines: Sequence[Line], *, provider: str = "", observe: Observe = unobserved
    ) -> None:
        """Put lines together; nothing runs before the `with` block.

        Args:
            lines: one a source, which is closed when the pipeline is left.
            provider: what the classifier runs on, to be told.
            observe: told of every stage run.
        """
        self.provider = provider
        self.idle: Callable[[], None] | None = None
        """Called some 20 times a second while the caller's loop waits for a frame."""
        self._lines, self._observe = tuple(lines), observe
        names = different([line.info.name for line in lines])
        for line, name in zip(lines, names, strict=True):
            line.name = name
        self.infos: tuple[SourceInfo, ...] = tuple(
            replace(line.info, name=line.name) for line in lines
        )
        """Of the sources, their names made different; frames carry these names as `source`."""
        self._crew = Crew(lines, observe)
        self._entered = False

    @property
    def info(self) -> SourceInfo:
        """Of the only source, or the first."""
        return self.infos[0]

    @property
    def frames_expected(self) -> int | None:
        """How many frames will come, if every source declares it."""
        counts = [line.frames_expected for line in self._lines]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def dropped(self) -> int:
        """Frames of live sources that were let go because none could be taken in time."""
        return sum(line.dropped for line in self._lines)

    def __enter__(self) -> Self:
        """Start the threads.

        Raises:
            RuntimeError: the pipeline has run before; a source can be read once.
        """
        if self._entered:
            raise RuntimeError("this pipeline has run; open another")
        self._entered = True
        self._crew.start()
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
        for line in self._crew.stop():  # a device that still reads must not lose its memory
            line.source.close()

    def __iter__(self) -> Iterator[RecognizedFrame]:
        """Frames as they come; the place of each is free again when the next is asked for.

        Raises:
            FerError: of a source or a stage, after the frames that were ahead of it.
            RuntimeError: outside its `with` block, where no frame would ever come.
        """
        if not self._entered:
            raise RuntimeError("a Pipeline runs inside `with`: `with pipeline: for f in pipeline:`")
        first: BaseException | None = None
        left = len(self._lines)
        for line, recognized in self._crew.results(self.idle):
            if recognized is not None:
                start = perf_counter()
                yield recognized
                self._observe("output", recognized.frame, start, perf_counter())
                self._crew.free(line)
                continue
            left -= 1
            first = first or line.error
            if not left or not isinstance(line.error, FerError | None):  # no source's fault
                break
            if line.error is not None:
                log.warning("%s: %s; the other sources go on", line.name, line.error)
        if first is not None:
            raise first
