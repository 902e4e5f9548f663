"""The two networks of the paper; the shapes beside each line are for the input of 180 x 180."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import keras
from keras import layers

from fer_video.engine.errors import ModelError, OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.training.face_identity import teacher_network
from fer_video.exporters.training.weights import describe, fill, first_line, read_weights

TEACHER = "teacher"
"""A larger network, which is not shipped: its opinions are what the two learn from."""
SIDE = 180
"""Height and width of both networks' input, in pixels."""
HEAD = "scores"
"""Name of every network's last layer, which has a column of weights for each label."""
FIVE = len(EXPRESSIONS)
"""How many labels the paper's networks tell apart."""

_FILTERS = (8, 16, 32, 64, 128)
_ADVICE = "give an .h5 file of MobileNetV2's weights without its top with --backbone-weights"


def paper_cnn(dtype: str = "float32", frozen: str = "", labels: int = FIVE) -> keras.Model:
    """The 5-layer CNN: five blocks of convolution and pooling, one hidden layer, sigmoids.

    Args:
        dtype: Keras policy to compute in; `mixed_bfloat16` halves the time of training on CPUs
            with AVX512-BF16. The output is float32 always.
        frozen: name of the last layer that is not trained, "" for none.
        labels: how many it tells apart.

    Returns:
        A model from (n, 180, 180, 3) float32 in [-1, 1], RGB, to (n, labels) float32 in 0..1.
    """
    face = keras.Input((SIDE, SIDE, 3), name="face")  # (n, 180, 180, 3)
    x = face
    for block, filters in enumerate(_FILTERS, start=1):  # sides 180, 90, 45, 22, 11
        convolution = layers.Conv2D(
            filters, 5, padding="same", activation="relu", dtype=dtype, name=f"conv{block}"
        )
        x = layers.MaxPooling2D(2, dtype=dtype, name=f"pool{block}")(convolution(x))
    x = layers.Flatten(dtype=dtype, name="flatten")(x)  # (n, 5 * 5 * 128)
    x = layers.Dense(128, activation="relu", dtype=dtype, name="hidden")(x)  # (n, 128)
    x = layers.Dropout(0.5, dtype=dtype, name="dropout")(x)
    scores = layers.Dense(labels, activation="sigmoid", name=HEAD)(x)  # (n, labels)
    network = keras.Model(face, scores, name="cnn")
    _freeze(network, frozen)
    return network


def mobilenet_v2(
    dtype: str = "float32",
    backbone_weights: Path | str | None = "imagenet",
    side: int = SIDE,
    frozen: str = "",
    labels: int = FIVE,
) -> keras.Model:
    """MobileNetV2 (Sandler et al., 2018) without its top, pooled, with a softmax.

    Args:
        dtype: Keras policy to compute in; the output is float32 always.
        backbone_weights: an .h5 file of `keras.applications.MobileNetV2(include_top=False)`,
            "imagenet" for the Keras download, or None for random weights.
        side: height and width of the input, in pixels; the weights fit any.
        frozen: name of the backbone's last layer that is not trained, "" for none.
        labels: how many it tells apart.

    Returns:
        A model from (n, side, side, 3) float32 in [-1, 1], RGB, to (n, labels) float32 that sums
        to 1.

    Raises:
        ModelError: the weights are not there or belong to another network.
    """
    face = keras.Input((side, side, 3), name="face")  # (n, 180, 180, 3)
    backbone = _backbone(dtype, backbone_weights, side)
    _freeze(backbone, frozen)
    x = backbone(face)  # (n, 6, 6, 1280)
    x = layers.GlobalAveragePooling2D(dtype=dtype, name="pool")(x)  # (n, 1280)
    x = layers.Dropout(0.3, dtype=dtype, name="dropout")(x)
    scores = layers.Dense(labels, activation="softmax", name=HEAD)(x)  # (n, labels)
    return keras.Model(face, scores, name="mobilenetv2")


def _freeze(network: keras.Model, last: str) -> None:
    """Keep all layers up to `last` as they are, the statistics of their batches, too."""
    names = [layer.name for layer in network.layers]
    for layer in network.layers[: names.index(last) + 1 if last else 0]:
        layer.trainable = False


def _backbone(dtype: str, weights: Path | str | None, side: int) -> keras.Model:
    name = weights if weights == "imagenet" else None
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)  # keras.applications takes no policy of its own
    try:
        with _quiet():
            backbone = keras.applications.MobileNetV2(
                (side, side, 3), include_top=False, weights=name, name="backbone"
            )
    except Exception as error:  # a download that fails raises no other class
        raise ModelError(f"{name}: cannot be had ({first_line(error)}); {_ADVICE}") from error
    finally:
        keras.config.set_dtype_policy(before)
    if weights is not None and name is None:
        fill(backbone, Path(weights), _ADVICE)
    return backbone


@contextmanager
def _quiet() -> Iterator[None]:
    """Keras warns that the weights were trained at another size, and tells of its download on
    stdout, which is for results."""
    with warnings.catch_warnings(action="ignore"), redirect_stdout(sys.stderr):
        yield


def build_network(
    name: str,
    dtype: str = "float32",
    backbone_weights: Path | str | None = None,
    side: int = SIDE,
    frozen: str = "",
    labels: int = FIVE,
) -> keras.Model:
    """One of `cards.NETWORKS` with fresh weights, but for the backbone's where they are given.

    Raises:
        OptionsError: the CNN is asked for at another side than its own.
    """
    if name == TEACHER:
        return teacher_network(dtype, _path(backbone_weights), side, labels)
    if name != "cnn":
        return mobilenet_v2(dtype, backbone_weights, side, frozen, labels)
    if side != SIDE:
        raise OptionsError(f"cnn: reads faces of {SIDE} pixels, not {side}")
    return paper_cnn(dtype, frozen, labels)


def _path(weights: Path | str | None) -> Path | None:
    return None if weights in (None, "imagenet") else Path(str(weights))


def load_weights(name: str, weights: Path) -> keras.Model:
    """A trained network from its .keras file, of as many labels as that has.

    Raises:
        ModelError: no such file, or one of another architecture.
    """
    told = describe(weights)
    side = told.side if name != "cnn" else None
    model = build_network(name, side=side or SIDE, labels=told.outputs or FIVE)
    read_weights(model, weights)
    return model
