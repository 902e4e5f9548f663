"""Bypass: leads the frames of a live source past a stage that takes longer than they are apart."""

from typing import Any

from fer_video.engine.contracts.stage import BypassPolicy

_MOST = 4
"""Frames that wait for the stage at most."""


class Bypass:
    """One frame is in the stage at a time; the others go on, and get its result when it is done.

    Like its lane it runs nothing and waits for nothing.
    """

    def __init__(self, policy: BypassPolicy[Any, Any]) -> None:
        """Begin empty."""
        self._policy = policy
        self._waiting: dict[frozenset[Any], tuple[int, Any]] = {}
        """Frames by what is due in them: where that is the same, a newer one takes the place and
        the turn of an older one, so that none is old and nothing due is left out."""
        self._busy = False
        self._results: list[Any] = []
        """What the stage gave, and has yet to be put into a newer frame."""

    @property
    def ready(self) -> bool:
        """Whether a frame may enter the stage now."""
        return bool(self._waiting) and not self._busy

    def pass_by(self, number: int, item: Any) -> Any:
        """The item as it goes on, with the results of older ones; it may wait here, too."""
        due = self._policy.due(item)
        if due and (due in self._waiting or len(self._waiting) < _MOST):
            self._waiting[due] = number, item
        results, self._results = self._results, []
        for older in results:
            item = self._policy.merge(item, older)
        return item

    def take(self) -> tuple[int, Any]:
        """The number and the item of the frame that enters the stage; only if it is `ready`."""
        self._busy = True
        return self._waiting.pop(next(iter(self._waiting)))

    def done(self, result: Any) -> None:
        """Take what the stage gave."""
        self._busy = False
        self._results.append(result)
