"""A teacher begins with weights of a file, or the file is refused in one line."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.exporters.training.face_identity import teacher_network

Arrays = dict[str, NDArray[Any]]
RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    """Weights of the teacher's body, as its file has them."""
    model = teacher_network("float32", None, 32, 3)
    kernels = {x.name: np.asarray(x.kernel) for x in model.layers if hasattr(x, "kernel")}
    del kernels["scores"]
    biases = {f"{name}/bias": RNG.normal(size=_width(k)) for name, k in kernels.items()}
    return {f"{name}/kernel": kernel for name, kernel in kernels.items()} | biases


def _width(kernel: NDArray[Any]) -> int:
    """Filters of a convolution; a depthwise one has a filter of each of its inputs."""
    inputs, filters = map(int, kernel.shape[2:])
    return inputs if filters == 1 else filters


def stored(arrays: Arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def test_a_teachers_body_is_the_files(arrays: Arrays, tmp_path: Path) -> None:
    (tmp_path / "body.npz").write_bytes(stored(arrays))
    model = teacher_network("float32", tmp_path / "body.npz", 32, 7)
    assert model.output_shape == (None, 7)
    black = np.full((1, 32, 32, 3), -1, np.float32)
    layer, normed = model.get_layer("conv_pw_13"), model.get_layer("conv_pw_13_bn")
    read, said = keras.Model(model.input, [layer.output, normed.output]).predict_on_batch(black)
    np.testing.assert_allclose(said, read + arrays["conv_pw_13/bias"], atol=1e-4)


def _one_array(_: Arrays) -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def _changed(arrays: Arrays) -> bytes:
    whole = stored(arrays)
    middle = len(whole) // 2
    return whole[:middle] + bytes(64) + whole[middle + 64 :]


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda _: b"",
        _one_array,
        _changed,
        lambda arrays: stored(arrays)[:10_000],
        lambda arrays: stored({"faces": arrays["conv1/bias"]}),
        lambda arrays: stored(arrays | {"conv1/kernel": np.zeros(3, np.float32)}),
        lambda arrays: stored(arrays | {"conv1/bias": np.full(32, np.nan, np.float32)}),
    ],
    ids=["empty", "npy", "changed", "truncated", "other", "shape", "nan"],
)
def test_other_files_are_one_line(
    spoilt: Callable[[Arrays], bytes], arrays: Arrays, tmp_path: Path
) -> None:
    path = tmp_path / "body.npz"
    path.write_bytes(spoilt(arrays))
    with pytest.raises(ModelError, match=r"body\.npz: .*give the \.npz of one with") as raised:
        teacher_network("float32", path, 32, 5)
    assert "\n" not in str(raised.value)
