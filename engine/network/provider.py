"""Provider: where a network runs: what is asked for is started, and an unmet wish is an error."""

import logging
import re
from functools import partial
from pathlib import Path
from shutil import which

import onnxruntime as ort

from fer_video.engine.errors import ModelError, OptionsError, ProviderError
from fer_video.engine.machine import has_int8_products
from fer_video.engine.network.device import OnDevice
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


def load(path: Path, model: str | bytes, options: SessionOptions) -> ort.InferenceSession:
    """A session on the provider that was asked for; where any would do, on the CPU if need be.

    Args:
        path: of the ONNX file.
        model: what is run: that path, or the bytes of a part of the network.
        options: provider and threads.

    Raises:
        ModelError: the file is missing, or is not an ONNX model.
        ProviderError: the provider asked for is not installed or does not start.
    """
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


def on_device(
    session: ort.InferenceSession, path: Path, model: str | bytes, options: SessionOptions
) -> OnDevice | None:
    """What keeps inputs and outputs in the memory of the session's provider.

    Args:
        session: loaded with the rest, see `load`.
        path: of the ONNX file.
        model: what is run.
        options: provider and threads.

    Returns:
        None where the provider has no memory of its own.
    """
    provider = session.get_providers()[0]
    if provider not in _DEVICES:
        return None
    record = partial(_recording, path, model, options) if provider == _CUDA else None
    return OnDevice(session, record, _DEVICES[provider], options.device)


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
            refusal = f" ({reason(error)})"
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


def reason(error: Exception) -> str:
    """What an error of ONNX Runtime says, without the place in its source."""
    line = str(error).strip().partition("\n")[0]
    return re.sub(r".*(operator\(\)|&\)) ", "", line)
