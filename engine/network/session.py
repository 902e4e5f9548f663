"""Session: one ONNX model, loaded, checked, on the provider that was asked for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.engine.network.device import BATCH_SIZES
from fer_video.engine.network.provider import load, on_device, reason
from fer_video.engine.options.session import SessionOptions

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
            ModelError: the file is missing, is not an ONNX model, takes no input, several, or one
                of another type than float32 and uint8, or gives no output.
            ProviderError: the provider asked for is not installed or does not start.
        """
        self.path = path
        model = part or str(path)
        self._session = load(path, model, options)
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
        self.outputs: dict[str, str] = {one.name: one.type for one in self._session.get_outputs()}
        """ONNX Runtime's name of the type of each output, e.g. `tensor(float)`, by its name."""
        if not self.outputs:
            raise ModelError(
                f"{path}: gives no output; a network that looks at pictures gives some"
            )
        self._input_name: str = picture.name
        self._bound = on_device(self._session, path, model, options)
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
                f"(it declares {self.input_shape}): {reason(error)}"
            ) from error
        return results


def check_bytes(session: Session) -> None:
    """Refuse a network of expressions that reads bytes of other pictures than RGBX.

    Raises:
        ModelError: it is one.
    """
    channels = session.input_shape[-1] if session.input_shape else None
    if session.reads_bytes and isinstance(channels, int) and channels != 4:
        raise ModelError(
            f"{session.path}: reads {session.input_shape} as uint8, which is read of four channels "
            "alone, (faces, side, side, 4); export it with a float32 input"
        )


def _only_input(path: Path, session: ort.InferenceSession) -> ort.NodeArg:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs)
        raise ModelError(
            f"{path}: takes {len(inputs)} inputs ({names}); a network that looks at pictures takes "
            "one"
        )
    if inputs[0].type not in (FLOAT32, UINT8):
        raise ModelError(
            f"{path}: its input is {inputs[0].type}, where {FLOAT32} is read; export it with a "
            "float32 input"
        )
    return inputs[0]


def _read_card(path: Path, metadata: dict[str, str]) -> ModelCard | None:
    text = metadata.get(CARD_KEY)
    beside = path.with_suffix(".json")
    if text is None and beside.is_file():
        return ModelCard.from_json(beside.read_bytes(), str(beside))
    return None if text is None else ModelCard.from_json(text, str(path))
