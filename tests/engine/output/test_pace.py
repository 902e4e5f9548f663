"""Pace: what stays, and what keeps what waiting."""

from dataclasses import replace
from itertools import islice
from math import inf
from threading import Event

from fer_video.engine.capture.film.demo import Demo
from fer_video.engine.output.pace import Pace

FILM = Demo().info
PHOTOGRAPHS = replace(FILM, name="photographs", stills=True)


def going() -> Event:
    event = Event()
    event.set()
    return event


def test_photographs_beside_a_film_keep_it_not_waiting_and_leave_its_time_alone() -> None:
    first, second = islice(Demo().frames(), 2)
    photographs = [
        replace(first, file=f"{n}.png", source=PHOTOGRAPHS.name, time=float(n)) for n in range(3)
    ]
    pace = Pace(going(), [FILM, PHOTOGRAPHS])
    assert pace.left(first) == 0
    assert [pace.left(one) for one in photographs] == [0, 0, 0]
    assert 0 < pace.left(second) <= second.time
    pace.skip(0.01)
    assert pace.left(replace(second, time=0.5)) > 0.3


def test_of_photographs_alone_each_stays_until_somebody_steps() -> None:
    (first,) = islice(Demo().frames(), 1)
    photographs = [replace(first, file=f"{n}.png", time=float(n)) for n in range(2)]
    pace = Pace(going(), [PHOTOGRAPHS, PHOTOGRAPHS])
    assert [pace.left(one) for one in photographs] == [0, inf]
    assert pace.holds
    pace.step()
    assert pace.left(photographs[1]) == 0
