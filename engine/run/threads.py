"""Threads: the workers and the readers of a pipeline, started together and joined together."""

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any

from fer_video.engine.errors import FerError
from fer_video.engine.run.lane import Lane

_PATIENCE = 1.0
"""Seconds that a source's last read may take when the pipeline is left early."""


class Threads:
    """What runs beside the caller's loop."""

    def __init__(self) -> None:
        """Start none yet."""
        self._workers: list[Thread] = []
        self._readers: dict[Lane, Thread] = {}

    @property
    def workers(self) -> int:
        """Number of workers that were started."""
        return len(self._workers)

    def start(
        self,
        work: Callable[[], None],
        workers: int,
        read: Callable[[Lane], None],
        lanes: Iterable[Lane],
    ) -> None:
        """Start them.

        Args:
            work: a worker's life.
            workers: number of them.
            read: a reader's life.
            lanes: that need a reader.

        Raises:
            FerError: the system gives no more threads; those that run are left to `join`.
        """
        try:
            for lane in lanes:
                self._readers[lane] = _started("capture", read, lane)
            for _ in range(workers):
                self._workers.append(_started("worker", work))
        except RuntimeError as error:
            raise FerError(
                f"no thread could be started ({error}); close other programs, or raise the limit "
                "of processes (ulimit -u, or the container's)"
            ) from error

    def join(self) -> set[Lane]:
        """Wait for their end; the lanes whose reader does not come to it."""
        for worker in self._workers:
            worker.join()
        for reader in self._readers.values():
            reader.join(_PATIENCE)
        return {lane for lane, reader in self._readers.items() if reader.is_alive()}


def _started(name: str, target: Callable[..., None], *args: Any) -> Thread:
    thread = Thread(target=target, args=args, name=f"fer-video {name}", daemon=True)
    thread.start()
    return thread
