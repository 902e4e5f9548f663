"""Display: brings what is new of the player to the screen, and says how far it is."""

from collections.abc import Sequence
from time import monotonic, perf_counter
from typing import Final

from fer_video.cli.desktop_window.playing.player import Player
from fer_video.cli.desktop_window.playing.session import Phase, Session
from fer_video.cli.desktop_window.shown import Shown
from fer_video.cli.desktop_window.widgets.screen import Screen
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.presence import Presence
from fer_video.engine.output.window.overlay import Meter
from fer_video.engine.run.observe import Observe

_OFTEN = 0.2
"""Seconds between two pictures of what changes slowly: the strip, and what is said."""
_HINT: Final = "Select an image, open a video, or go live.\nThe menus show a key for everything."


class Display:
    """All of it is called by the thread that owns Tk."""

    def __init__(self, player: Player, screen: Screen, observe: Observe) -> None:
        """Invite to open something.

        Args:
            player: that gives results.
            screen: on which they are shown.
            observe: told of each picture that is pasted, as of the stage `show`.
        """
        self._player, self._screen, self._observe = player, screen, observe
        self._expected: tuple[Session | None, bool] = None, False
        """The session that the screen was told of, and whether its sources were known by then."""
        self._presence, self._lost = Presence(()), dict[str, str]()
        self._meter, self._told_at = Meter(), 0.0
        self._phase: Phase | None = None
        """How far the session was when that was told last."""
        self._strip_is_old = False
        """Whether a frame came since the strip was drawn."""
        self.shown = Shown()
        """How often pictures came to the screen."""
        screen.begin((), _HINT)

    def update(self) -> None:
        """Show what is new, and now and then what changes slowly."""
        player, results = self._player, self._player.take()
        self._expect()
        self._show(results)
        due = monotonic() - self._told_at >= _OFTEN or player.phase is not self._phase
        if due:
            self._told_at, self._phase = monotonic(), player.phase
            self.tell()
        if self._strip_is_old and (due or player.paused):
            self._show_strip()

    def tell(self) -> None:
        """Say how far it is, under the picture and on the buttons."""
        player, transport = self._player, self._screen.transport
        failed, recorded = player.phase is Phase.FAILED, ", ".join(player.recorded)
        if failed and not self._screen.view.shown:
            self._screen.begin((), _HINT)
        said = (recorded and f"recording {recorded}", player.state, player.said)
        meter = self._meter.text if self._playing else ""
        transport.say("  |  ".join(filter(None, said)), meter, alert=failed or bool(recorded))
        transport.move(player.time, player.duration if player.seekable else None)
        self._set_buttons()

    def _set_buttons(self) -> None:
        player, transport = self._player, self._screen.transport
        film = player.phase in (Phase.SHOWING, Phase.OVER) and not player.still
        shown = bool(self._screen.view.shown)
        transport.enable(pause=film, record=film, calibrate=film)
        transport.enable(save=shown, step=shown, step_back=shown)
        transport.name("pause", "Pause" if self._playing or not film else "Play")
        transport.name("record", "Stop" if player.recorded else "Record")

    @property
    def _playing(self) -> bool:
        return self._player.phase is Phase.SHOWING and not self._player.paused

    def _expect(self) -> None:
        """Tell the screen of a session that opens, and again once its sources are known."""
        session = self._player.session
        expected = session, session is not None and bool(session.infos)
        if session is None or expected == self._expected:
            return
        self._expected = expected
        self._presence, self._meter, self._lost = Presence(session.infos), Meter(), {}
        self._screen.begin([info.name for info in session.infos], "opening…")
        self._screen.show_strip((), 0.0)

    def _show(self, results: Sequence[RecognizedFrame]) -> None:
        session = self._player.session
        for result in results:
            self._presence.seen(result.frame.source)
            self._meter.add(result.frame, live=session is not None and session.live)
        if not self._playing:
            self._presence.rest()
        lost = self._presence.lost()
        if results or lost != self._lost:
            self._lost = lost
            self._paste(results)

    def _paste(self, results: Sequence[RecognizedFrame]) -> None:
        start = perf_counter()
        self._screen.show(results, self._lost)
        self._screen.view.update_idletasks()  # on the screen now, whatever else is to be done
        self.shown(results)
        for result in results:
            self._observe("show", result.frame, start, perf_counter())
        self._strip_is_old |= bool(results) and not self._player.still

    def _show_strip(self) -> None:
        player, detail, self._strip_is_old = self._player, self._screen.detail, False
        if player.session is not None and player.shown is not None:
            source = player.shown.frame.source if detail is None else detail[0]
            self._screen.show_strip(player.session.history.moments(source), player.time)
