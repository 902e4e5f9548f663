"""Who is who from frame to frame."""

from fer_video.engine.faces import Box, Face
from fer_video.engine.track import Tracker


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


def test_everything_but_the_identity_stays() -> None:
    (named,) = Tracker()([face(3, 4)], 0)
    assert (named.box, named.score) == (face(3, 4).box, 0.9)
