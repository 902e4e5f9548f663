"""What the package ships can be trained on from: its weights come out of ONNX to the last bit."""

from pathlib import Path

import keras
import numpy as np
import onnxruntime as ort
import pytest

from fer_video.engine.errors import ModelError
from fer_video.engine.network.models import find_model
from fer_video.exporters.training.architectures import SIDE, build_network
from fer_video.exporters.training.shipped import fill_from_onnx


@pytest.mark.parametrize("name", ["cnn", "mobilenetv2"])
def test_a_network_of_the_package_says_the_same_in_keras(name: str) -> None:
    model = build_network(name, backbone_weights=None)
    fill_from_onnx(model, find_model(name))
    crops = np.random.default_rng(3).uniform(-1, 1, (2, SIDE, SIDE, 3)).astype(np.float32)
    session = ort.InferenceSession(find_model(name))
    (expected,) = session.run(None, {"face": crops.transpose(0, 3, 1, 2)})
    np.testing.assert_allclose(model.predict_on_batch(crops), expected, atol=1e-6)


def test_another_networks_weights_are_refused(tmp_path: Path) -> None:
    model: keras.Model = build_network("cnn")
    with pytest.raises(ModelError, match="does not hold the weights of cnn"):
        fill_from_onnx(model, find_model("detector"))
    (tmp_path / "net.onnx").write_text("no network")
    with pytest.raises(ModelError, match=r"net\.onnx: does not hold the weights"):
        fill_from_onnx(model, tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="missing"):
        fill_from_onnx(model, tmp_path / "missing.onnx")
