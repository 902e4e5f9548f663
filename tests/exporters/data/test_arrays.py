"""Files of arrays come back, and any other is refused in one line, whatever is wrong with it."""

from pathlib import Path

import numpy as np
import pytest

from fer_video.exporters.data.arrays import read_arrays


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    rng = np.random.default_rng(1)
    np.savez_compressed(tmp_path / "whole.npz", b=rng.normal(size=999), a=np.arange(3))
    return (tmp_path / "whole.npz").read_bytes()


def test_arrays_come_back_in_their_order(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "file.npz").write_bytes(whole)
    arrays = read_arrays(tmp_path / "file.npz")
    assert list(arrays) == ["b", "a"]
    np.testing.assert_array_equal(arrays["a"], [0, 1, 2])


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "one array", "half", "changed"])
def test_what_cannot_be_read_is_one_line(kind: str, whole: bytes, tmp_path: Path) -> None:
    path, middle = tmp_path / "file.npz", len(whole) // 2
    np.save(tmp_path / "one.npy", np.zeros(3))
    contents = {
        "empty": b"",
        "text": b"no archive",
        "one array": (tmp_path / "one.npy").read_bytes(),
        "half": whole[:middle],
        "changed": whole[:middle] + bytes(64) + whole[middle + 64 :],
    }
    if kind in contents:
        path.write_bytes(contents[kind])
    with pytest.raises(ValueError, match=r"\w") as raised:
        read_arrays(path)
    assert "\n" not in str(raised.value)
