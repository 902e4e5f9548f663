"""The plain window goes back and on in a film: all of the program but OpenCV's windows."""

import gc
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any
from weakref import ref

import cv2
import numpy as np
import pytest

from fer_video.cli.running.seeking import end_of, time_before
from fer_video.engine import EngineOptions, FileOptions, Pipeline, open_pipeline
from fer_video.engine.assembly import pipelines
from fer_video.engine.assembly.networks import Networks
from fer_video.engine.capture.open import open_source
from tests.conftest import Cli
from tests.fakes import FakeScreen
from tests.media import Encoding, patches, write_video

COUNT, STEP = 30, 8
"""Pictures of the film, and how much brighter each is than the one before."""


@dataclass
class Person:
    """Presses each key as soon as one of the pictures is seen that it belongs to."""

    screen: FakeScreen
    keys: list[tuple[range, str]]
    seen: list[int] = field(default_factory=list)
    until: float = field(default_factory=lambda: monotonic() + 60)

    def __call__(self, _milliseconds: int) -> int:
        assert monotonic() < self.until, (self.keys, self.seen)
        if not self.screen.shown:
            return -1
        picture = self.screen.shown[-1]
        number = round(float(picture[picture.shape[0] // 4].mean()) / STEP)
        if self.seen[-1:] != [number]:
            self.seen.append(number)
        if self.keys and number in self.keys[0][0]:
            return ord(self.keys.pop(0)[1])
        return -1


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> FakeScreen:
    screen = FakeScreen()
    for name in ("resizeWindow", "imshow", "getWindowProperty", "destroyWindow"):
        monkeypatch.setattr(cv2, name, getattr(screen, name))

    def opened(title: str) -> ModuleType:
        screen.namedWindow(title, 0)
        return cv2

    monkeypatch.setattr("fer_video.engine.output.window.screen.open_window", opened)
    return screen


def test_film_is_stepped_back_and_sought_both_ways_and_goes_on_from_there(
    screen: FakeScreen, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [np.full((96, 128, 3), STEP * number, np.uint8) for number in range(COUNT)]
    write_video(tmp_path / "a.mp4", pictures, Encoding(options={"crf": "1"}))
    near_end, later = range(COUNT - 3, COUNT), range(5, COUNT)
    paused = [
        (range(int(key[0]), int(key[0]) + 1), key[1])
        for key in ["0 ", "0n", "1n", "2p", "1p", "0n"]
    ]
    sought = [(range(1, 2), "f"), (near_end, "b"), (range(1), " "), (later, " "), (later, "p")]
    person = Person(screen, [*paused, *sought, (range(COUNT), "q")])
    monkeypatch.setattr(cv2, "waitKey", person)
    assert cli("--source", "a.mp4").returncode == 0
    assert not person.keys
    assert person.seen[:6] == [0, 1, 2, 1, 0, 1]
    assert person.seen[6] in near_end
    assert person.seen[7] == 0
    assert person.seen[8] > 0


def test_pipelines_that_were_left_are_gone_however_often_somebody_seeks(
    screen: FakeScreen, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the first, whose figures are told at the end."""
    opened, alive = list[ref[Pipeline]](), list[int]()
    loaded, load, openers = list[None](), Networks.load, pipelines.open_pipelines

    def noted(*arguments: Any, **how: Any) -> Pipeline:
        gc.collect()
        alive.append(sum(one() is not None for one in opened))
        pipeline = openers(*arguments, **how)
        opened.append(ref(pipeline))
        return pipeline

    def counted(*arguments: Any) -> Networks:
        loaded.append(None)
        return load(*arguments)

    monkeypatch.setattr(pipelines, "open_pipelines", noted)
    monkeypatch.setattr(Networks, "load", counted)
    pictures = [np.full((96, 128, 3), STEP * number, np.uint8) for number in range(4)]
    write_video(tmp_path / "a.mp4", pictures, Encoding(options={"crf": "1"}))
    keys = ["0 ", "0n", "1n", "2p", "1p", "0n", "1p", "0n", "1n", "2p", "1q"]
    person = Person(screen, [(range(int(key[0]), int(key[0]) + 1), key[1]) for key in keys])
    monkeypatch.setattr(cv2, "waitKey", person)
    assert cli("--source", "a.mp4").returncode == 0
    assert len(alive) == 5
    assert max(alive) <= 2
    assert len(loaded) == 1


def test_frame_before_is_that_however_far_apart_they_are(
    screen: FakeScreen, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [np.full((96, 128, 3), STEP * number, np.uint8) for number in range(6)]
    how = Encoding(times=[0, 1, 2, 10, 60, 61], options={"crf": "1"})
    write_video(tmp_path / "a.mp4", pictures, how)
    keys = ["0 ", "0n", "1n", "2n", "3n", "4p", "3p", "2q"]
    person = Person(screen, [(range(int(key[0]), int(key[0]) + 1), key[1]) for key in keys])
    monkeypatch.setattr(cv2, "waitKey", person)
    assert cli("--source", "a.mp4").returncode == 0
    assert person.seen == [0, 1, 2, 3, 4, 3, 2]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi"])
def test_film_ends_where_its_last_frame_does_however_far_apart_they_are(
    tmp_path: Path, suffix: str
) -> None:
    times = [*range(0, 10_000, 1000), *range(10_000, 10_100, 4)]
    how = Encoding(times=times, time_base=Fraction(1, 100))
    film = write_video(tmp_path / f"a{suffix}", [patches(64, 48)] * len(times), how)
    with closing(open_source(film)) as source:
        last = list(source.frames())[-1].time
    for start in (0.0, 50.0):
        with open_pipeline(film, EngineOptions(file=FileOptions(start=start))) as pipeline:
            end = end_of([film], pipeline.infos, start)
            assert end is not None
            assert last < end < last + 0.5, start


def test_frame_before_is_found_from_any_frame_of_a_film_and_is_the_first_at_last(
    tmp_path: Path,
) -> None:
    times = [0, 1, 9, 10, 500]
    pictures = [np.full((96, 128, 3), STEP * number, np.uint8) for number in range(5)]
    how = Encoding(times=times, time_base=Fraction(1, 100))
    film = write_video(tmp_path / "a.mp4", pictures, how)
    assert [round(100 * time_before(film, time / 100)) for time in times] == [0, 0, 1, 9, 10]
