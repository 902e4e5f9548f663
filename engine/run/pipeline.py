"""Pipeline: the sources and their stages, run by a scheduler's threads, as one loop of frames.

    capture -> detect -> preprocess -> infer -> smooth -> render -> the caller's loop

`capture`, `detect` and `smooth` take frames in order, one at a time; the others take several at
once. `lane.py` says which frame may go through which stage, `scheduler.py` takes it there.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Self

from fer_video.engine.contracts.sink import ends_well
from fer_video.engine.contracts.source import let_rest, unique_names
from fer_video.engine.errors import FerError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.network.used import UsedNetwork
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.run.awaiting import Awaiting
from fer_video.engine.run.counters import Counters
from fer_video.engine.run.ends import Ends
from fer_video.engine.run.lane import Lane
from fer_video.engine.run.observe import Observe, unobserved
from fer_video.engine.run.scheduler import Scheduler


class Pipeline:
    """Iterate it inside `with`: recognised frames, each source's in order, until the end.

    In a coroutine it is `async with` and `async for`; the event loop goes on meanwhile.

    A loop may be left and taken up again: the next one goes on with the next frame. The error of a
    source or a stage is raised in the caller, as its own type with a note naming the stage, after
    the frames that were ahead of it. Of several sources, one that fails is told in one line and the
    others go on; the first error is raised after the last frame of all. What is no `FerError` is no
    source's fault, and is raised at once. Leaving the `with` block stops and joins every thread.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        *,
        provider: str = "",
        observe: Observe = unobserved,
        failed: Sequence[FerError] = (),
        options: EngineOptions | None = None,
        networks: Sequence[UsedNetwork] = (),
    ) -> None:
        """Put lanes together; nothing runs before the `with` block.

        Args:
            lanes: one a source, which is closed when the pipeline is left.
            provider: what the classifier runs on, to be told.
            observe: told of every stage run.
            failed: why sources that were asked for, too, could not be opened.
            options: that it was made with, to be told.
            networks: that its stages run, to be told.
        """
        self.provider, self.options, self.networks = provider, options, tuple(networks)
        self.idle: Callable[[], None] | None = None
        """Called some 20 times a second while the caller's loop waits for a frame."""
        self.over: Callable[[str], None] | None = None
        """Called in the caller's loop with the name of each source that is over."""
        self.in_step = False
        """Whether of several films the frame comes next that is earliest in its film, as for a loop
        that shows each at its time; else whichever was ready first."""
        self._lanes, self._observe = tuple(lanes), observe
        names = unique_names([lane.name for lane in lanes])
        for lane, name in zip(lanes, names, strict=True):
            lane.name = name
        self._scheduler = Scheduler(lanes, observe)
        self._awaiting = Awaiting(lane.source for lane in lanes)
        self._ends = Ends(lanes, failed)
        self._used = self._runs = False
        """Whether it was entered or closed, and whether it is inside its `with` block."""
        self._leaving: list[Lane] = []
        """Sources that are over, and not closed yet."""
        self._given: tuple[Lane, Frame, float] | None = None
        """The frame that the caller has, and since when."""
        self.several = len(lanes) > 1 or bool(failed)
        """Whether several sources were asked for, some of which may not have been opened."""

    @property
    def infos(self) -> tuple[SourceInfo, ...]:
        """What is known of each source, by the names given or its own, made unique.

        Frames carry these names as `source`.
        """
        return tuple(replace(lane.source.info, name=lane.name) for lane in self._lanes)

    @property
    def info(self) -> SourceInfo:
        """What is known of the only source, or the first."""
        return self.infos[0]

    @property
    def frames_expected(self) -> int | None:
        """How many frames will come, if every source declares it."""
        counts = [lane.frames_expected for lane in self._lanes]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def dropped(self) -> int:
        """Frames of live sources that were let go because none could be taken in time."""
        return sum(self.counters().dropped.values())

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was read, without loss; see `lost`."""
        return not self.losses

    @property
    def losses(self) -> list[str]:
        """What is missing of all that was asked for, a sentence each."""
        return self._ends.losses

    def lost(self, source: str) -> str | None:
        """What is missing of a source, in a sentence; None where nothing is.

        Nothing is where it was read to its end, or up to `max_frames`. A live source has no end,
        and is complete wherever the loop over it is left, unless by `cut_short`.

        Args:
            source: a name among those of `infos`.
        """
        return self._ends.lost(source)

    def cut_short(self) -> None:
        """Note that an error or a Ctrl-C ends it: a live source is then not complete either."""
        self._ends.cut_short()

    def counters(self, source: str | None = None) -> Counters:
        """Where the frames are at this moment, without stopping anything; from any thread.

        Args:
            source: a name among those of `infos`; None for the sums over all.

        Raises:
            KeyError: there is no source of this name.
        """
        rows = {lane.name: lane for lane in self._lanes}
        lanes = rows.values() if source is None else (rows[source],)
        return Counters.total(self._scheduler.counters(lane) for lane in lanes)

    def rest(self, resting: bool) -> None:
        """Let live sources give no pictures while nobody looks at them, or go on; any thread."""
        for lane in self._lanes:
            if lane.info.live:
                let_rest(lane.source, resting)

    def __enter__(self) -> Self:
        """Start the threads.

        Raises:
            RuntimeError: the pipeline has run before or was closed; a source can be read once.
            FerError: a thread cannot be started; nothing is left open.
        """
        if self._used:
            raise RuntimeError("this pipeline has run or was closed; open another")
        self._used = True
        try:
            self._scheduler.start()
        except BaseException:
            self.close()
            raise
        self._runs = True
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._note_exit(kind)
        self.close()

    def close(self) -> None:
        """Stop and join everything, and close the sources; safe to call twice, from any thread.

        A loop over it ends; what it has not come to is missing, see `lost`.
        """
        self._used, self._given = True, None
        self._scheduler.stop()

    def __iter__(self) -> Self:
        """The pipeline itself: it remembers where the last loop was left."""
        return self

    def __next__(self) -> RecognizedFrame:
        """The next frame; the one before makes room for another.

        Raises:
            FerError: of a source or a stage, after the frames that were ahead of it.
            RuntimeError: outside its `with` block, or in a coroutine that its source waits for,
                where no frame would ever come.
        """
        self._check_runs()
        if self._awaiting.would_block():
            raise RuntimeError("its source is asynchronous: `async with pipeline`, `async for`")
        try:
            recognized = self._following()
        except (StopIteration, StopAsyncIteration) as error:  # the loop would just end
            where = ", ".join(getattr(error, "__notes__", ()))
            raise RuntimeError(f"{type(error).__name__} was raised {where}".rstrip()) from error
        if recognized is None:
            raise StopIteration
        return recognized

    async def __aenter__(self) -> Self:
        """Start the threads, see `__enter__`."""
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop everything beside the event loop, which goes on meanwhile."""
        self._note_exit(kind)
        await self._awaiting.close(self.close)

    def __aiter__(self) -> Self:
        """The pipeline itself, as for a plain loop."""
        return self

    async def __anext__(self) -> RecognizedFrame:
        """The next frame, waited for beside the event loop.

        Raises:
            FerError: of a source or a stage, after the frames that were ahead of it.
            RuntimeError: outside its `async with` block, where no frame would ever come, or while
                another task waits for the next frame.
        """
        self._check_runs()
        recognized = await self._awaiting.next(self)
        if recognized is None:
            raise StopAsyncIteration
        return recognized

    def _check_runs(self) -> None:
        if not self._runs:
            raise RuntimeError("a Pipeline runs inside `with`: `with pipeline: for f in pipeline:`")

    def _note_exit(self, kind: type[BaseException] | None) -> None:
        self._runs = False
        if not ends_well(kind):
            self.cut_short()

    def _following(self) -> RecognizedFrame | None:
        """The next frame; None behind the last."""
        self._take_back()
        self._let_go()
        while (result := self._scheduler.next(self.idle, in_step=self.in_step)) is not None:
            lane, recognized = result
            if recognized is not None:
                self._given = lane, recognized.frame, perf_counter()
                return recognized
            self._note_end(lane)
            self._let_go()
        if (error := self._ends.take_error()) is not None:
            raise error
        return None

    def _take_back(self) -> None:
        """Whatever the caller did with the last frame is done."""
        given, self._given = self._given, None
        if given is not None:
            lane, frame, start = given
            self._observe("output", frame, start, perf_counter())
            self._scheduler.release(lane)

    def _note_end(self, lane: Lane) -> None:
        """Keep a source's error until the others are over; what is no source's fault is raised."""
        self._ends.add(lane)
        self._leaving.append(lane)
        if self.over is not None:
            self.over(lane.name)
        self._ends.tell(lane)
        if lane.error is not None:
            lane.stop()  # where a stage has failed it is still read

    def _let_go(self) -> None:
        """Close the sources that are over, once no thread is in them."""
        for lane in filter(self._scheduler.rests, tuple(self._leaving)):
            self._leaving.remove(lane)
            self._scheduler.let_go(lane)
