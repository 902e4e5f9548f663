"""What a network says of faces is read as the engine reads them."""

import keras
import numpy as np
import pytest

from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.training.recipe import Recipe
from fer_video.exporters.training.scores import scores_of_views

SIDE = 32


def brighter_side() -> keras.Model:
    """Tells left from right: the mean level of either half."""
    face = keras.Input((SIDE, SIDE, 3))
    halves = keras.layers.AveragePooling2D((SIDE, SIDE // 2))(face)
    return keras.Model(face, keras.layers.Activation("sigmoid")(keras.ops.mean(halves, (1, 3))))


@pytest.mark.parametrize(("mirrored", "right"), [(False, 1), (True, 0)])
def test_faces_are_mirrored_only_where_it_is_asked_for(mirrored: bool, right: float) -> None:
    """Else a network that tells left from right would be measured as no better than a guess."""
    lit = np.full((SIDE, SIDE, 3), 40, np.uint8)
    lit[:, : SIDE // 2] = 220
    images = (FaceImage(lit), FaceImage(np.ascontiguousarray(lit[:, ::-1])))
    faces = Faces("sides", images, np.eye(2, dtype=np.float32), np.arange(2))
    recipe = Recipe("made", side=SIDE)
    plain, cut = scores_of_views(brighter_side(), faces, recipe, mirrored=mirrored)
    assert (plain.argmax(axis=1) == faces.labels).mean() == 1
    assert (cut.argmax(axis=1) == faces.labels).mean() == right
