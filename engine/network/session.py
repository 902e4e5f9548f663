"""Session: one ONNX model, loaded, checked, on the provider that was asked for."""

import logging
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shutil import which

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError, OptionsError, ProviderError
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.machine import has_int8_products
from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.engine.network.device import BATCH_SIZES, OnDevice
from fer_video.engine.options.session import SessionOptions

log = logging.getLogger(__name__)

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
"""ONNX Runtime's names of the providers, by ours."""
_CUDA = _PROVIDERS["cuda"]
_DEVICES = {_CUDA: "cuda", _PROVIDERS["tensorrt"]: "cuda"}
"""ONNX Runtime's names of the memory of providers that have their own."""
_EXACT = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
"""Options of CUDA for the CPU's results to three digits, and no search for kernels with every new
size."""
_RECORDED = {"use_tf32": "0", "cudnn_conv_algo_search": "EXHAUSTIVE", "enable_cuda_graph": "1"}
"""Options of CUDA for a session that runs one size alone, see `OnDevice`."""
_ON_CPU = "`SessionOptions(provider='cpu')`"
"""How a Python user asks for the CPU; the command line knows its flag for it."""
_BESIDE = "session.model_external_initializers_file_folder_path"
_FATAL = 4
"""ONNX Runtime's level of the messages that it prints by itself: only the last before it ends."""

FLOAT32, UINT8 = "tensor(float)", "tensor(uint8)"
"""ONNX Runtime's names of what networks take and give here."""


class Session:
    """A network ready to run; knows its inputs, its outputs and, if it has one, its card."""

    def __init__(
        self,
        path: Path,
        options: SessionOptions,
        *,
        card: ModelCard | bool = True,
        part: bytes | None = None,
    ) -> None:
        """Load a model.

        Args:
            path: an ONNX file; its card is read from its metadata, else from `path` with `.json`.
            options: provider and threads.
            card: what to believe instead of what the file says; False believes nothing.
            part: what to run in place of the whole file, see `Graph`.

        Raises:
            ModelError: the file is missing, is not an ONNX model, or takes no input or several, or
                gives no output.
            ProviderError: the provider asked for is not installed or does not start.
        """
        self.path = path
        self._session = _load(path, part or str(path), options)
        self.provider: str = self._session.get_providers()[0]
        """What the network really runs on, e.g. `CPUExecutionProvider`."""
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        """What whoever made the file wrote into it, by key."""
        self.card = _read_card(path, self.metadata) if card is True else card or None
        """What the file says about itself; None where it says nothing."""
        picture = _only_input(path, self._session)
        self.input_shape: list[int | str] = picture.shape
        """Shape of the input as declared; a str is a size that is free."""
        self.reads_bytes: bool = picture.type == UINT8
        """Whether the input is uint8 rather than float32."""
        outputs = self._session.get_outputs()
        self.outputs: dict[str, str] = {output.name: output.type for output in outputs}
        """ONNX Runtime's name of the type of each output, e.g. `tensor(float)`, by its name."""
        self.output_shape: list[int | str] = outputs[0].shape if outputs else []
        """Shape of the first output as declared, like `input_shape`."""
        if not self.outputs:
            raise ModelError(
                f"{path}: gives no output; a network that looks at pictures gives some"
            )
        self._input_name: str = picture.name
        device = _DEVICES.get(self.provider)
        self._bound = None
        if device is not None:
            record = (
                partial(_recording, path, part or str(path), options)
                if self.provider == _CUDA
                else None
            )
            self._bound = OnDevice(self._session, record, device, options.device)
        self.batch_sizes = (1,) if self._bound is None else BATCH_SIZES
        """Numbers of pictures in a batch that are to be run once at loading, so that no frame
        waits for what the first run of each costs."""

    def run(self, batch: Batch, outputs: Sequence[str] | None = None) -> list[NDArray[np.float32]]:
        """Run the network.

        Args:
            batch: float32 or, if it reads bytes, uint8; of the declared shape.
            outputs: names of the outputs wanted, in order; None for all.

        Raises:
            ModelError: the network does not take this batch.
        """
        try:
            if self._bound is not None:
                return self._bound.run(batch, outputs or list(self.outputs))
            results: list[NDArray[np.float32]] = self._session.run(
                outputs, {self._input_name: batch}
            )
        except Exception as error:  # onnxruntime's errors share no base class of their own
            raise ModelError(
                f"{self.path}: the network failed on a batch of shape {batch.shape} "
                f"(it declares {self.input_shape}): {_reason(error)}"
            ) from error
        return results


