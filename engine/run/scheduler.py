"""Scheduler: the worker threads that take frames through their stages, as many as there are cores.

A worker takes a frame as far as it can go, so that its pixels stay in that core's cache; where the
next stage is busy it leaves the frame there and takes up another. The caller's loop works, too,
while there is no result for it; where the oldest frames are dropped it does not, so that it is free
for the next result.

Cameras, streams and pipes, which may keep a reader waiting, have a thread that reads them.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from threading import RLock
from time import monotonic, perf_counter
from typing import TypeAlias

from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.machine import cores
from fer_video.engine.run.counters import Counters
from fer_video.engine.run.lane import Lane, Task
from fer_video.engine.run.observe import Observe, run
from fer_video.engine.run.threads import Threads

Result: TypeAlias = tuple[Lane, RecognizedFrame | None]
"""A frame that is through, or None behind the last of its lane."""

AT_ONCE = 16
"""Most files that are worked on at once; cameras, streams and pipes all are."""
_IDLE_EVERY = 0.05
"""Seconds between two calls of `idle`."""


class Scheduler:
    """Workers and the caller at the same lanes, under one lock."""

    def __init__(self, lanes: Sequence[Lane], observe: Observe) -> None:
        """Start nothing yet.

        Args:
            lanes: to be worked on.
            observe: told of every stage run, in the thread that ran it.
        """
        self._lanes, self._observe = tuple(lanes), observe
        later = [lane for lane in lanes if not lane.needs_reader][AT_ONCE:]
        self._later = deque(later)
        """Lanes whose turn has not come."""
        self._order = deque(lane for lane in lanes if lane not in later)
        """Lanes that are worked on."""
        self._over: set[Lane] = set()
        self._caller_works = not any(lane.delivery is Delivery.DROP_OLDEST for lane in lanes)
        self._results: deque[Result] = deque()
        self._lock = RLock()
        """A Ctrl-C may leave it taken: by the main thread, which can take it again in `stop`."""
        self._wake_worker: SimpleQueue[None] = SimpleQueue()
        """An item wakes one idle worker. Unlike a lock's, nobody can leave this taken."""
        self._wake_caller: SimpleQueue[None] = SimpleQueue()
        self._idle_workers = 0
        self._caller_waits = False
        self._bypassed = 0
        """Workers that are in a stage with a bypass."""
        self._stopped = False
        self._threads = Threads()
        self._calling = RLock()
        """Taken while the caller's loop works, so that `stop` in another thread joins it, too."""
        self._idle_at = monotonic()

    def start(self) -> None:
        """Start the threads.

        Raises:
            FerError: the system gives no more threads; those that run are left to `stop`.
        """
        readers = [lane for lane in self._lanes if lane.needs_reader]
        workers = max(cores() - self._caller_works, 1)
        self._threads.start(self._work, workers, self._read, readers)

    def next(self, idle: Callable[[], None] | None, *, in_step: bool = False) -> Result | None:
        """The next frame that gets through, each lane's in order; None when all is over or stopped.

        Args:
            idle: called some 20 times a second while there is none.
            in_step: give of several lanes the frame that is earliest in its film.
        """
        while True:
            with self._lock:
                self._caller_waits = False
                if self._stopped:
                    return None
                if self._results:
                    return self._earliest() if in_step else self._results.popleft()
                task = self._task() if self._caller_works else None
                self._caller_waits = task is None
                if task is None and len(self._over) == len(self._lanes):
                    return None
            if task is not None:
                with self._calling:
                    self._advance(task)
            else:
                with suppress(Empty):
                    self._wake_caller.get(timeout=None if idle is None else _IDLE_EVERY)
            if idle is not None and monotonic() - self._idle_at >= _IDLE_EVERY:
                idle()
                self._idle_at = monotonic()

    def release(self, lane: Lane) -> None:
        """The caller is done with a result: let another frame in."""
        with self._lock:
            lane.release()
            self._notify()

    def counters(self, lane: Lane) -> Counters:
        """Where a lane's frames are at this moment; from any thread."""
        with self._lock:
            return lane.counters

    def rests(self, lane: Lane) -> bool:
        """Whether no thread is in a lane's source or in its stages."""
        with self._lock:
            return not lane.at_work

    def let_go(self, lane: Lane) -> None:
        """Close the source of a lane that rests, unless `stop` does so now."""
        with self._calling:
            if not self._stopped:
                lane.let_go()

    def stop(self) -> None:
        """Stop and join everything, and close every source that nobody reads any more.

        Raises:
            Exception: the first of a source that could not be stopped or closed; the others are.
        """
        with self._lock:
            self._stopped = True
        with suppress(RuntimeError):  # until it is not ours any more
            while True:
                self._lock.release()
        self._wake_caller.put(None)
        for _ in range(self._threads.workers):
            self._wake_worker.put(None)
        errors = [_error_of(lane.stop) for lane in self._lanes]
        stuck = self._threads.join()  # a device that still reads must not lose its memory
        with self._calling:
            pass
        errors += [_error_of(lane.source.close) for lane in self._lanes if lane not in stuck]
        for error in filter(None, errors):
            raise error

    def _work(self) -> None:
        """A worker's life."""
        while not self._stopped:
            with self._lock:
                task = self._task()
                self._idle_workers += task is None
            if task is None:
                self._wake_worker.get()
            else:
                self._advance(task)

    def _read(self, lane: Lane) -> None:
        """Bring a source's frames to the lane's slot."""
        failed, start = None, perf_counter()
        try:
            for frame in lane.frames:
                self._observe("capture", frame, start, perf_counter())
                if lane.delivery is Delivery.WAIT:
                    lane.slot.vacancies.get()
                with self._lock:
                    if self._stopped or lane.ending:  # a stage has failed
                        break
                    lane.offer(frame)
                    self._notify()
                start = perf_counter()
        except BaseException as error:  # raised again in the caller's thread
            error.add_note("in stage capture")
            failed = error
        with self._lock:
            lane.no_more(failed)
            self._publish(lane)

    def _advance(self, first: Task) -> None:
        """Put a frame through one stage after the other, as far as it can go."""
        task: Task | None = first
        while task is not None and not self._stopped:
            lane = task.lane
            try:
                result = run(task, self._observe)
            except BaseException as error:  # raised again in the caller's thread
                error.add_note(f"in stage {lane.stages[task.stage].name}")
                with self._lock:
                    self._bypassed -= lane.is_bypassed(task)
                    lane.fail(task, error)
                    self._publish(lane)
                if not isinstance(error, Exception):
                    raise
                return
            with self._lock:
                self._bypassed -= lane.is_bypassed(task)
                task = lane.done(task, result)
                self._publish(lane)

    def _task(self) -> Task | None:
        """From each lane in turn; stages with a bypass come last, and leave the others a worker."""
        task = self._first(Lane.task)
        if task is None and self._bypassed < max(self._threads.workers - 1, 1):
            task = self._first(Lane.bypassed_task)
            self._bypassed += task is not None
        return task

    def _first(self, task_of: Callable[[Lane], Task | None]) -> Task | None:
        for _ in range(len(self._order)):
            self._order.rotate(-1)
            task = task_of(self._order[0])
            if task is not None:
                return task
        return None

    def _earliest(self) -> Result:
        """Of the next results of all lanes that with the earliest time.

        So films that are played keep in step whatever their rates: who is ahead waits for a permit.
        """
        heads: dict[Lane, Result] = {}
        for result in self._results:
            heads.setdefault(result[0], result)
        earliest = min(heads.values(), key=_when)
        self._results.remove(earliest)
        return earliest

    def _publish(self, lane: Lane) -> None:
        """Hand over what is through, and wake whom that, or a stage that is free now, concerns."""
        self._results.extend((lane, frame) for frame in lane.finished())
        if lane.over and lane not in self._over:
            self._over.add(lane)
            self._results.append((lane, None))
            self._order.remove(lane)
            if self._later and not lane.needs_reader:
                self._order.append(self._later.popleft())
        self._notify()

    def _notify(self) -> None:
        """Wake the caller for a result, or whoever is idle for a task; one wakes the next."""
        if self._caller_waits and self._results:
            self._notify_caller()
        if not self._idle_workers and not (self._caller_works and self._caller_waits):
            return
        if all(lane.idle() for lane in self._order):
            return
        if self._idle_workers:
            self._idle_workers -= 1
            self._wake_worker.put(None)
        else:
            self._notify_caller()

    def _notify_caller(self) -> None:
        self._caller_waits = False
        self._wake_caller.put(None)


def _error_of(call: Callable[[], None]) -> Exception | None:
    """What a call raises, so that others can still be made."""
    try:
        call()
    except Exception as error:  # raised again by `stop`
        return error
    return None


def _when(result: Result) -> float:
    """Seconds in the video; what is live comes at once, and so does a lane's end."""
    lane, recognized = result
    return -inf if recognized is None or lane.info.live else recognized.frame.time
