"""The study of recall by size: faces lie where it says, and are counted once."""

import pytest

from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.perf.studies.face_sizes import known, laid, pictures_in, recall

SIZE = 640, 480


@pytest.mark.parametrize("height", [64, 240, 480])
def test_face_is_laid_at_its_height_and_found_there(detector: YuNetDetector, height: int) -> None:
    (face,) = known(pictures_in(None, 1), detector.clone(still=True))
    picture, box = laid(face, height, SIZE)
    assert picture.size == SIZE
    assert box.height == height
    assert box.left + box.width / 2 == pytest.approx(SIZE[0] / 2)
    assert recall([face], height, SIZE, detector.clone(still=True)) == (1.0, 0)


def test_face_too_small_to_be_seen_is_counted_as_missed(detector: YuNetDetector) -> None:
    (face,) = known(pictures_in(None, 1), detector.clone(still=True))
    assert recall([face], 6, SIZE, detector) == (0.0, 0)
