"""Stage: one step of a frame's way; a chain of them, each taking what the one before gives."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar, cast

from fer_video.engine.errors import OptionsError

In = TypeVar("In")
Out = TypeVar("Out")
Next = TypeVar("Next")


@dataclass(frozen=True, slots=True)
class BypassPolicy(Generic[In, Out]):
    """How frames of a live source get past a stage that takes longer than they are apart."""

    due: Callable[[In], frozenset[Any]]
    """What is to be done in the stage with an item, empty if nothing is; of items for which it is
    the same, only the newest enters."""
    merge: Callable[[In, Out], Out]
    """Puts the result of the stage for an older item into a newer one."""


@dataclass(frozen=True, slots=True)
class Stage(Generic[In, Out]):
    """A callable that knows no thread, with the name that errors and timings give it."""

    name: str
    """The stage in errors, profiles and traces, e.g. `detect`."""
    run: Callable[[In], Out]
    """What is done with each frame."""
    parallel: bool = False
    """Whether several frames may be in the stage at once, in any order; else one, in order."""
    together: Callable[[Sequence[In]], list[Out]] | None = None
    """What is done with several frames that are there at once, where that takes less time."""
    bypass: BypassPolicy[In, Out] | None = None
    """How frames of a live source whose oldest are dropped get past the stage; None where they wait
    for it, as those of other sources do."""

    def over(self, items: Sequence[In]) -> list[Out]:
        """Take several items through the stage, in order."""
        return [self.run(item) for item in items] if self.together is None else self.together(items)


OwnStages: TypeAlias = Mapping[str, Callable[[Any], Any] | Stage[Any, Any]]
"""Stages of one's own by their place, `before` or `after` one of the engine's: `after smooth`. Each
gives what it was given, or another of the same type."""


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

    def inserted(self, stage: Stage[Any, Any], before: str) -> "Chain[In, Out]":
        """A longer chain, with a stage before the one of that name."""
        longer: Chain[In, Out] = Chain.__new__(Chain)
        at = [known.name for known in self.stages].index(before)
        longer.stages = (*self.stages[:at], stage, *self.stages[at:])
        return longer

    def __call__(self, item: In) -> Out:
        """Take one item through all stages, here and now."""
        result: Any = item
        for stage in self.stages:
            result = stage.run(result)
        return cast("Out", result)

    def over(self, items: Iterable[In]) -> list[Out]:
        """Take several items through the stages, all of them through one before the next."""
        results: list[Any] = list(items)
        for stage in self.stages:
            results = stage.over(results)
        return cast("list[Out]", results)

    def joined(self, own: OwnStages) -> "Chain[In, Out]":
        """A longer chain, with stages of somebody's own at their places.

        Raises:
            OptionsError: there is no such place, two stages have one name, or one cannot be called.
        """
        if not isinstance(own, Mapping):
            raise OptionsError(f"stages {own!r}: give them by their place, {{'after detect': ...}}")
        mine = {place: _own(place, run) for place, run in own.items()}
        names = [stage.name for stage in self.stages]
        _check(mine, names)
        longer: Chain[In, Out] = Chain.__new__(Chain)
        longer.stages = ()
        for stage in self.stages:
            around = (mine.get(f"before {stage.name}"), stage, mine.get(f"after {stage.name}"))
            longer.stages += tuple(filter(None, around))
        return longer


def _check(mine: Mapping[str, Stage[Any, Any]], names: Sequence[str]) -> None:
    """Refuse stages at no place, or with a name that timings give to something else."""
    places = [f"{side} {name}" for name in names for side in ("before", "after")]
    taken = ["capture", "output", *names, *(stage.name for stage in mine.values())]
    for place, stage in mine.items():
        if place not in places:
            drawn = "" if "render" in names else " (render is there with `draw=True` alone)"
            raise OptionsError(
                f"stage {place!r}: there is no such place; give {', '.join(places)}{drawn}"
            )
        if taken.count(stage.name) > 1:
            raise OptionsError(
                f"stage {place!r}: the name {stage.name} is taken; give it "
                'one of its own, `Stage("my name", run)`'
            )


def _own(place: str, given: Callable[[Any], Any] | Stage[Any, Any]) -> Stage[Any, Any]:
    """Of somebody's own: it takes frames in order, unless it says otherwise, and gives frames."""
    stage = given
    if not (isinstance(stage, Stage) or callable(stage)):
        raise OptionsError(f"stage {place!r}: {given!r} cannot be called; give a callable")
    if not isinstance(stage, Stage):
        name = getattr(given, "__name__", type(given).__name__)
        stage = Stage(place if name == "<lambda>" else name, stage)
    if stage.bypass is not None:
        raise OptionsError(
            f"stage {place!r}: frames go past no stage of your own; leave out bypass"
        )

    def checked(item: Any, result: Any) -> Any:
        if not isinstance(result, type(item)):
            raise TypeError(
                f"the stage {stage.name} ({place}) gave a {type(result).__name__}; give back the "
                f"{type(item).__name__} that it was given, or another one"
            )
        return result

    def run(item: Any) -> Any:
        return checked(item, stage.run(item))

    def together(items: Sequence[Any]) -> list[Any]:
        given: Any = stage.over(items)
        results = list(given) if isinstance(given, Iterable) else []
        if len(results) != len(items):
            raise TypeError(
                f"the stage {stage.name} ({place}) gave {len(results)} of {len(items)}; give back "
                "one for each"
            )
        return [*map(checked, items, results)]

    return Stage(stage.name, run, stage.parallel, together if stage.together else None)
