"""The models in the package by name, and the file of each in the precision asked for."""

from pathlib import Path

from fer_video.engine.errors import ModelError
from fer_video.engine.options.engine import Precision

WEIGHTS = Path(__file__).parents[1] / "weights"
"""The folder of the models in the package."""

_ANY_PRECISION = "`EngineOptions(precision='auto')`"
"""How a Python user leaves the precision open; the command line knows its flag for it."""

MODELS: dict[str, Path] = {path.stem: path for path in sorted(WEIGHTS.glob("*.onnx"))}
"""The models in the package by name: `cnn`, `detector`, ..."""


def find_model(name_or_path: str | Path) -> Path:
    """The ONNX file of a packaged model, or the path as given.

    Raises:
        ModelError: neither a known name nor a file, or one in a folder that may not be entered.
    """
    path = MODELS.get(str(name_or_path), Path(name_or_path))
    try:
        if path.is_file():
            return path
    except OSError as error:
        raise ModelError(f"{path}: cannot be opened ({error.strerror})") from error
    known = ", ".join(MODELS)
    raise ModelError(f"{name_or_path}: no such model; give a .onnx file or one of: {known}")


def find_version(model: str, precision: Precision, *, fast_int8: bool) -> Path:
    """The ONNX file of a packaged model in the precision asked for, or the path as given.

    Args:
        model: a name of the package or a file, which has one precision only.
        precision: `auto` is int8 if there is one and it is fast, else the model as named.
        fast_int8: whether int8 is worth it where the network will run.

    Raises:
        ModelError: no such model, or it is not there in this precision.
    """
    if precision == "auto":
        version = MODELS.get(f"{model}_int8") if fast_int8 else None
        return version or find_model(model)
    name = model.removesuffix("_int8").removesuffix("_fp16")
    if name not in MODELS:
        find_model(model)
        raise ModelError(f"{model}: a file has one precision; use {_ANY_PRECISION}")
    version = MODELS.get(name if precision == "fp32" else f"{name}_{precision}")
    if version is None:
        raise ModelError(
            f"{model}: there is no {precision} version in the package, since none was both faster "
            f"and as good; use {_ANY_PRECISION}, or make one with `fer-video quantize`"
        )
    return version
