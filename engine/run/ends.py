"""Ends: which sources are over, with which errors, and what is missing of what was asked for."""

import logging
from collections.abc import Sequence

from fer_video.engine.errors import FerError
from fer_video.engine.run.lane import Lane

log = logging.getLogger(__name__)


class Ends:
    """Told of each source that is over; keeps its error until the others are over, too."""

    def __init__(self, lanes: Sequence[Lane], unopened: Sequence[FerError]) -> None:
        """Begin with all of them going on.

        Args:
            lanes: one a source.
            unopened: why sources that were asked for, too, could not be opened.
        """
        self._lanes, self._unopened = tuple(lanes), tuple(unopened)
        self._failed = next(iter(unopened), None)
        """The first error, until it is taken."""
        self._ended: dict[str, BaseException | None] = {}
        """The sources that are over, each with its error."""
        self._cut = False

    @property
    def all(self) -> bool:
        """Whether all sources are over."""
        return len(self._ended) == len(self._lanes)

    def add(self, lane: Lane) -> None:
        """A source is over."""
        self._ended[lane.name] = lane.error
        if isinstance(lane.error, FerError):
            self._failed = self._failed or lane.error

    def tell(self, lane: Lane) -> None:
        """Say that a source has failed and the others go on; what is no source's fault is raised.

        Raises:
            BaseException: what is no `FerError`.
        """
        if lane.error is not None and not isinstance(lane.error, FerError):
            raise lane.error
        if lane.error is not None and not self.all:
            said = told(lane.error).removeprefix(f"{lane.name}: ")
            log.warning("%s: %s; the other sources go on", lane.name, said)

    def take_error(self) -> FerError | None:
        """The first error of a source, if there was one; once."""
        failed, self._failed = self._failed, None
        return failed

    def cut_short(self) -> None:
        """Note that an error or a Ctrl-C ends it: a live source is then not complete either."""
        self._cut = True

    def lost(self, source: str) -> str | None:
        """What is missing of a source, see `Pipeline.lost`."""
        if source in self._ended:
            error = self._ended[source]
            return None if error is None else told(error)
        live = any(lane.info.live for lane in self._lanes if lane.name == source)
        return None if live and not self._cut else f"{source}: the run ended before it did"

    @property
    def losses(self) -> list[str]:
        """What is missing of all that was asked for, a sentence each."""
        of_sources = [self.lost(lane.name) for lane in self._lanes]
        return list(dict.fromkeys([*map(told, self._unopened), *filter(None, of_sources)]))


def told(error: BaseException) -> str:
    """What an error says; its kind where it says nothing."""
    return str(error) or type(error).__name__
