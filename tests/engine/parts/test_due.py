"""When parts are read: so many times a second of film, each face by itself."""

from dataclasses import replace

import pytest

from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.parts.due import Due
from tests.pictures import film

POINTS = [[1, 2], [3, 2], [2, 3], [1, 4], [3, 4]]
(FRAME,) = film("one row", 1)


def seen(due: Due, time: float, *faces: int, reused: frozenset[int] = frozenset()) -> set[int]:
    """Whose parts are to be read in a frame that shows these faces."""
    found = tuple(Face(Box(0, 0, 9, 9), 0.9, POINTS, face) for face in faces)  # type: ignore[arg-type]
    return set(due(DetectedFrame(replace(FRAME, time=time), found, reused)).parts_due)


@pytest.mark.parametrize("fps", [10, 24, 25, 30, 59.94])
@pytest.mark.parametrize("start", [0.0, 4000.1])
def test_parts_are_read_so_many_times_a_second_at_any_frame_rate(fps: float, start: float) -> None:
    due = Due(5, memory=0.5)
    times = [round(start + i / fps, 6) for i in range(round(10 * fps))]
    assert sum(len(seen(due, time, 1)) for time in times) == 50


def test_every_frame_is_read_where_there_are_fewer() -> None:
    due = Due(5, memory=0.5)
    assert [seen(due, i / 4, 1) for i in range(8)] == [{1}] * 8


def test_each_face_has_a_turn_of_its_own() -> None:
    due = Due(5, memory=0.5)
    turns = [seen(due, i / 20, *([1] if i < 2 else [1, 2])) for i in range(10)]
    assert [turn for turn in turns if turn] == [{1}, {2}, {1}, {2}, {1}]


def test_face_that_is_reused_is_read_with_its_next_crop() -> None:
    due = Due(5, memory=0.5)
    assert seen(due, 0.0, 1) == {1}
    assert seen(due, 0.2, 1, reused=frozenset({1})) == set()
    assert seen(due, 0.3, 1) == {1}


@pytest.mark.parametrize("later", [0.6, -0.1])
def test_face_that_was_gone_or_time_that_runs_back_begins_anew(later: float) -> None:
    due = Due(0.1, memory=0.5)
    assert seen(due, 1.0, 1) == {1}
    assert seen(due, 1.4, 1) == set()
    assert seen(due, 1.4 + later, 1) == {1}


def test_faces_that_went_are_forgotten() -> None:
    due = Due(5, memory=0.5)
    for identity in range(1000):
        seen(due, float(identity), identity)
    assert len(due._faces) == 1


def test_photographs_are_read_once_each_and_faces_without_landmarks_never() -> None:
    due, bare = Due(0.001, memory=0.5), Face(Box(0, 0, 9, 9), 0.9, None, 3)
    still = replace(FRAME, file="a.png")
    faces = tuple(Face(Box(0, 0, 9, 9), 0.9, POINTS, face) for face in (1, 2))  # type: ignore[arg-type]
    for _ in range(2):
        assert due(DetectedFrame(still, (*faces, bare))).parts_due == {1, 2}
    assert not due(DetectedFrame(FRAME, (bare,))).parts_due
