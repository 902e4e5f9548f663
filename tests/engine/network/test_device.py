"""Buffers bound on a device, with the CPU as the device; a GPU's session runs through the same."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.errors import ProviderError
from fer_video.engine.network import device, provider
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.device import BATCH_SIZES, OnDevice, padded
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.perf.bench.crowd import portrait
from tests.networks import SIDE, WEIGHTS, classifier_card, write_classifier

RNG = np.random.default_rng(3)
GPU = "CUDAExecutionProvider"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_classifier(tmp_path / "a.onnx", classifier_card())


def load(network: Path) -> ort.InferenceSession:
    return ort.InferenceSession(str(network))


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
    bound = OnDevice(load(network), partial(load, network), "cpu", 0)
    for count in (3, 1, 3, 8, 7, 33, 2):
        batch = faces(count)
        (scores,) = bound.run(batch, ["scores"])
        np.testing.assert_allclose(scores, batch.mean(axis=(2, 3)) @ WEIGHTS, atol=1e-5)


def test_inputs_of_ever_new_sizes_are_not_all_kept(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_MOST_KEPT", 2)
    bound = OnDevice(load(network), partial(load, network), "cpu", 0)
    for count in (1, 2, 4, 8, 1):
        batch = faces(count)
        (scores,) = bound.run(batch, ["scores"])
        np.testing.assert_allclose(scores, batch.mean(axis=(2, 3)) @ WEIGHTS, atol=1e-5)
    assert len(bound._kept) == 2


class Pretending:
    """A session that says that it runs on a GPU, and notes how it was made."""

    def __init__(
        self, path: str, settings: Any, providers: list[tuple[str, Any]], enable_fallback: int
    ) -> None:
        assert not enable_fallback  # else ONNX Runtime prints what it thinks
        self.asked = providers
        self._real = ort.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        self.batches: list[int] = []

    def get_providers(self) -> list[str]:
        return [GPU, "CPUExecutionProvider"]

    def run_with_iobinding(self, binding: Any) -> None:
        self._real.run_with_iobinding(binding)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def refuse(monkeypatch: pytest.MonkeyPatch, when: Callable[[Any], bool], why: str) -> None:
    """Have sessions fail to start whose first provider's options are such."""
    start = Pretending.__init__

    def refusing(self: Pretending, path: str, settings: Any, providers: Any, **named: Any) -> None:
        if providers[0] != "CPUExecutionProvider" and when(providers[0][1]):
            raise RuntimeError(why)
        start(self, path, settings, providers, **named)

    monkeypatch.setattr(Pretending, "__init__", refusing)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> list[Pretending]:
    """As if a GPU were there, its memory being the CPU's; the sessions that are made."""
    made: list[Pretending] = []

    def make(*given: Any, **named: Any) -> Pretending:
        made.append(Pretending(*given, **named))
        return made[-1]

    fake = type("ort", (), dict(vars(ort)) | {"InferenceSession": staticmethod(make)})
    fake.get_available_providers = staticmethod(lambda: [GPU, "CPUExecutionProvider"])  # type: ignore[attr-defined]
    fake.preload_dlls = staticmethod(lambda: None)  # type: ignore[attr-defined]
    monkeypatch.setattr(provider, "ort", fake)
    monkeypatch.setattr(provider, "_DEVICES", {GPU: "cpu"})
    return made


def test_the_device_asked_for_is_passed_on_with_options_that_keep_results_exact(
    network: Path, gpu: list[Pretending]
) -> None:
    made = Session(network, SessionOptions("cuda", device=3))
    made.run(faces(3))
    first, recorded = (session.asked[0] for session in gpu)
    for name, options in (first, recorded):
        assert name == GPU
        assert {"device_id": "3", "use_tf32": "0"}.items() <= options.items()
    assert recorded[1]["enable_cuda_graph"] == "1"
    assert made.batch_sizes == BATCH_SIZES


def test_each_shape_is_recorded_by_a_session_of_its_own(
    network: Path, gpu: list[Pretending]
) -> None:
    made = Session(network, SessionOptions("cuda"))
    for count in (1, 3, 4, 1, 2, 3):
        made.run(faces(count))
    assert ["enable_cuda_graph" in s.asked[0][1] for s in gpu] == [False, True, True, True]


def test_a_network_whose_recording_fails_runs_unrecorded(network: Path) -> None:
    class Failing:
        def __init__(self) -> None:
            self._real = load(network)

        def run_with_iobinding(self, _binding: Any) -> None:
            raise RuntimeError("operation not permitted when stream is capturing")

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    bound = OnDevice(load(network), Failing, "cpu", 0)
    for count in (1, 3, 1):
        batch = faces(count)
        (scores,) = bound.run(batch, ["scores"])
        np.testing.assert_allclose(scores, batch.mean(axis=(2, 3)) @ WEIGHTS, atol=1e-5)
    assert bound._record is None


@pytest.mark.usefixtures("gpu")
def test_images_and_videos_open_on_a_gpu(tmp_path: Path) -> None:
    image = tmp_path / "face.png"
    portrait().save(image)
    for source in (image, "demo"):
        options = EngineOptions(session=SessionOptions("cuda"), max_frames=2)
        with open_pipeline(source, options) as pipeline:
            counts = [len(result.readings) for result in pipeline]
        assert counts[0] == 1


def test_a_network_that_cannot_be_recorded_runs_unrecorded(
    network: Path, gpu: list[Pretending], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, lambda options: "enable_cuda_graph" in options, "a node has no kernel")
    made = Session(network, SessionOptions("cuda"))
    for count in (3, 1, 3):
        batch = faces(count)
        np.testing.assert_allclose(made.run(batch)[0], batch.mean(axis=(2, 3)) @ WEIGHTS, atol=1e-5)
    assert len(gpu) == 1


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
    monkeypatch.setattr(provider, "which", lambda _: None)
    with pytest.raises(ProviderError, match=r"device 1; it needs CUDA .* driver, which is not"):
        Session(network, SessionOptions("cuda", device=1))


@pytest.mark.usefixtures("gpu")
def test_why_a_gpu_does_not_start_is_told_without_where_in_onnxruntime(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, bool, "/src/a.cc:71 A B(const C&) operator() Invalid ID: 9 (of 1)")
    monkeypatch.setattr(Pretending, "get_providers", lambda self: self.asked)
    with pytest.raises(ProviderError, match=r"device 9 \(Invalid ID: 9 \(of 1\)\); it needs CUDA"):
        Session(network, SessionOptions("cuda", device=9))
