"""A teacher begins with weights of a file, or the file is refused in one line."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.exporters.training.face_identity import teacher_network

Arrays = dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    """Weights of the teacher's body, as its file has them."""
    model = teacher_network("float32", None, 32, 3)
    layers = [x for x in model.layers if x.name.startswith("conv") and x.weights]
    named = [(f"{x.name}/{w.name}", np.asarray(w)) for x in layers for w in x.weights]
    return {name: array if array.ndim > 1 else array + 1 for name, array in named}


def stored(arrays: Arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def test_a_teachers_body_is_the_files(arrays: Arrays, tmp_path: Path) -> None:
    (tmp_path / "body.npz").write_bytes(stored(arrays))
    model = teacher_network("float32", tmp_path / "body.npz", 32, 7)
    assert model.output_shape == (None, 7)
    np.testing.assert_array_equal(model.get_layer("conv_pw_13").bias, arrays["conv_pw_13/bias"])


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
