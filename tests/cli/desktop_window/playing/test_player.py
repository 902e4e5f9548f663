"""Player: what a person asks for, without any toolkit."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fer_video.cli.desktop_window.playing.player import Player
from fer_video.cli.desktop_window.playing.session import Phase
from fer_video.cli.desktop_window.playing.shelf import Shelf
from fer_video.engine.options.engine import EngineOptions
from tests.fakes import GeneratedSource, wait_until

SHELF = Shelf()
"""Networks of all these tests."""


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    player = Player(EngineOptions(), SHELF, tmp_path)
    yield player
    player.close()


def until(player: Player, condition: Callable[[], bool]) -> None:
    """Take what comes until something holds."""

    def holds() -> bool:
        player.take()
        return condition()

    wait_until(holds)


def at(player: Player, index: int) -> bool:
    return player.shown is not None and player.shown.frame.index == index


def stepped(player: Player, index: int) -> None:
    """Step on, one frame after the other, from the first."""
    until(player, lambda: at(player, 0))
    for number in range(1, index + 1):
        player.step()
        until(player, partial(at, player, number))


def back_at(player: Player, index: int, newest: int) -> None:
    """Step on to the newest, and back."""
    stepped(player, newest)
    for number in range(newest - 1, index - 1, -1):
        player.step_back()
        until(player, partial(at, player, number))


def recorded_times(folder: Path) -> list[float]:
    (path,) = folder.glob("fer-video *.jsonl")
    return [json.loads(line)["time"] for line in path.read_text().splitlines()]


def test_recording_of_a_film_begins_with_the_frame_that_somebody_went_back_to(
    player: Player, face_clip: Path, tmp_path: Path
) -> None:
    player.open([str(face_clip)], paused=True)
    back_at(player, 3, newest=5)
    player.record()
    until(player, lambda: player.shown is not None)
    assert player.time == pytest.approx(3 / 25)
    assert player.paused
    player.pause()
    until(player, lambda: player.phase is Phase.OVER and player.said.startswith("saved"))
    assert len(recorded_times(tmp_path)) == 12 - 3


def test_recording_of_what_cannot_be_opened_anew_begins_with_the_newest_which_is_shown(
    player: Player, tmp_path: Path
) -> None:
    source = GeneratedSource(9)
    source.info = replace(source.info, frames=None)
    player.open([source], paused=True)
    back_at(player, 4, newest=5)
    player.record()
    until(player, lambda: at(player, 5))
    player.pause()
    until(player, lambda: player.phase is Phase.OVER and player.said.startswith("saved"))
    assert len(recorded_times(tmp_path)) == 4


def test_a_recording_that_is_finished_leaves_the_frame_that_is_shown(
    player: Player, face_clip: Path
) -> None:
    player.open([str(face_clip)], paused=True)
    until(player, lambda: at(player, 0))
    player.record()
    back_at(player, 3, newest=4)
    player.record()
    until(player, lambda: player.said.startswith("saved"))
    assert at(player, 3)


def test_another_network_for_what_comes_by_a_pipe_is_refused(
    player: Player, face_clip: Path, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    player.open([str(pipe)], paused=True)
    pipe.write_bytes(face_clip.read_bytes())
    until(player, lambda: player.shown is not None)
    session = player.session
    player.use("mobilenetv2")
    assert player.session is session
    assert (player.options.model, player.said) == (
        "cnn",
        "a pipe is read once: close, and start with --model mobilenetv2",
    )
