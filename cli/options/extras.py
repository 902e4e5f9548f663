"""The packages of the extra `train`, loaded by the commands that need them, or told of."""

import importlib.util
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_INSTALL = "in the folder that fer-video was installed from: pip install '.[train]'"


def import_keras() -> None:
    """Load Keras on the backend that KERAS_BACKEND or its own settings name, else on TensorFlow.

    Raises:
        FerError: it is not installed.
    """
    from fer_video.engine.errors import FerError  # noqa: PLC0415

    if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        import_tensorflow()
        return
    try:
        import keras  # noqa: F401, PLC0415
    except (ImportError, ValueError) as error:
        backend = os.environ["KERAS_BACKEND"]
        raise FerError(
            f"KERAS_BACKEND={backend}: {error}; install it, or unset the variable"
        ) from error


def import_tensorflow() -> None:
    """Load the offline extra, with its start-up chatter kept off stderr.

    Raises:
        FerError: it is not installed.
    """
    from fer_video.engine.errors import FerError  # noqa: PLC0415

    if any(importlib.util.find_spec(name) is None for name in ("tensorflow", "tf2onnx")):
        raise FerError(f"this command needs TensorFlow; {_INSTALL}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # what goes on from here needs it
    with _muted():
        import keras  # noqa: F401, PLC0415
        import tensorflow  # noqa: PLC0415

        tensorflow.config.list_physical_devices()  # says what it thinks of the driver, once
    for name in ("tensorflow", "tf2onnx"):
        logging.getLogger(name).setLevel(logging.ERROR)


def import_onnx() -> None:
    """Make sure of the package that rewrites ONNX files, part of the offline extra.

    Raises:
        FerError: it is not installed.
    """
    from fer_video.engine.errors import FerError  # noqa: PLC0415

    if importlib.util.find_spec("onnx") is None:
        raise FerError(f"this command needs the package onnx; {_INSTALL}")


@contextmanager
def _muted() -> Iterator[None]:
    """TensorFlow's C++ side writes to the descriptor itself, before any setting reaches it."""
    stderr = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
