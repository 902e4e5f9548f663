"""Libraries kept off stderr and off the network: the command line speaks for them, in one line."""

import os

_FATAL = 4


def quiet_opencv() -> None:
    """For a camera that stalls or goes away; OpenCV reads this when it is loaded."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")


def keep_to_itself() -> None:
    """What ONNX Runtime would tell its makers of each run; it reads this when it is loaded."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def quiet_onnxruntime() -> None:
    """For a provider that does not start; it is loaded with the engine, not with `--help`."""
    import onnxruntime  # noqa: PLC0415

    onnxruntime.set_default_logger_severity(_FATAL)
