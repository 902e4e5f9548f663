"""Pace: what stays, and what keeps what waiting."""

from dataclasses import replace
from math import inf
from threading import Event

from fer_video.engine.output.pace import Pace
from tests.fakes import GeneratedSource

FILM = GeneratedSource(3)
PHOTOGRAPHS = replace(FILM.info, name="photographs", stills=True)
PICTURES = [
    replace(frame, file=f"{frame.index}.png", source=PHOTOGRAPHS.name, time=float(frame.index))
    for frame in FILM.frames()
]


def going() -> Event:
    event = Event()
    event.set()
    return event


def test_photographs_beside_a_film_keep_it_not_waiting_and_leave_its_time_alone() -> None:
    first, second, _ = FILM.frames()
    pace = Pace(going(), [FILM.info, PHOTOGRAPHS])
    assert pace.left(first) == 0
    assert [pace.left(one) for one in PICTURES] == [0, 0, 0]
    assert 0 < pace.left(second) <= second.time
    pace.skip(0.01)
    assert pace.left(replace(second, time=0.5)) > 0.3


def test_of_photographs_alone_each_stays_until_somebody_steps() -> None:
    pace = Pace(going(), [PHOTOGRAPHS, PHOTOGRAPHS])
    assert [pace.left(one) for one in PICTURES[:2]] == [0, inf]
    assert pace.holds
    pace.step()
    assert pace.left(PICTURES[1]) == 0
