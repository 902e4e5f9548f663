"""Buffers bound on a device, with the CPU as the device; a GPU's session runs through the same."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from networks import SIDE, WEIGHTS, classifier_card, write_classifier

from fer_video.engine import device, session
from fer_video.engine.device import BATCH_SIZES, OnDevice, padded
from fer_video.engine.errors import ProviderError
from fer_video.engine.infer import Classifier
from fer_video.engine.options import SessionOptions
from fer_video.engine.session import Session

RNG = np.random.default_rng(3)
GPU = "CUDAExecutionProvider"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_classifier(tmp_path / "a.onnx", classifier_card())


def faces(count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return RNG.normal(0, 1, (count, 3, SIDE, SIDE)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 31, 32, 40])
def test_batches_are_padded_to_a_few_sizes(count: int) -> None:
    batch = faces(count)
    result = padded(batch)
    assert len(result) in (*BATCH_SIZES, 40)
    assert len(result) < 2 * count
    np.testing.assert_array_equal(result[:count], batch)
    assert not result[count:].any()


def test_rows_come_back_for_the_faces_alone_whatever_their_number(network: Path) -> None:
    bound = OnDevice(ort.InferenceSession(str(network)), "cpu", 0)
    for count in (3, 1, 3, 8, 7, 33, 2):
        batch = faces(count)
        (scores,) = bound.run(batch, ["scores"])
        np.testing.assert_allclose(scores, batch.mean(axis=(2, 3)) @ WEIGHTS, atol=1e-5)


def test_inputs_of_ever_new_sizes_are_not_all_kept(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_MOST_KEPT", 2)
    bound = OnDevice(ort.InferenceSession(str(network)), "cpu", 0)
    for count in (1, 2, 4, 8, 1):
        bound.run(faces(count), ["scores"])
    assert len(bound._inputs) <= 2


class Pretending:
    """A session that says that it runs on a GPU, and notes how it was made."""

    def __init__(self, path: str, settings: Any, providers: list[tuple[str, Any]]) -> None:
        self.asked = providers
        self._real = ort.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        self.batches: list[int] = []

    def get_providers(self) -> list[str]:
        return [GPU, "CPUExecutionProvider"]

    def run_with_iobinding(self, binding: Any) -> None:
        self._real.run_with_iobinding(binding)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> list[Pretending]:
    """As if a GPU were there, its memory being the CPU's; the sessions that are made."""
    made: list[Pretending] = []

    def make(path: str, settings: Any, providers: list[tuple[str, Any]]) -> Pretending:
        made.append(Pretending(path, settings, providers))
        return made[-1]

    fake = type("ort", (), dict(vars(ort)) | {"InferenceSession": staticmethod(make)})
    fake.get_available_providers = staticmethod(lambda: [GPU, "CPUExecutionProvider"])  # type: ignore[attr-defined]
    fake.preload_dlls = staticmethod(lambda: None)  # type: ignore[attr-defined]
    monkeypatch.setattr(session, "ort", fake)
    monkeypatch.setattr(session, "_DEVICES", {GPU: "cpu"})
    return made


def test_the_device_asked_for_is_passed_on_with_options_that_keep_results_exact(
    network: Path, gpu: list[Pretending]
) -> None:
    made = Session(network, SessionOptions("cuda", device=3))
    (name, options), (other, others) = gpu[0].asked
    assert (name, other, others) == (GPU, "CPUExecutionProvider", {})
    assert {"device_id": "3", "use_tf32": "0"}.items() <= options.items()
    assert made.batch_sizes == BATCH_SIZES


def test_all_sizes_have_run_before_the_first_face(
    network: Path, gpu: list[Pretending], monkeypatch: pytest.MonkeyPatch
) -> None:
    del gpu
    seen: list[int] = []
    run = Session.run

    def noting(self: Session, batch: Any, outputs: Any = None) -> Any:
        seen.append(len(batch))
        return run(self, batch, outputs)

    monkeypatch.setattr(Session, "run", noting)
    classifier = Classifier(str(network), SessionOptions("cuda"))
    assert seen == list(BATCH_SIZES)
    assert classifier(faces(5)).shape == (5, 5)


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_does_not_start_is_an_error_that_says_what_it_needs(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pretending, "get_providers", lambda _: ["CPUExecutionProvider"])
    monkeypatch.setattr(session, "which", lambda _: None)
    with pytest.raises(ProviderError, match=r"device 1; it needs CUDA .* driver, which is not"):
        Session(network, SessionOptions("cuda", device=1))
    assert Session(network, SessionOptions("auto")).batch_sizes == (1,)
