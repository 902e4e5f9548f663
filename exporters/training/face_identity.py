"""A teacher: MobileNetV1 (Howard et al., 2017), trained to know faces, taught expressions."""

from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.exporters.data.arrays import read_arrays
from fer_video.exporters.training.weights import check_numbers, first_line

_MEAN = (123.68, 116.779, 103.939)
"""RGB grey levels that the weights' authors subtract."""
_ADVICE = "give the .npz of one with --backbone-weights"
_NORM = "_bn"
"""What the name of a convolution's normalisation ends in."""
_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
"""Filters and stride of each depthwise separable block."""


def teacher_network(dtype: str, weights: Path | None, side: int, labels: int) -> keras.Model:
    """Batch normalisation, which the weights have folded into the convolutions, is there again: see
    `renew_normalisation`.

    Args:
        dtype: Keras policy to compute in; the output is float32 always.
        weights: an .npz file of kernels and biases, conv1/kernel to conv_pw_13/bias, of a network
            that reads BGR; None for random ones.
        side: height and width of the input, in pixels; the weights fit any.
        labels: how many it tells apart.

    Returns:
        A model from (n, side, side, 3) float32 in [-1, 1], RGB, to (n, labels) float32 that sums
        to 1.

    Raises:
        ModelError: the weights are not there, or another network's.
    """
    face = keras.Input((side, side, 3), name="face")
    offset = [127.5 - level for level in _MEAN]
    x = layers.Rescaling(127.5, offset, dtype=dtype, name="levels")(face)
    x = _convolution(x, "conv1", 32, 3, 2, dtype)
    for number, (filters, stride) in enumerate(_BLOCKS, start=1):
        x = _depthwise(x, f"conv_dw_{number}", stride, dtype)
        x = _convolution(x, f"conv_pw_{number}", filters, 1, 1, dtype)
    x = layers.GlobalAveragePooling2D(dtype=dtype, name="pool")(x)
    x = layers.Dropout(0.4, dtype=dtype, name="dropout")(x)
    scores = layers.Dense(labels, activation="softmax", name="scores")(x)
    model = keras.Model(face, scores, name="teacher")
    if weights is not None:
        _fill(model, weights)
    return model


def _convolution(x: object, name: str, filters: int, size: int, stride: int, dtype: str) -> object:
    x = _padded(x, name, stride, dtype)
    padding = _padding(stride)
    x = layers.Conv2D(filters, size, stride, padding, use_bias=False, dtype=dtype, name=name)(x)
    return _activated(x, name, dtype)


def _depthwise(x: object, name: str, stride: int, dtype: str) -> object:
    x = _padded(x, name, stride, dtype)
    padding = _padding(stride)
    x = layers.DepthwiseConv2D(3, stride, padding, use_bias=False, dtype=dtype, name=name)(x)
    return _activated(x, name, dtype)


def _activated(x: object, name: str, dtype: str) -> object:
    x = layers.BatchNormalization(dtype=dtype, name=f"{name}{_NORM}")(x)
    return layers.ReLU(6.0, dtype=dtype, name=f"{name}_relu")(x)


def _padding(stride: int) -> str:
    return "same" if stride == 1 else "valid"


def _padded(x: object, name: str, stride: int, dtype: str) -> object:
    """Below and to the right, as the weights were trained."""
    if stride == 1:
        return x
    return layers.ZeroPadding2D(((0, 1), (0, 1)), dtype=dtype, name=f"{name}_pad")(x)


def _fill(model: keras.Model, path: Path) -> None:
    try:
        stored = read_arrays(path)
        for layer in model.layers:
            match layer:
                case layers.Conv2D() | layers.DepthwiseConv2D():
                    layer.set_weights([_rgb(layer.name, stored[f"{layer.name}/kernel"])])
                case layers.BatchNormalization():
                    bias = stored[f"{layer.name.removesuffix(_NORM)}/bias"]
                    layer.set_weights(_only_adding(bias, layer.epsilon))
    except (ValueError, TypeError, LookupError) as error:
        raise ModelError(
            f"{path}: does not hold the weights of a MobileNetV1 ({first_line(error)}); {_ADVICE}"
        ) from error
    check_numbers(model, path, _ADVICE)


def _only_adding(bias: NDArray[np.float16], epsilon: float) -> list[NDArray[np.floating]]:
    """Scale, offset, mean and variance of a normalisation that adds a bias."""
    one = np.ones_like(bias)
    return [one * np.sqrt(1 + epsilon), bias, 0 * one, one]


def _rgb(name: str, kernel: NDArray[np.float16]) -> NDArray[np.float16]:
    """The first kernel reads BGR; ours are RGB."""
    return kernel[:, :, ::-1] if name == "conv1" else kernel
