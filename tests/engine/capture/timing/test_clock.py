"""Clock: the time stamps of real files, made strictly increasing."""

from fractions import Fraction

import pytest

from fer_video.engine.capture.timing.clock import Clock

TICK = Fraction(1, 1000)
RATE = Fraction(25)


def stamps(given: list[int | None]) -> list[int]:
    each = Clock("clip.ts", TICK, RATE)
    return [each.stamp(pts) for pts in given]


def test_variable_rate_stays_variable(caplog: pytest.LogCaptureFixture) -> None:
    given: list[int | None] = [0, 40, 41, 500, 9000]
    assert stamps(given) == given
    assert not caplog.records


def test_frames_without_stamps_follow_at_the_nominal_rate() -> None:
    assert stamps([None, None, 90, None]) == [0, 40, 90, 130]


def test_repeated_stamps_move_on_by_a_tick() -> None:
    assert stamps([0, 40, 40, 40, 80]) == [0, 40, 41, 42, 80]


def test_repeated_stamps_of_a_fine_clock_are_apart_in_any_container() -> None:
    """An MPEG-TS counts 90,000 ticks a second, and takes none twice."""
    clock = Clock("clip.avi", Fraction(1, 1_200_000), RATE)
    times = [clock.stamp(ticks) for ticks in (0, 48_000, 48_000, 48_020, 96_000)]
    assert times == [0, 48_000, 48_014, 48_028, 96_000]


def test_small_steps_back_move_behind_the_frame_before() -> None:
    assert stamps([0, 80, 40, 120]) == [0, 80, 81, 120]


def test_joined_recordings_go_on_one_frame_later() -> None:
    assert stamps([0, 5000, 0, 40]) == [0, 5000, 5040, 5080]


def test_mending_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    stamps([0, 40, 40, 40, 20, 20])
    (warning,) = caplog.records
    assert "clip.ts" in warning.getMessage()
    assert "backwards" in warning.getMessage()
