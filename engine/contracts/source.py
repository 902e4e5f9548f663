"""Source: the one interface behind which files, cameras, images and the demo stand."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


@runtime_checkable
class Source(Protocol):
    """Where frames come from. Opened by its constructor, so that a bad source fails at once."""

    @property
    def info(self) -> SourceInfo:
        """Name, size, rate and length, as far as they are known beforehand."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Every frame in order, once.

        Raises:
            SourceError: at the end, if the source could not be read to its end without loss;
                what could be read has been yielded by then.
        """
        ...

    def stop(self) -> None:
        """Let `frames` end soon, where it waits; called from another thread, before `close`."""
        ...

    def close(self) -> None:
        """Let go of file or device; safe to call twice."""
        ...


def loop_of(source: Source) -> "AbstractEventLoop | None":
    """The event loop that brings a source forward, if one does: its thread must not wait for it."""
    return cast("AbstractEventLoop | None", getattr(source, "loop", None))


def let_rest(source: Source, resting: bool) -> None:
    """Let a live source know whether nobody looks at its pictures for now; from any thread.

    One that has a method `rest` then gives none, so that it costs next to nothing, and its newest
    at once when somebody looks again. Any other goes on.
    """
    rest = getattr(source, "rest", None)
    if rest is not None:
        rest(resting)


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of sources, each once: a second `demo` becomes `demo (2)`."""
    given: list[str] = []
    for name in names:
        numbered = (name, *(f"{name} ({number})" for number in range(2, len(names) + 2)))
        given.append(next(one for one in numbered if one not in given))
    return given
