"""Stage: one step of a frame's way; a chain of them, each taking what the one before gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

In = TypeVar("In")
Out = TypeVar("Out")
Next = TypeVar("Next")


@dataclass(frozen=True, slots=True)
class Stage(Generic[In, Out]):
    """A callable that knows no thread, with the name that errors and timings give it."""

    name: str
    """The stage in errors, profiles and traces, e.g. `detect`."""
    run: Callable[[In], Out]
    """What is done with each frame."""
    parallel: bool = False
    """Whether several frames may be in the stage at once, in any order; else one, in order."""


class Chain(Generic[In, Out]):
    """Stages in a row; one that does not take what the stage before gives does not type-check.

    chain = Chain(Stage("detect", detect)).then(Stage("preprocess", preprocess, parallel=True))
    """

    def __init__(self, first: Stage[In, Out]) -> None:
        """Begin with one stage."""
        self.stages: tuple[Stage[Any, Any], ...] = (first,)

    def then(self, stage: Stage[Out, Next]) -> "Chain[In, Next]":
        """A longer chain; this one stays as it is."""
        longer: Chain[In, Next] = Chain.__new__(Chain)
        longer.stages = (*self.stages, stage)
        return longer

    def __call__(self, item: In) -> Out:
        """Take one item through all stages, here and now."""
        result: Any = item
        for stage in self.stages:
            result = stage.run(result)
        return cast("Out", result)
