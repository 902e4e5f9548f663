"""Settings of how networks are run."""

from dataclasses import dataclass
from typing import Literal

from fer_video.engine.options.checks import check_kinds, check_range

ProviderName = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]
"""Where a network may run, by ONNX Runtime's short names."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Where and how a network runs."""

    provider: ProviderName = "auto"
    """Execution provider of ONNX Runtime: `auto` is CUDA where it is installed and starts, else
    the CPU; one asked for by name must be there."""
    threads: int = 1
    """Threads of ONNX Runtime within one run of a network; the pipeline already runs its stages
    side by side."""
    device: int = 0
    """Number of the GPU, where there are several."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        check_kinds(self)
        check_range(self, "threads", 1, 1024, give="1 to 1024")
        check_range(self, "device", 0, give="the number of a GPU, 0 or more")
