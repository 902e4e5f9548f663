"""Who is who from frame to frame."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.detect.cut import SceneCut
from fer_video.engine.detect.track import Tracker
from fer_video.engine.faces.face import Box, Face
from fer_video.perf.studies.identity import count_switches, crossing


def face(left: float, top: float = 0.0, size: float = 100.0) -> Face:
    return Face(Box(left, top, size, size), 0.9)


def ids(tracker: Tracker, faces: list[Face], time: float) -> list[int | None]:
    return [named.id for named in tracker(faces, time)]


def test_moving_face_keeps_its_identity() -> None:
    tracker = Tracker()
    assert [ids(tracker, [face(20.0 * i)], i / 25) for i in range(8)] == [[1]] * 8


def test_order_of_the_faces_does_not_matter() -> None:
    tracker = Tracker()
    assert ids(tracker, [face(0), face(300)], 0) == [1, 2]
    assert ids(tracker, [face(305), face(5)], 0.04) == [2, 1]


def test_new_face_gets_a_new_identity() -> None:
    tracker = Tracker()
    ids(tracker, [face(0)], 0)
    assert ids(tracker, [face(500), face(0)], 0.04) == [2, 1]


def test_face_missed_for_a_moment_is_remembered() -> None:
    tracker = Tracker(memory=0.5)
    ids(tracker, [face(0)], 0)
    assert ids(tracker, [], 0.2) == []
    assert ids(tracker, [face(10)], 0.4) == [1]


def test_identity_is_not_used_again_after_long_absence() -> None:
    tracker = Tracker(memory=0.5)
    ids(tracker, [face(0)], 0)
    assert ids(tracker, [face(0)], 2) == [2]


def test_two_faces_never_share_an_identity() -> None:
    tracker = Tracker()
    ids(tracker, [face(0)], 0)
    assert sorted(ids(tracker, [face(0), face(10)], 0.04), key=str) == [1, 2]


def test_closest_overlap_wins() -> None:
    tracker = Tracker()
    ids(tracker, [face(0)], 0)
    assert ids(tracker, [face(40), face(2)], 0.04) == [2, 1]


def test_face_goes_on_where_its_speed_takes_it() -> None:
    tracker = Tracker()
    for i in range(10):
        ids(tracker, [face(20.0 * i)], i / 25)
    assert ids(tracker, [face(20.0 * 16)], 16 / 25) == [1]  # six frames later


def test_two_faces_that_pass_each_other_keep_their_identities() -> None:
    tracker = Tracker()
    for i in range(40):
        left, right = face(15.0 * i), face(600 - 15.0 * i, top=10)
        hidden = left.box.iou(right.box) > 0.25
        found = ids(tracker, [left] if hidden else [left, right], i / 25)
        assert found == ([1] if hidden else [1, 2])


def test_face_of_another_size_is_another_face() -> None:
    tracker = Tracker()
    ids(tracker, [face(0, size=100)], 0)
    assert ids(tracker, [face(110, size=30)], 0.04) == [2]


def test_nobody_is_known_after_a_cut() -> None:
    tracker = Tracker()
    ids(tracker, [face(0)], 0)
    tracker.forget()
    assert ids(tracker, [face(0)], 0.04) == [2]


def test_crowd_of_known_truth_is_followed() -> None:
    count = count_switches(crossing(5, seed=1), Tracker())
    assert count.faces > 5000
    assert count.switches < 15


def test_cut_is_told_from_motion_flash_and_black_start() -> None:
    cut = SceneCut()
    rng = np.random.default_rng(0)
    one, other = (rng.normal(level, 20, (90, 120)).clip(0, 255) for level in (60, 170))
    assert not cut(one.astype(np.uint8))
    assert not cut(np.roll(one, 3, axis=1).astype(np.uint8))
    assert cut(other.astype(np.uint8))
    assert not cut(np.roll(other, 40, axis=1).astype(np.uint8))  # a pan: the same shades
    assert not cut((np.roll(other, 40, axis=1) + 12).clip(0, 255).astype(np.uint8))  # a lamp


def scene(dark: int, bright: int) -> NDArray[np.uint8]:
    """A picture whose left half is dark and whose right half is bright."""
    return np.repeat(np.array([[dark, bright]], np.uint8), 60, axis=1).repeat(90, axis=0)


@pytest.mark.parametrize("levels", [(20, 60), (180, 240), (160, 40), (40, 160)])
def test_a_cut_is_found_to_a_darker_a_brighter_and_an_equally_bright_scene(
    levels: tuple[int, int],
) -> None:
    one, other, cut = scene(90, 110), scene(*levels), SceneCut()
    assert [cut(luma) for luma in (one, other, one)] == [False, True, True]


def test_everything_but_the_identity_stays() -> None:
    (named,) = Tracker()([face(3, 4)], 0)
    assert (named.box, named.score) == (face(3, 4).box, 0.9)


def test_identities_hold_from_second_to_second_at_any_rate() -> None:
    tracker = Tracker()
    assert [ids(tracker, [face(0)], 1.001 * i) for i in range(5)] == [[1]] * 5
