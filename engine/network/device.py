"""A network's buffers on a GPU: a few sizes, kept there, with the work on each recorded once.

A small network is a hundred kernels of microseconds, which take longer to launch than to run. CUDA
graphs launch them as one (ONNX Runtime's `enable_cuda_graph`), from buffers that stay in place.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from fer_video.engine.frames.handovers import Batch

log = logging.getLogger(__name__)

BATCH_SIZES = (1, 2, 4, 8, 16, 32)
"""Numbers of pictures that a batch on a GPU is padded to, since each new number has kernels chosen
and memory laid out anew."""
_MOST_KEPT = 16
"""Shapes of batches whose buffers are kept at most, so that pictures of ever new sizes do not fill
the GPU."""
_WORKER = ThreadPoolExecutor(1, thread_name_prefix="gpu")
"""The one thread that runs all networks: ONNX Runtime keeps what it recorded by thread, and while
one network is recorded no other may use the GPU."""
_RECORDING = 2
"""Runs that a new recording takes: one that lays out memory, and one that is recorded."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """A session and the buffers of one shape."""

    session: ort.InferenceSession
    """The network, which may have recorded its run on these buffers."""
    source: ort.OrtValue
    """The input's buffer on the device."""
    binding: ort.IOBinding
    """Which buffers the session reads and writes."""

    def run(self) -> None:
        self.session.run_with_iobinding(self.binding)


class OnDevice:
    """Runs a session with input and outputs bound to memory of the device; from any thread."""

    def __init__(
        self,
        session: ort.InferenceSession,
        record: Callable[[], ort.InferenceSession] | None,
        device: str,
        number: int,
    ) -> None:
        """Bind nothing yet.

        Args:
            session: loaded, on a provider of that device.
            record: makes one of the same network that records its second run and repeats that;
                fails where the network cannot be recorded. None where the provider cannot.
            device: ONNX Runtime's name of its kind of memory, e.g. `cuda`.
            number: which one, from 0.
        """
        self._session, self._record = session, record
        self._device, self._number = device, number
        self._input_name: str = session.get_inputs()[0].name
        self._kept: dict[tuple[object, ...], _Bound] = {}

    def run(self, batch: Batch, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """Run the network.

        Args:
            batch: (n, ...) float32 or uint8; padded to the next of `BATCH_SIZES`.
            outputs: names of those wanted.

        Returns:
            One array an output, each of n rows.
        """
        results = _WORKER.submit(self._run, padded(batch), tuple(outputs)).result()
        return [result[: len(batch)] for result in results]

    def _run(self, batch: Batch, outputs: tuple[str, ...]) -> list[NDArray[np.float32]]:
        bound = self._kept.get((outputs, batch.shape))
        if bound is None:
            bound = self._bind(batch, outputs)
        else:
            bound.source.update_inplace(batch)
            bound.run()
        results: list[NDArray[np.float32]] = bound.binding.copy_outputs_to_cpu()
        return results

    def _bind(self, batch: Batch, outputs: tuple[str, ...]) -> _Bound:
        """Run on new buffers; while fewer than `_MOST_KEPT` are kept, keep them and record that."""
        source = ort.OrtValue.ortvalue_from_numpy(batch, self._device, self._number)
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(self._input_name, source)
        for name in outputs:
            binding.bind_output(name, self._device, self._number)
        bound = _Bound(self._session, source, binding)
        bound.run()
        if len(self._kept) < _MOST_KEPT:
            places = dict(zip(outputs, binding.get_outputs(), strict=True))
            bound = self._kept[outputs, batch.shape] = self._recorded(source, places) or bound
        return bound

    def _recorded(self, source: ort.OrtValue, places: dict[str, ort.OrtValue]) -> _Bound | None:
        """The same in a session of its own: a new shape makes ONNX Runtime unload kernels that are
        recorded. None where the network cannot be recorded."""
        if self._record is None:
            return None
        try:
            session = self._record()
            binding = session.io_binding()
            binding.bind_ortvalue_input(self._input_name, source)
            for name, place in places.items():
                binding.bind_ortvalue_output(name, place)
            bound = _Bound(session, source, binding)
            for _ in range(_RECORDING):
                bound.run()
        except Exception as error:  # onnxruntime's errors share no base class of their own
            log.info("runs unrecorded: %s", error)
            self._record = None
            return None
        return bound


def padded(batch: Batch) -> Batch:
    """The batch with rows of zeros up to the next of `BATCH_SIZES`; as it is beyond the last."""
    size = next((size for size in BATCH_SIZES if size >= len(batch)), len(batch))
    if size == len(batch):
        return np.ascontiguousarray(batch)
    rows = np.zeros((size, *batch.shape[1:]), batch.dtype)
    rows[: len(batch)] = batch
    return rows
