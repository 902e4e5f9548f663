"""Lane: the stages behind one source, the frames that wait before each, and which may go on.

Nothing here runs by itself or waits: `scheduler.py` asks under its lock. After the serial and the
parallel filters of Threading Building Blocks (McCool, Robison, Reinders, "Structured Parallel
Programming", 2012, chapter 9).
"""

from collections.abc import Iterator
from itertools import islice
from math import inf
from typing import Any, NamedTuple

from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.contracts.source import Source
from fer_video.engine.contracts.stage import Chain, Stage
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.run.bypass import Bypass
from fer_video.engine.run.counters import Arrivals, Counters, Gaps
from fer_video.engine.run.entrance import Slot, needs_reader, stamped
from fer_video.engine.run.permits import Permits


class Task(NamedTuple):
    """A frame that may go through a stage now; whoever holds it must bring it back."""

    lane: "Lane"
    stage: int
    """The stage's place in the lane."""
    number: int
    """The frame's number in the lane, from 0 without gaps."""
    item: Any
    """The value that the stage before gave."""


class Lane:
    """The frames of one source: numbered, bounded, in order at the end."""

    def __init__(
        self,
        source: Source,
        chain: Chain[Frame, RecognizedFrame],
        *,
        delivery: Delivery = Delivery.WAIT,
        in_flight: int | None = None,
        max_frames: int | None = None,
        share: int = 1,
        name: str | None = None,
    ) -> None:
        """Put stages behind a source.

        Args:
            source: for this lane alone.
            chain: the stages behind capture, for this lane alone.
            delivery: what happens to frames while none can be taken.
            in_flight: most frames from the first stage to the caller; None for four more than
                there are cores, or as few as fill half a gigabyte. Where the oldest is dropped at
                most 2, so that none is old.
            max_frames: stop after so many frames of the source.
            share: number of lanes that share that memory.
            name: that the frames carry as `source`; None for the source's own.
        """
        self.source, self.info, self.delivery = source, source.info, delivery
        self.name = source.info.name if name is None else name
        """Name that the frames carry as `source`; changed where two sources share one."""
        self.needs_reader = needs_reader(self.info, delivery)
        """Whether its next frame may be long in coming, so that a thread of its own reads it."""
        self._permits = Permits(source.info, delivery, in_flight, share)
        self.frames = self._read(islice(source.frames(), max_frames))
        reading: Stage[None, Frame | None] = Stage("capture", lambda _: next(self.frames, None))
        self.stages: tuple[Stage[Any, Any], ...] = (
            chain.stages if self.needs_reader else (reading, *chain.stages)
        )
        self.error: BaseException | None = None
        """Error of the source or of a stage: that of the earliest frame."""
        self.slot = Slot(delivery)
        """Where a reader puts what it reads."""
        self._max_frames = max_frames
        self._entered = 0
        """Number of frames that had a permit."""
        self.at_work = int(self.needs_reader)
        """Number of threads in the source or in a stage."""
        self._arrivals, self._gaps = Arrivals(), Gaps()
        self._end = inf
        """Number of the first frame that will not come out."""
        self._before: list[dict[int, Any]] = [{} for _ in range(len(self.stages) + 1)]
        """What each stage, and at last the caller, has yet to take, by number."""
        self._next = [0] * (len(self.stages) + 1)
        """Number of the frame that each takes next."""
        self._busy = [False] * len(self.stages)
        self._bypasses = {
            place: Bypass(stage.bypass)
            for place, stage in enumerate(self.stages)
            if stage.bypass is not None and delivery is Delivery.DROP_OLDEST
        }
        """Of the stages that have one, by their places."""

    @property
    def frames_expected(self) -> int | None:
        """How many frames will come, as far as the source declares it."""
        declared = self.info.frames
        if declared is None or self._max_frames is None:
            return declared or self._max_frames
        return min(declared, self._max_frames)

    @property
    def counters(self) -> Counters:
        """Where the frames are now."""
        dropped = {"late": self.slot.dropped, "skipped": self._arrivals.skipped}
        queues = self._before[:-1] if self.needs_reader else self._before[1:-1]
        return Counters(
            offered=self._arrivals.offered,
            processed=self._next[-1],
            dropped={reason: count for reason, count in dropped.items() if count},
            waiting=self.slot.full + sum(map(len, queues)),
            in_flight=self._permits.in_flight,
        )

    @property
    def ending(self) -> bool:
        """Whether it is known which frame is the last."""
        return self._end < inf

    @property
    def over(self) -> bool:
        """Whether the caller has been given the last frame."""
        return self._next[-1] >= self._end

    def offer(self, frame: Frame) -> None:
        """Put a frame into the slot, in the place of an older one."""
        self._arrivals.add(frame)
        self.slot.put(frame)

    def no_more(self, error: BaseException | None) -> None:
        """The reader has ended: nothing comes behind the frame in the slot."""
        self.at_work -= 1
        self._end_at(self._entered + self.slot.full, error)

    def fail(self, task: Task, error: BaseException) -> None:
        """A stage has failed: neither this frame nor later ones will come out."""
        self.at_work -= 1
        if not self.is_bypassed(task):
            self._permits.void()
        self._end_at(task.number, error)

    def release(self) -> None:
        """The caller is done with a frame: its permit is free."""
        self._permits.give_back()

    def stop(self) -> None:
        """Let whoever reads the source end soon."""
        self.slot.vacancies.put(None)
        self.source.stop()

    def let_go(self) -> None:
        """Close the source, and forget the stages and their memory; once no thread is in them."""
        self.stages = ()
        self.source.close()

    def task(self) -> Task | None:
        """What may go on now, nearest to the end first."""
        stages = range(len(self.stages) - 1, -1, -1)
        return next(filter(None, map(self._taken, stages)), None)

    def is_bypassed(self, task: Task) -> bool:
        """Whether the frames do not wait for its stage."""
        return task.stage in self._bypasses

    def bypassed_task(self) -> Task | None:
        """What may enter a stage now for which the frames do not wait."""
        for place, bypass in self._bypasses.items():
            if bypass.ready and not self.ending:
                self.at_work += 1
                return Task(self, place, *bypass.take())
        return None

    def idle(self) -> bool:
        """Whether nothing may go on now."""
        if not self.ending and any(bypass.ready for bypass in self._bypasses.values()):
            return False
        return all(self._ready(stage) is None for stage in range(len(self.stages)))

    def done(self, task: Task, result: Any) -> Task | None:
        """Take a frame from a stage that it went through; what may go on in the next stage."""
        self.at_work -= 1
        if self.is_bypassed(task):
            self._bypasses[task.stage].done(result)
            return None
        self._busy[task.stage] = False
        self._next[task.stage] = task.number + 1
        if result is None:  # the source's end
            self._end_at(task.number)
        elif task.stage == 0 and not self.needs_reader:
            self._arrivals.add(result)
        if task.number >= self._end:
            self._permits.void()
            return None
        following = self._put(task.number, result, task.stage + 1)
        return self._taken(following) if following < len(self.stages) else None

    def finished(self) -> Iterator[RecognizedFrame]:
        """Take the frames that are through, in order."""
        results = self._before[-1]
        while self._next[-1] < self._end and self._next[-1] in results:
            self._next[-1] += 1
            yield self._gaps.told(results.pop(self._next[-1] - 1))

    def _end_at(self, number: int, error: BaseException | None = None) -> None:
        """Let the frames before this number through, and forget those from it on."""
        if number >= self._end:
            return
        self._end, self.error = number, error
        for waiting in self._before:
            for late in [late for late in waiting if late >= number]:
                del waiting[late]
                self._permits.void()

    def _put(self, number: int, item: Any, stage: int) -> int:
        """Let a frame wait before a stage, or before the next one without a bypass; which it is."""
        while stage in self._bypasses:
            item = self._bypasses[stage].pass_by(number, item)
            stage += 1
        self._before[stage][number] = item
        return stage

    def _read(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            self._permits.measure(frame)
            yield stamped(frame, self.name, live=self.info.live)

    def _taken(self, stage: int) -> Task | None:
        number = self._ready(stage)
        if number is None:
            return None
        self._busy[stage] = True
        self.at_work += 1
        return Task(self, stage, number, self._before[stage].pop(number))

    def _ready(self, stage: int) -> int | None:
        """Number of the frame that may enter this stage now."""
        waiting = self._before[stage]
        if self.stages[stage].parallel:
            number: float = min(waiting, default=inf)
        else:
            if stage == 0 and not waiting and not self._busy[0]:
                self._admit()
            number = inf if self._busy[stage] else self._next[stage]
        return int(number) if number in waiting and number < self._end else None

    def _admit(self) -> None:
        """A permit, and what is in the slot, come before the first stage.

        Not before that is free: so that the frame in the slot of a live source is its newest.
        """
        ready = self.slot.full or not self.needs_reader
        if self._permits.free and ready and self._entered < self._end:
            self._before[0][self._entered] = self.slot.take()
            self._entered += 1
            self._permits.take()
