"""A face detector of a hundred thousand weights that reads luma alone.

Single-phase and anchor-free like YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face
Detector", 2023): each cell of three grids, 8, 16 and 32 pixels apart, says whether a face is
centred there, how well its box fits, where the box lies, and where five landmarks lie. Plain
convolutions up to stride 8, where ONNX Runtime is quicker with them and faces are small; deeper,
depthwise-separable ones.
"""

from typing import Any

import keras
import tensorflow as tf

STRIDES = (8, 16, 32)
"""Pixels from cell to cell of each grid."""

CHANNELS = 16
"""Numbers a cell: face and fit (logits), box (4), five landmarks (10)."""

MEAN, SCALE = 127.5, 1 / 127.5
"""Normalisation of the input: the network reads (grey level - MEAN) * SCALE."""


def face_detector() -> keras.Model:
    """The network for training.

    Input (N, H, W, 1) float32, H and W multiples of 32; output (N, cells, CHANNELS) float32, the
    grids of `STRIDES` one after another, each row by row.
    """
    picture = keras.Input((None, None, 1))
    x = _conv(picture, 16, stride=2)
    x = _conv(x, 32, stride=2)
    x = _conv(x, 32, stride=2)
    for _ in range(3):
        x = _residual(x)
    fine = x  # (N, H/8, W/8, 32)
    x = _separable(x, 64, stride=2)
    for _ in range(4):
        x = _separable(x, 64)
    middle = x  # (N, H/16, W/16, 64)
    x = _separable(x, 64, stride=2)
    for _ in range(3):
        x = _separable(x, 64)
    coarse = x  # (N, H/32, W/32, 64)
    middle = _separable(_merged(coarse, middle), 64)
    fine = _conv(_merged(_conv(middle, 32, kernel=1), fine), 32)
    grids = [_head(x, s) for x, s in zip((fine, middle, coarse), STRIDES, strict=True)]
    return keras.Model(picture, keras.layers.Concatenate(axis=1)(grids), name="face_detector")


def deployed(network: keras.Model) -> Any:
    """The network as ONNX wants it: a traced function with one named output a grid and kind.

    Takes `input` (N, H, W, 1) float32; returns `cls_8`, `obj_8`, `bbox_8`, `kps_8`, ... of shapes
    (N, cells, 1), (N, cells, 1), (N, cells, 4), (N, cells, 10), the first two as probabilities.
    """
    heads = [network.get_layer(f"head_{stride}").output for stride in STRIDES]
    grids = keras.Model(network.input, heads)

    def outputs(picture: tf.Tensor) -> dict[str, tf.Tensor]:
        named = {}
        for stride, cells in zip(STRIDES, grids(picture, training=False), strict=True):
            face, fit, box, points = tf.split(cells, [1, 1, 4, 10], axis=-1)
            named[f"cls_{stride}"] = tf.sigmoid(face)
            named[f"obj_{stride}"] = tf.sigmoid(fit)
            named[f"bbox_{stride}"] = box
            named[f"kps_{stride}"] = points
        return named

    picture = tf.TensorSpec((None, None, None, 1), tf.float32, name="input")
    return tf.function(outputs, input_signature=[picture])


@keras.saving.register_keras_serializable("fer_video")
class _Normalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Batch normalisation that trains by TensorFlow's fused kernel.

    Keras spells it out in a dozen operations, which takes two fifths of a training step.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not training:
            return super().call(inputs, training=training, mask=mask)
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return y


def _conv(x: Any, filters: int, kernel: int = 3, stride: int = 1) -> Any:
    x = keras.layers.Conv2D(filters, kernel, stride, "same", use_bias=False)(x)
    return keras.layers.ReLU()(_Normalization()(x))


def _residual(x: Any) -> Any:
    y = keras.layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(x)
    return keras.layers.ReLU()(keras.layers.Add()([x, _Normalization()(y)]))


def _separable(x: Any, filters: int, stride: int = 1) -> Any:
    """Depthwise, then pointwise (Howard et al., 2017), with a short cut where shapes allow it."""
    y = keras.layers.DepthwiseConv2D(3, stride, "same", use_bias=False)(x)
    y = keras.layers.ReLU()(_Normalization()(y))
    y = keras.layers.Conv2D(filters, 1, use_bias=False)(y)
    y = _Normalization()(y)
    if stride == 1 and x.shape[-1] == filters:
        y = keras.layers.Add()([x, y])
    return keras.layers.ReLU()(y)


def _merged(coarse: Any, fine: Any) -> Any:
    """What the coarser grid saw around, added to what the finer one sees."""
    return keras.layers.Add()([keras.layers.UpSampling2D(2)(coarse), fine])


def _head(grid: Any, stride: int) -> Any:
    """Face, fit and box from the grid; landmarks, which ask for more, by a block of their own."""
    prior = keras.initializers.Constant([-4.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    box = keras.layers.Conv2D(6, 1, bias_initializer=prior)(grid)
    landmarks = keras.layers.Conv2D(CHANNELS - 6, 1)(_separable(grid, grid.shape[-1]))
    cells = keras.layers.Concatenate()([box, landmarks])
    return keras.layers.Reshape((-1, CHANNELS), name=f"head_{stride}")(cells)
