"""Training that begins with trained weights begins with the network that they are of."""

from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.detector.network.architecture import STRIDES, face_detector
from fer_video.exporters.detector.network.export import demo_pictures, normalise_luma, usual_size
from fer_video.exporters.detector.network.start import restore_statistics, take_weights

SHIPPED = find_model("detector")


@pytest.fixture(scope="module")
def canvases() -> NDArray[np.float32]:
    """(2, 192, 320, 1) frames of the demo."""
    lumas = demo_pictures()[:2]
    return normalise_luma(np.stack([usual_size(luma) for luma in lumas]))[..., None]


@pytest.fixture(scope="module")
def taken() -> keras.Model:
    """The network with the package's weights."""
    network = face_detector()
    take_weights(network, SHIPPED)
    return network


def difference(network: keras.Model, canvases: NDArray[np.float32]) -> float:
    """Largest difference of any number of any cell from what the package's file gives."""
    session = Session(SHIPPED, SessionOptions("cpu"))
    kinds = [
        np.concatenate(session.run(canvases[:, None, ..., 0], [f"{kind}_{s}" for s in STRIDES]), 1)
        for kind in ("cls", "obj", "bbox", "kps")
    ]
    cells = np.array(network(canvases))
    cells[..., :2] = 1 / (1 + np.exp(-cells[..., :2]))
    return float(np.abs(cells - np.concatenate(kinds, -1)).max())


def test_weights_of_the_package_give_what_its_file_gives(
    taken: keras.Model, canvases: NDArray[np.float32]
) -> None:
    assert difference(taken, canvases) < 1e-4


def test_first_training_step_sees_what_the_file_says(
    taken: keras.Model, canvases: NDArray[np.float32]
) -> None:
    restore_statistics(taken, canvases)
    assert difference(taken, canvases) < 1e-4
    told, trained = (np.asarray(taken(canvases, training=way)) for way in (False, True))
    assert np.abs(told - trained).max() < 0.02


def test_weights_of_a_classifier_are_refused() -> None:
    with pytest.raises(ModelError, match=r"cnn\.onnx: does not hold the weights of face_detector"):
        take_weights(face_detector(), find_model("cnn"))


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    proto = onnx.load(SHIPPED)
    kernel = next(t for t in proto.graph.initializer if len(t.dims) == 4)
    kernel.CopyFrom(
        onnx.numpy_helper.from_array(np.full(kernel.dims, np.nan, np.float32), kernel.name)
    )
    onnx.save(proto, tmp_path / "broken.onnx")
    with pytest.raises(ModelError, match="no numbers"):
        take_weights(face_detector(), tmp_path / "broken.onnx")
