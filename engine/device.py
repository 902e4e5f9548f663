"""A network's buffers on a GPU: inputs of a few sizes, kept there, results fetched in one go."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

BATCH_SIZES = (1, 2, 4, 8, 16, 32)
"""A changing number of faces would have kernels chosen and memory laid out anew for each."""
_MOST_KEPT = 16
"""Inputs; pictures of ever new sizes must not fill the GPU."""


class OnDevice:
    """Runs a session with its input bound to memory of the device; from one thread at a time."""

    def __init__(self, session: ort.InferenceSession, device: str, number: int) -> None:
        """Bind nothing yet.

        Args:
            session: loaded, on a provider of that device.
            device: ONNX Runtime's name of its kind of memory, e.g. `cuda`.
            number: which one, from 0.
        """
        self._session = session
        self._device, self._number = device, number
        self._input_name: str = session.get_inputs()[0].name
        self._inputs: dict[tuple[int, ...], ort.OrtValue] = {}
        self._lock = Lock()

    def run(self, batch: NDArray[np.float32], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """Run the network.

        Args:
            batch: (n, ...) float32; padded to the next of `BATCH_SIZES`.
            outputs: names of those wanted.

        Returns:
            One array an output, each of n rows.
        """
        count = len(batch)
        with self._lock:
            binding = self._session.io_binding()
            binding.bind_ortvalue_input(self._input_name, self._placed(padded(batch)))
            for name in outputs:
                binding.bind_output(name, self._device, self._number)
            self._session.run_with_iobinding(binding)
            results: list[NDArray[np.float32]] = binding.copy_outputs_to_cpu()
        return [result[:count] for result in results]

    def _placed(self, batch: NDArray[np.float32]) -> ort.OrtValue:
        """The input of this shape on the device, filled."""
        kept = self._inputs.get(batch.shape)
        if kept is None:
            if len(self._inputs) >= _MOST_KEPT:
                self._inputs.clear()
            kept = ort.OrtValue.ortvalue_from_numpy(batch, self._device, self._number)
            self._inputs[batch.shape] = kept
        else:
            kept.update_inplace(batch)
        return kept


def padded(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The batch with rows of zeros up to the next of `BATCH_SIZES`; as it is beyond the last."""
    size = next((size for size in BATCH_SIZES if size >= len(batch)), len(batch))
    if size == len(batch):
        return np.ascontiguousarray(batch)
    rows = np.zeros((size, *batch.shape[1:]), np.float32)
    rows[: len(batch)] = batch
    return rows
