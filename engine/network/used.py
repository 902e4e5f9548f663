"""UsedNetwork: a network's file as a run used it, and how far to trust it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_video.engine.network.card import ModelCard, Task
from fer_video.engine.network.fingerprint import Fingerprint
from fer_video.engine.network.models import MODELS

_KINDS = ("int8", "fp16")
"""Precisions that a file's name, or its card's recipe, tells of."""


@dataclass(frozen=True, slots=True)
class UsedNetwork:
    """A network that was loaded: its file, its card, and where it runs."""

    task: Task
    """What the network tells: expressions of a face, or faces in a picture."""
    file: Path
    """Path of the ONNX file."""
    card: ModelCard | None
    """What the file says of itself; None where it says nothing."""
    provider: str
    """ONNX Runtime's name of what it runs on, e.g. `CPUExecutionProvider`."""

    @property
    def precision(self) -> str | None:
        """Kind of number in which it computes; None of a file that does not tell."""
        recipe = {} if self.card is None else self.card.recipe
        for kind in _KINDS:
            if self.file.stem.endswith(f"_{kind}") or any(key.startswith(kind) for key in recipe):
                return kind
        return "fp32" if self.file in MODELS.values() else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: what it is, the SHA-256 of its file, its figures and limits."""
        card = self.card
        told: dict[str, Any] = {
            "name": self.file.stem if card is None else card.name,
            "task": self.task,
            "file": str(self.file),
            "sha256": Fingerprint(self.file).finished(),
            "precision": self.precision,
            "provider": self.provider,
        }
        if card is None:
            return told
        return told | {
            "labels": list(card.labels) if card.task == "expressions" else [],
            "min_confidence": card.min_confidence if card.task == "expressions" else None,
            "architecture": card.architecture,
            "trained_on": list(card.trained_on),
            "terms": card.terms,
            "limits": card.limits,
            "figures": card.figures,
        }
