"""One ONNX model, on the provider that was asked for."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from fer_video.engine.errors import ModelError, OptionsError, ProviderError
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.guess import guess
from fer_video.engine.network.models import MODELS
from fer_video.engine.network.provider import prefers_int8
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from tests.networks import SIDE, WEIGHTS, classifier_card, write_classifier


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(write_classifier(tmp_path / "a.onnx", classifier_card()), SessionOptions())


def test_network_answers(session: Session) -> None:
    batch = np.random.default_rng(0).normal(0, 1, (4, 3, SIDE, SIDE)).astype(np.float32)
    (scores,) = session.run(batch)
    np.testing.assert_allclose(scores, batch.mean(axis=(2, 3)) @ WEIGHTS, atol=1e-5)


def test_cpu_asked_for_is_cpu_obtained(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "a.onnx", None)
    assert Session(path, SessionOptions(provider="cpu")).provider == "CPUExecutionProvider"


def test_provider_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "a.onnx", None)
    with pytest.raises(OptionsError, match=r"provider abacus: give auto or one of cpu"):
        Session(path, SessionOptions(provider="abacus"))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["cuda", "tensorrt", "openvino"])
def test_provider_that_is_not_there_is_an_error_that_says_what_is(
    tmp_path: Path, name: str
) -> None:
    if any(name in provider.lower() for provider in ort.get_available_providers()):
        pytest.skip(f"{name} is there")
    path = write_classifier(tmp_path / "a.onnx", None)
    with pytest.raises(ProviderError, match=rf"provider {name}: not in.*cpu"):
        Session(path, SessionOptions(provider=name))  # type: ignore[arg-type]


def test_file_that_is_not_onnx_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("this is a text")
    with pytest.raises(ModelError, match=r"text\.onnx: is not an ONNX model"):
        Session(path, SessionOptions())


def test_input_of_half_precision_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "a.onnx", None)
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    (cast,) = [onnx.helper.make_node("Cast", ["input"], ["wide"], to=onnx.TensorProto.FLOAT)]
    model.graph.node.insert(0, cast)
    model.graph.node[1].input[0] = "wide"
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"tensor\(float16\).* float32 input"):
        Session(path, SessionOptions())


@pytest.mark.parametrize("card", [classifier_card(), None], ids=["card", "no card"])
def test_input_of_undeclared_shape_is_refused(tmp_path: Path, card: ModelCard | None) -> None:
    path = write_classifier(tmp_path / "a.onnx", card)
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.ClearField("shape")
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"a\.onnx: takes \[\]"):
        Classifier(path, SessionOptions()) if card else guess(Session(path, SessionOptions()))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx: no such"):
        Session(tmp_path / "gone.onnx", SessionOptions())


def test_batch_of_the_wrong_shape_is_explained(session: Session) -> None:
    with pytest.raises(ModelError, match=r"a\.onnx.*\(1, 3, 4, 4\).*declares"):
        session.run(np.zeros((1, 3, 4, 4), np.float32))


def test_int8_is_preferred_where_the_processor_runs_it_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for fast in (True, False):
        monkeypatch.setattr(
            "fer_video.engine.network.provider.has_int8_products", lambda fast=fast: fast
        )
        assert prefers_int8(SessionOptions(provider="cpu")) is fast
    monkeypatch.setattr("fer_video.engine.network.provider.has_int8_products", lambda: True)
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(ort, "get_available_providers", lambda: providers)
    assert not prefers_int8(SessionOptions(provider="auto"))


@pytest.mark.parametrize("fast", [True, False])
def test_int8_sums_are_asked_to_be_exact_where_they_would_overflow(
    fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_video.engine.network.provider.has_int8_products", lambda: fast)
    asked: list[ort.SessionOptions] = []
    start = ort.InferenceSession

    def started(path: str, settings: ort.SessionOptions, **rest: object) -> ort.InferenceSession:
        asked.append(settings)
        return start(path, settings, **rest)

    monkeypatch.setattr(ort, "InferenceSession", started)
    face = np.random.default_rng(2).integers(0, 256, (1, 180, 180, 4), np.uint8)
    (scores,) = Session(MODELS["cnn_int8"], SessionOptions(provider="cpu")).run(face)
    assert scores.shape == (1, 5)
    (settings,) = asked
    exact = settings.get_session_config_entry("session.x64quantprecision")
    assert exact == ("0" if fast else "1")
