"""How crops are laid out for the network that reads them."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.kernels import to_gray_plane, to_planes


def to_input(crops: NDArray[np.uint8], card: ModelCard) -> Batch:
    """Crops as the card says that its network reads them.

    Args:
        crops: (n, side, side, 3 or 4) uint8, RGB or RGBX.
        card: the network's.

    Returns:
        (n, side, side, 4) uint8 for RGBX, else (n, channels, side, side) or
        (n, side, side, channels) float32, of three channels or, for GRAY, one.
    """
    if card.colour == "RGBX":
        return np.pad(crops, [(0, 0)] * 3 + [(0, 1)]) if crops.shape[3] == 3 else crops
    batch = np.empty((len(crops), card.channels, *crops.shape[1:3]), np.float32)
    if card.colour == "GRAY":
        for crop, planes in zip(crops, batch, strict=True):
            to_gray_plane(crop, card.channel_means[0], card.channel_scales[0], planes[0])
    else:
        order = slice(None, None, -1) if card.colour == "BGR" else slice(None)
        means = np.array(card.channel_means[order], np.float32)
        scales = np.array(card.channel_scales[order], np.float32)
        for crop, planes in zip(crops, batch, strict=True):
            to_planes(crop, means, scales, planes[order])
    return batch if card.layout == "NCHW" else np.ascontiguousarray(batch.transpose(0, 2, 3, 1))


def rows_axis(card: ModelCard) -> int:
    """Axis of the rows in one crop that is laid out by the card; that of the columns is behind."""
    return 1 if card.layout == "NCHW" else 0
