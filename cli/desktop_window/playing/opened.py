"""Opened: what is open: sessions that are opened, left and opened again, and how far they are."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from fer_video.cli.desktop_window.playing.session import Phase, Session
from fer_video.cli.desktop_window.playing.wanted import Wanted
from fer_video.cli.running.seeking import end_of
from fer_video.engine.assembly.networks import Networks
from fer_video.engine.capture.expand import SourceName
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.output.controls import Controls
from fer_video.engine.run.observe import Observe, unobserved

_PATIENCE = 0.5
"""Seconds that one may take to end that still opens its sources or loads networks."""


class Opened:
    """It knows no toolkit; whatever it is asked for comes back at once."""

    def __init__(
        self,
        options: EngineOptions,
        load: Callable[[EngineOptions], Networks],
        folder: Path,
        *,
        prepare: Callable[[RecognizedFrame], None] = lambda _recognized: None,
        tell: Callable[[], None] = lambda: None,
        observe: Observe = unobserved,
    ) -> None:
        """Show nothing yet.

        Args:
            options: of the engine, for all that will be opened.
            load: gives the networks, see `Shelf`.
            folder: for what is recorded and saved.
            prepare: see `Session`; called from its thread.
            tell: says that there is something to take; called from any thread.
            observe: see `Session`.
        """
        self.options = replace(options, draw=False, keep_audio=False)
        """Of what is opened next."""
        self.session: Session | None = None
        """What is open."""
        self.notice = ""
        """What the person should read of what was left, or could not be done."""
        self.stuck = False
        """Whether a thread could not be waited for when all was closed."""
        self.unsaved = ""
        """What of the recordings that were finished when all was closed could not be kept, and
        why."""
        self.shown: RecognizedFrame | None = None
        """The newest frame that was taken."""
        self._new_session = partial(
            Session, load=load, folder=folder, prepare=prepare, tell=tell, observe=observe
        )
        self._left: list[Session] = []
        self._again: RecognizedFrame | None = None
        """A frame to be shown again at the next look."""

    def open(
        self,
        sources: Sequence[SourceName],
        *,
        start: float = 0.0,
        back: bool = False,
        paused: bool = False,
        record: bool = False,
        names: Sequence[str] = (),
    ) -> None:
        """Leave what is open, and open other sources; see `Wanted`."""
        before = self.session
        if before is not None:
            before.leave()
            self._left.append(before)
        self.notice, self.shown, self._again = "", None, None
        wanted = Wanted(tuple(sources), self.options, start, back, paused, record, tuple(names))
        self.session = self._new_session(wanted, after=before)

    def close(self) -> None:
        """Leave everything, finish what is recorded, and wait for the threads.

        One that still opens something has nothing to lose, and is not waited for.
        """
        if self.session is not None:
            self.session.leave()
            self._left.append(self.session)
            self.session = None
        for session in self._left:
            session.join(_PATIENCE if session.controls is None else None)
        self.stuck = any(session.running for session in self._left)
        kept = [session.kept for session in self._left]
        self.unsaved = "; ".join(one for one in kept if one and not one.startswith("saved"))
        self._left.clear()

    def take(self) -> Sequence[RecognizedFrame]:
        """What is to be shown now, at most one result a source; nothing while nothing is new."""
        self._note_what_was_left()
        if self.session is None:
            return ()
        again, self._again = self._again, None
        results = self.session.newest.take()
        if again is not None:
            results = (again,)
        self.shown = results[-1] if results else self.shown
        return results

    @property
    def phase(self) -> Phase | None:
        """How far what is open is; None while nothing is."""
        return None if self.session is None else self.session.phase

    @property
    def paused(self) -> bool:
        """Whether the frame that is shown, or comes first, stays until another is asked for."""
        if self._controls is not None:
            return not self._controls.going.is_set()
        return self.session is not None and self.session.wanted.paused

    @property
    def time(self) -> float:
        """Of the frame that is shown, in seconds of the video; before the first one comes, of where
        it was opened."""
        if self.shown is not None:
            return self.shown.frame.time
        return 0.0 if self.session is None else self.session.start

    @property
    def duration(self) -> float | None:
        """Of the film, in seconds; None of what has no end that is known."""
        session = self.session
        if session is None:
            return None
        return end_of(session.wanted.sources, session.infos, session.start)

    @property
    def seekable(self) -> bool:
        """Whether it is one film."""
        return self.duration is not None

    @property
    def still(self) -> bool:
        """Whether it shows photographs alone."""
        return self.session is not None and self.session.still

    @property
    def recorded(self) -> tuple[str, ...]:
        """Names of the videos that are being recorded."""
        return () if self._controls is None else self._controls.recorded

    @property
    def state(self) -> str:
        """Whether it is opened, paused or over; nothing while it plays, or stands for itself."""
        if self.phase is Phase.OPENING:
            return "opening…"
        if self.phase is Phase.OVER and self.seekable:
            return "at its end"
        return "paused" if self.paused and self.phase is Phase.SHOWING else ""

    @property
    def said(self) -> str:
        """The line for the person: what went wrong, else what came of the last thing asked for."""
        if self.session is not None and self.session.said:
            return self.session.said
        return self.notice or ("" if self._controls is None else self._controls.notice)

    def tell(self, said: str) -> None:
        """Let the person read a line; from any thread."""
        self.notice = said

    @property
    def _controls(self) -> Controls | None:
        return None if self.session is None else self.session.controls

    def _reopen(
        self, start: float, *, back: bool = False, paused: bool = False, record: bool = False
    ) -> None:
        assert self.session is not None
        sources, names = self.session.wanted.sources, self.session.wanted.names
        self.open(sources, start=start, back=back, paused=paused, record=record, names=names)

    def _wake(self) -> None:
        if self.session is not None:
            self.session.wake()

    def _note_what_was_left(self) -> None:
        for session in [one for one in self._left if not one.running]:
            self._left.remove(session)
            self.notice = session.kept or self.notice
