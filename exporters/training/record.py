"""The record of a training, and of the tools that it ran with."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fer_video.engine.errors import ModelError, OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS

RECORD_NAME = "run.json"
_TOOLS = ("tensorflow", "jax", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")


def tool_versions(tools: Sequence[str] = _TOOLS) -> dict[str, str]:
    """What trains and exports: versions, the commit if this is a checkout, and the day (UTC).

    Keras computes with TensorFlow, JAX or PyTorch: those that are not there have no version.
    """
    versions = {name: found for name in tools if (found := _version(name))}
    return versions | _commit() | {"date": datetime.now(UTC).date().isoformat()}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> dict[str, str]:
    """Empty unless this file is tracked: an installed package may lie in a repository not ours."""
    git, here = shutil.which("git"), Path(__file__).resolve()
    if git is None:
        return {}

    def ask(*words: str) -> str:
        command = [git, "-C", str(here.parent), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    return {"commit": ask("rev-parse", "--short", "HEAD")} if ask("ls-files", here.name) else {}


def check_free(output: Path) -> None:
    """Keep an earlier training from being replaced by mistake, or its first phases.

    Raises:
        OptionsError: there is one in the folder, or it is a file.
    """
    if output.is_file():
        raise OptionsError(f"{output}: is a file; give --output a folder")
    if (output / RECORD_NAME).exists() or any(output.glob(f"phase*/{RECORD_NAME}")):
        raise OptionsError(
            f"{output}: holds a training; go on with --resume, replace it with --overwrite, or "
            "give another --output"
        )


def read_record(folder: Path) -> dict[str, Any]:
    """The run.json that a training wrote beside its weights.

    Raises:
        ModelError: it is missing or damaged; without it nobody can say what the network learnt.
    """
    path = folder / RECORD_NAME
    try:
        record: dict[str, Any] = json.loads(path.read_text())
        missing = {"recipe", "history"} - record.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{path}: the training's record cannot be read ({error}); it lies beside the weights "
            "that `fer-video train` writes, keep them together"
        ) from error
    if missing:
        raise ModelError(
            f"{path}: says nothing of {' and '.join(sorted(missing))}; it is no record of a "
            "training, give the weights where `fer-video train` wrote them"
        )
    return record


def read_labels(folder: Path) -> tuple[str, ...]:
    """What a trained network tells apart, in order; a record that does not say it is of the five.

    Raises:
        ModelError: see `read_record`.
    """
    return labels_in(read_record(folder))


def labels_in(record: dict[str, Any]) -> tuple[str, ...]:
    """The same of the content of run.json."""
    return tuple(map(str, record.get("labels", EXPRESSIONS)))
