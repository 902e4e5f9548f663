"""Some of eyes, nose and mouth stay as they are, and the rest is blurred."""

import numpy as np

from fer_video.exporters.augment.parts import hide_parts, part_mask
from tests.labelled_faces import picture

SIDE = 120
POINTS = np.array([[40, 45], [80, 45], [60, 65], [45, 88], [75, 88]], np.float32)


def test_each_part_is_where_its_landmarks_are() -> None:
    for part, (x, y) in enumerate([(40, 42), (80, 42), (60, 62), (60, 88)]):
        mask = part_mask(SIDE, POINTS, [part])
        assert mask.shape == (SIDE, SIDE, 1)
        assert mask[y, x, 0] > 0.95
        assert 0.01 < mask.mean() < 0.2
    assert part_mask(SIDE, POINTS, []).max() == 0


def test_parts_turn_with_the_face() -> None:
    turned = POINTS[:, ::-1] * [-1, 1] + [SIDE, 0]  # a quarter of a turn
    upright = part_mask(SIDE, POINTS, [3])[..., 0]
    across = part_mask(SIDE, turned.astype(np.float32), [3])[..., 0]
    assert np.abs(np.rot90(upright, -1) - across).mean() < 0.02


def test_what_is_seen_is_as_it_was_and_the_rest_is_smooth() -> None:
    crop = picture(2, SIDE)
    for seed in range(6):
        seen = hide_parts(crop, POINTS, np.random.default_rng(seed))
        same = (seen == crop).all(axis=2)
        assert 0.01 < same.mean() < 0.45
        assert seen[:10].std() < crop[:10].std() / 3, "the corners are of no part"
