"""[3] Cuts the faces out, upright and normalised, straight from the planes into one batch."""

import numpy as np

from fer_video.engine.crop import crop_affine
from fer_video.engine.frames import DetectedFrame, PreparedFrame
from fer_video.engine.kernels_crop import crop_face
from fer_video.engine.models import ModelCard


class Preprocess:
    """The stage: only the faces' own pixels are converted, once."""

    def __init__(self, card: ModelCard) -> None:
        """Prepare for the classifier that `card` describes."""
        self._card = card

    def __call__(self, detected: DetectedFrame) -> PreparedFrame:
        """One crop a face; a batch of none where there is no face."""
        card, frame = self._card, detected.frame
        side = card.input_height
        batch = np.empty((len(detected.faces), 3, side, side), np.float32)
        colour = frame.colour
        order = slice(None, None, -1) if card.colour == "BGR" else slice(None)
        for face, crop in zip(detected.faces, batch, strict=True):
            crop_face(
                frame.luma,
                frame.cb,
                frame.cr,
                crop_affine(face, side, card.crop_scale, card.crop_shift),
                colour.red_weight,
                colour.blue_weight,
                colour.full_range,
                card.mean,
                card.scale,
                crop[order],
            )
        if card.layout == "NHWC":
            batch = np.ascontiguousarray(batch.transpose(0, 2, 3, 1))
        return PreparedFrame(frame, detected.faces, batch)
