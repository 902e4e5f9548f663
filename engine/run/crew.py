"""Crew: the threads that carry frames through their stages, as many as there are cores.

A carrier takes a frame and carries it as far as it can, so that its pixels stay in that core's
cache; where the next stage is busy it leaves the frame there and takes up another. The caller's
loop carries, too, while there is no result for it; where a source is live it does not, so that it
is free for the next result.

Cameras, streams and pipes, which may keep a reader waiting, have a thread that reads them.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import RLock, Thread
from time import monotonic, perf_counter
from typing import Any, TypeAlias

from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.run.line import Line, Observe, Task, run

Result: TypeAlias = tuple[Line, RecognizedFrame | None]
"""A frame that is through, or None behind the last of its line."""

_PATIENCE = 1.0
"""Seconds that a source's last read may take when the pipeline is left early."""
_WAKE = 0.05
"""Seconds between two calls of `idle`."""


class Crew:
    """Threads and the caller at the same lines, under one lock."""

    def __init__(self, lines: Sequence[Line], observe: Observe) -> None:
        """Start nothing yet.

        Args:
            lines: to be worked on.
            observe: told of every stage run, in the thread that ran it.
        """
        self._lines, self._observe = tuple(lines), observe
        self._order = deque(lines)
        self._over: set[Line] = set()
        self._helps = not any(line.info.live for line in lines)
        self._results: deque[Result] = deque()
        self._lock = RLock()
        """A Ctrl-C may leave it taken: by the main thread, which can take it again in `stop`."""
        self._bell: SimpleQueue[None] = SimpleQueue()
        """Wakes a carrier that rests; another wakes the caller. Nobody can leave these taken."""
        self._call: SimpleQueue[None] = SimpleQueue()
        self._resting = 0
        self._waiting = False
        self._stopped = False
        self._carriers: list[Thread] = []
        self._readers: dict[Line, Thread] = {}

    def start(self) -> None:
        """Start the threads."""
        for line in self._lines:
            if line.waits:
                self._readers[line] = _started("capture", self._read, line)
        for _ in range(max((os.cpu_count() or 1) - self._helps, 1)):
            self._carriers.append(_started("carrier", self._work))

    def results(self, idle: Callable[[], None] | None) -> Generator[Result]:
        """Frames as they get through, each line's in order, until all are over.

        Args:
            idle: called some 20 times a second while there are none.
        """
        last = monotonic()
        while True:
            with self._lock:
                result = self._results.popleft() if self._results else None
                task = self._task() if self._helps and result is None else None
                self._waiting = result is None and task is None
                if self._waiting and (self._stopped or len(self._over) == len(self._lines)):
                    return
            if result is not None:
                yield result
                continue
            if task is not None:
                self._carry(task)
            else:
                with suppress(Empty):
                    self._call.get(timeout=None if idle is None else _WAKE)
            if idle is not None and monotonic() - last >= _WAKE:
                idle()
                last = monotonic()

    def free(self, line: Line) -> None:
        """Give the place of a result back."""
        with self._lock:
            line.free()
            self._rouse()

    def stop(self) -> list[Line]:
        """Stop and join everything; the lines whose source may be closed, since nobody reads it."""
        with self._lock:
            self._stopped = True
        with suppress(RuntimeError):  # until it is not ours any more
            while True:
                self._lock.release()
        self._call.put(None)
        for _ in self._carriers:
            self._bell.put(None)
        for line in self._lines:
            line.room.put(None)
            line.source.stop()
        for carrier in self._carriers:
            carrier.join()
        for reader in self._readers.values():
            reader.join(_PATIENCE)
        stuck = {line for line, reader in self._readers.items() if reader.is_alive()}
        return [line for line in self._lines if line not in stuck]

    def _work(self) -> None:
        """A carrier's life."""
        while not self._stopped:
            with self._lock:
                task = self._task()
                self._resting += task is None
            if task is None:
                self._bell.get()
            else:
                self._carry(task)

    def _read(self, line: Line) -> None:
        """Bring a source's frames to the door."""
        failed, start = None, perf_counter()
        try:
            for frame in line.frames:
                self._observe("capture", frame, start, perf_counter())
                if not line.info.live:
                    line.room.get()
                with self._lock:
                    if self._stopped or line.ending:  # a stage has failed
                        break
                    line.offer(frame)
                    self._rouse()
                start = perf_counter()
        except BaseException as error:  # raised again in the caller's thread
            error.add_note("in stage capture")
            failed = error
        with self._lock:
            line.no_more(failed)
            self._settle(line)

    def _carry(self, first: Task) -> None:
        """Put a frame through one stage after the other, as far as it can go."""
        task: Task | None = first
        while task is not None and not self._stopped:
            line = task.line
            try:
                result = run(task, self._observe)
            except BaseException as error:  # raised again in the caller's thread
                error.add_note(f"in stage {line.stages[task.stage].name}")
                with self._lock:
                    line.end(task.number, error)
                    self._settle(line)
                if not isinstance(error, Exception):
                    raise
                return
            with self._lock:
                task = line.done(task, result)
                self._settle(line)

    def _task(self) -> Task | None:
        """From each line in turn."""
        for _ in self._lines:
            self._order.rotate(-1)
            task = self._order[0].task()
            if task is not None:
                return task
        return None

    def _settle(self, line: Line) -> None:
        """Hand over what is through, and wake whom that, or a stage that is free now, concerns."""
        self._results.extend((line, frame) for frame in line.finished())
        if line.over and line not in self._over:
            self._over.add(line)
            self._results.append((line, None))
        self._rouse()

    def _rouse(self) -> None:
        if self._waiting and self._results:
            self._wake_caller()
        if not self._resting and not (self._helps and self._waiting):
            return
        if all(line.idle() for line in self._lines):
            return
        if self._resting:
            self._resting -= 1
            self._bell.put(None)
        else:
            self._wake_caller()

    def _wake_caller(self) -> None:
        self._waiting = False
        self._call.put(None)


def _started(name: str, target: Callable[..., None], *args: Any) -> Thread:
    thread = Thread(target=target, args=args, name=f"fer-video {name}", daemon=True)
    thread.start()
    return thread
