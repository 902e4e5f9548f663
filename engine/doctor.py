"""What this machine offers the engine, what is missing, and what to do about it."""

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import av
import onnxruntime as ort

from fer_video.engine.capture.live.devices import devices
from fer_video.engine.errors import ProviderError
from fer_video.engine.machine import cores, has_int8_products
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.output.window.opening import missing_display

_PROTOCOLS = ("rtsp", "hls", "mpegts", "mpjpeg")
"""FFmpeg's names of the formats that network streams come in."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    good: bool
    """Whether nothing needs to be done about it."""
    said: str
    """What was found, in one line."""
    advice: str = ""
    """What to do about it; empty where nothing needs to be done."""


def findings() -> Iterator[Finding]:
    """Look at everything, one after the other; those that are not good come with advice."""
    share = "" if cores() == os.cpu_count() else f" ({cores()} of them for this process)"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{share}"
    yield Finding(True, f"fer-video {version('fer-video')}, Python {platform.python_version()}")
    yield Finding(True, machine)
    yield _providers()
    if "CUDAExecutionProvider" in ort.get_available_providers():
        yield _gpu()
    yield _products()
    yield _codecs()
    yield _opencv()
    yield _display()
    yield _cameras()


def _blocked() -> list[str]:
    """Devices that this user may not open; FFmpeg leaves them out."""
    nodes = sorted(Path("/dev").glob("video*"))
    return [str(node) for node in nodes if not os.access(node, os.R_OK | os.W_OK)]


def _providers() -> Finding:
    names = [name.removesuffix("ExecutionProvider") for name in ort.get_available_providers()]
    said = f"onnxruntime {ort.__version__}, runs networks on {', '.join(names)}"
    both = [name for name in ("onnxruntime", "onnxruntime-gpu") if _installed(name)]
    if len(both) > 1:
        return Finding(False, said, "two onnxruntime are installed; pip uninstall one of them")
    return Finding(True, said)


def _gpu() -> Finding:
    try:
        Session(find_model("cnn"), SessionOptions("cuda"))
    except ProviderError as error:
        said, _, advice = str(error).partition("; ")
        return Finding(False, said, advice)
    said = "CUDA starts: networks run on the GPU, unless `SessionOptions(provider='cpu')`"
    return Finding(True, said)


def _products() -> Finding:
    if has_int8_products():
        return Finding(True, "this processor multiplies int8 fast: on it, networks run in int8")
    return Finding(True, "this processor has no fast int8 products: networks run in float")


def _codecs() -> Finding:
    missing = [name for name in ("libx264", "h264", "hevc", "mjpeg") if not _codec(name)]
    missing += [name for name in _PROTOCOLS if name not in av.formats_available]
    said = f"PyAV {av.__version__} reads and writes video"
    if missing:
        return Finding(False, f"{said}, but not {', '.join(missing)}", "pip install -U av")
    return Finding(True, f"{said}: H.264, HEVC, MJPEG; {', '.join(_PROTOCOLS)}")


def _codec(name: str) -> bool:
    with suppress(av.codec.codec.UnknownCodecError):
        av.Codec(name, "w" if name == "libx264" else "r")
        return True
    return False


def _opencv() -> Finding:
    wheels = [name for name in ("opencv-python", "opencv-python-headless") if _installed(name)]
    try:
        import cv2  # noqa: PLC0415
    except ImportError as error:
        advice = "for cameras and windows: apt install libgl1 libglib2.0-0"
        return Finding(False, f"OpenCV cannot be loaded ({error})", advice)
    said = f"OpenCV {cv2.__version__} ({', '.join(wheels) or 'not from PyPI'})"
    if len(wheels) > 1:
        return Finding(False, said, "two builds overwrite each other; keep opencv-python alone")
    backend = cv2.currentUIFramework()
    if not backend:
        return Finding(False, f"{said} has no windows", "for a window: pip install opencv-python")
    return Finding(True, f"{said}, windows by {backend}")


def _display() -> Finding:
    if not (missing := missing_display()):
        return Finding(True, "there is a display for a window")
    advice = "write results instead (`VideoWriter`, `JsonLines`, `Csv`); over ssh: ssh -X"
    return Finding(False, f"no window can be opened: {missing}", advice)


def _cameras() -> Finding:
    found, blocked = devices(), _blocked()
    if blocked:
        advice = "sudo usermod -aG video $USER, then log in again"
        return Finding(False, f"may not be opened: {', '.join(blocked)}", advice)
    if not found:
        advice = "is it plugged in? in a container: docker run --device /dev/video0"
        return Finding(False, "no camera was found", advice)
    names = ", ".join(f"{device.source} ({device.name})" for device in found)
    return Finding(True, f"cameras: {names}")


def _installed(package: str) -> bool:
    with suppress(PackageNotFoundError):
        return bool(version(package))
    return False