def _load(path: Path, model: str | bytes, options: SessionOptions) -> ort.InferenceSession:
    if not path.is_file():
        raise ModelError(f"{path}: no such model file; check the path")
    ort.disable_telemetry_events()  # nobody is told that a network runs here
    best = _wanted(options.provider)
    if best in _DEVICES:
        ort.preload_dlls()  # CUDA and cuDNN, where pip has put them
    session, refusal = _start(path, model, best, options)
    if session.get_providers()[0] != best:
        if options.provider != "auto":
            raise ProviderError(
                f"provider {options.provider}: installed, but it did not start on device "
                f"{options.device}{refusal}; {_needs(options.provider)}, or use {_ON_CPU}"
            )
        log.warning("%s: %s did not start%s; it runs on the CPU", path.name, best, refusal)
    return session


def _recording(path: Path, model: str | bytes, options: SessionOptions) -> ort.InferenceSession:
    """On CUDA, recording its second run; fails if a part of the network cannot run there."""
    way = _CUDA, {"device_id": str(options.device)} | _RECORDED
    settings = _settings(path, options)
    return ort.InferenceSession(model, settings, providers=[way], enable_fallback=0)


def _settings(path: Path, options: SessionOptions) -> ort.SessionOptions:
    settings = ort.SessionOptions()
    # where weights lie that are in a file beside the model's: a part of it has no path of its own
    settings.add_session_config_entry(_BESIDE, str(path.parent))
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = _FATAL
    # threads that spin while they wait would take the cores from the other stages
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # else sums of int8 products overflow on x86 without VNNI; where there is VNNI, it only costs
    exact = "0" if has_int8_products() else "1"
    settings.add_session_config_entry("session.x64quantprecision", exact)
    return settings


def _start(
    path: Path, model: str | bytes, best: str, options: SessionOptions
) -> tuple[ort.InferenceSession, str]:
    """A session on the best provider, else on the CPU, and why not on the best.

    Raises:
        ModelError: on neither.
    """
    cpu, refusal = _PROVIDERS["cpu"], ""
    number = {"device_id": str(options.device)} if best in _DEVICES else {}
    way = best, number | (_EXACT if best == _CUDA else {})
    for providers in [[cpu]] if best == cpu else [[way, cpu], [cpu]]:
        try:
            session = ort.InferenceSession(
                model, _settings(path, options), providers=providers, enable_fallback=0
            )
        except Exception as error:  # onnxruntime's errors share no base class of their own
            refusal = f" ({_reason(error)})"
        else:
            return session, refusal
    raise ModelError(f"{path}: is not an ONNX model that this runtime can load{refusal}")


def _needs(provider: str) -> str:
    """What a GPU build of ONNX Runtime wants, and whether a driver is there."""
    driver = "is" if which("nvidia-smi") else "is not"
    cuda, cudnn = (getattr(ort, f"{name}_version", "") for name in ("cuda", "cudnn"))
    return (
        f"it needs {'TensorRT, ' * (provider == 'tensorrt')}CUDA {cuda} and cuDNN {cudnn} (pip "
        f"install onnxruntime-gpu[cuda,cudnn] brings the latter two) and NVIDIA's driver, which "
        f"{driver} installed"
    )


def prefers_int8(options: SessionOptions) -> bool:
    """Whether a network in int8 is faster than in float where it would run, and as exact."""
    return _wanted(options.provider) == _PROVIDERS["cpu"] and has_int8_products()


def _wanted(name: str) -> str:
    """ONNX Runtime's name of the provider asked for.

    Raises:
        ProviderError: it is not installed.
    """
    available = ort.get_available_providers()
    if name == "auto":
        name = "cuda" if _CUDA in available else "cpu"
    if name not in _PROVIDERS:
        raise OptionsError(f"provider {name}: give auto or one of {', '.join(_PROVIDERS)}")
    if _PROVIDERS[name] not in available:
        names = ", ".join(short for short, full in _PROVIDERS.items() if full in available)
        raise ProviderError(
            f"provider {name}: not in the onnxruntime installed here (it has: {names}); install "
            f"onnxruntime-gpu[cuda,cudnn] in place of onnxruntime for cuda, or use {_ON_CPU}"
        )
    return _PROVIDERS[name]


def _only_input(path: Path, session: ort.InferenceSession) -> ort.NodeArg:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs)
        raise ModelError(
            f"{path}: takes {len(inputs)} inputs ({names}); a network that looks at pictures takes "
            "one"
        )
    return inputs[0]


def _read_card(path: Path, metadata: dict[str, str]) -> ModelCard | None:
    text = metadata.get(CARD_KEY)
    beside = path.with_suffix(".json")
    if text is None and beside.is_file():
        return ModelCard.from_json(beside.read_bytes(), str(beside))
    return None if text is None else ModelCard.from_json(text, str(path))


def _reason(error: Exception) -> str:
    """What an error of ONNX Runtime says, without the place in its source."""
    line = str(error).strip().partition("\n")[0]
    return re.sub(r".*(operator\(\)|&\)) ", "", line)
