"""Siding: a track beside the line, where frames stand whose last step would keep others waiting."""

from typing import Any

from fer_video.engine.stage import PassedBy

_MOST = 4
"""Frames that wait at most; each has a turn of things to be made of its own."""


class Siding:
    """The stage of a lane that its frames pass by: one frame is in it at a time, the others go on.

    Like its lane it runs nothing and waits for nothing.
    """

    def __init__(self, policy: PassedBy[Any, Any]) -> None:
        """Begin empty."""
        self._policy = policy
        self._waiting: dict[frozenset[Any], tuple[int, Any]] = {}
        """Frames by what is to be made of them: a newer one takes the place of an older one there,
        and its turn, so that none is old and nobody is left out."""
        self._busy = False
        self._made: list[Any] = []
        """What came of the stage, and has yet to be given to a frame."""

    @property
    def ready(self) -> bool:
        """Whether a frame may enter the stage now."""
        return bool(self._waiting) and not self._busy

    def pass_by(self, number: int, item: Any) -> Any:
        """The item as it goes on, with what was made of older ones; it may wait here as well."""
        due = self._policy.due(item)
        if due and (due in self._waiting or len(self._waiting) < _MOST):
            self._waiting[due] = number, item
        made, self._made = self._made, []
        for older in made:
            item = self._policy.later(item, older)
        return item

    def take(self) -> tuple[int, Any]:
        """The number and the item of the frame that enters the stage; only if it is `ready`."""
        self._busy = True
        return self._waiting.pop(next(iter(self._waiting)))

    def done(self, made: Any) -> None:
        """Take what the stage made of a frame."""
        self._busy = False
        self._made.append(made)
