"""Cuts the faces out: upright squares of R'G'B', in the form that the classifier reads."""

import numpy as np

from fer_video.engine.faces.crop import crop_affine
from fer_video.engine.frames.handovers import DetectedFrame, PreparedFrame
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.feed import to_input
from fer_video.engine.preprocess.kernels import crop_face


class Preprocess:
    """The stage."""

    def __init__(self, card: ModelCard) -> None:
        """Cut faces out the way the network of this card reads them."""
        self._card = card

    def __call__(self, detected: DetectedFrame) -> PreparedFrame:
        """One crop for each face that is to be read."""
        card, frame, colour = self._card, detected.frame, detected.frame.colour
        side = card.input_height
        faces = [face for face in detected.faces if face.id not in detected.reused]
        crops = np.empty((len(faces), side, side), np.uint32)
        for face, crop in zip(faces, crops, strict=True):
            crop_face(
                frame.luma,
                frame.cb,
                frame.cr,
                crop_affine(face, side, card.crop_scale, card.crop_shift, frame.pixel_aspect),
                colour.red_weight,
                colour.blue_weight,
                colour.full_range,
                crop,
            )
        pictures = crops.view(np.uint8).reshape(*crops.shape, 4)
        return PreparedFrame(detected, to_input(pictures, card))
