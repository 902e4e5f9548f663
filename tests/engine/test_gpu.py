"""The real networks on a real GPU, where ONNX Runtime has one."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import ProviderError
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.models import MODELS, find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.perf.bench.crowd import portrait

RNG = np.random.default_rng(7)

pytestmark = pytest.mark.skipif(
    "CUDAExecutionProvider" not in ort.get_available_providers(),
    reason="no onnxruntime-gpu is installed",
)


@pytest.mark.parametrize("model", ["cnn", "mobilenetv2"])
@pytest.mark.parametrize("count", [1, 3, 32, 40])
def test_scores_are_the_cpus_for_any_number_of_faces(model: str, count: int) -> None:
    gpu, cpu = (Classifier(model, SessionOptions(where)) for where in ("cuda", "cpu"))
    side, channels_last = gpu.card.input_height, gpu.card.layout == "NHWC"
    shape = (count, side, side, 3) if channels_last else (count, 3, side, side)
    faces = RNG.uniform(-1, 1, shape).astype(np.float32)
    ours, theirs = gpu(faces), cpu(faces)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()


@pytest.mark.parametrize("model", MODELS)
def test_networks_of_the_package_can_be_recorded(model: str) -> None:
    if "int8" in model:
        pytest.skip("for processors")
    session = Session(find_model(model), SessionOptions("cuda"))
    shape = [size if isinstance(size, int) else 64 for size in session.input_shape[1:]]
    for _ in range(3):
        session.run(RNG.uniform(-1, 1, (1, *shape)).astype(np.float32))
    assert session._bound is not None
    assert session._bound._record is not None


def test_faces_are_found_where_the_cpu_finds_them() -> None:
    gpu, cpu = (YuNetDetector(DetectOptions(), SessionOptions(where)) for where in ("cuda", "cpu"))
    luma = np.asarray(portrait().convert("L"))
    for picture in (luma, np.ascontiguousarray(luma[:, ::2]), luma):
        (ours,), (theirs,) = (detector(picture, full_range=True) for detector in (gpu, cpu))
        for side in ("left", "top", "width", "height"):
            assert abs(getattr(ours.box, side) - getattr(theirs.box, side)) < 0.1


def test_pictures_of_many_sizes_are_read_as_on_the_cpu(tmp_path: Path) -> None:
    files = [tmp_path / f"{height}.png" for height in (300, 400, 520, 660)]
    for file in files:
        height = int(file.stem)
        portrait().resize((height, height)).save(file)
    read = []
    for where in ("cuda", "cpu"):
        options = EngineOptions(session=SessionOptions(where), precision="fp32", draw=False)
        with open_pipeline(files, options) as pipeline:
            read.append([reading for result in pipeline for reading in result.readings])
    for ours, theirs in zip(*read, strict=True):
        assert ours.expression == theirs.expression
        np.testing.assert_allclose(ours.raw_scores, theirs.raw_scores, atol=0.01)


def test_a_gpu_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ProviderError, match=r"device 63 .*Invalid device ID: 63.*; it needs CUDA"):
        Session(find_model("cnn"), SessionOptions("cuda", device=63))
