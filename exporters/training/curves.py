"""A training's progress as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def plot_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Loss, and accuracy on each validation set, over the epochs.

    Args:
        history: see `training.Epoch`.
        path: a .png file.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - a quarter of a second

    epochs = [epoch["epoch"] for epoch in history]
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [epoch["loss"] for epoch in history])
    left.set(xlabel="epoch", ylabel="training loss")
    for name in history[0]["accuracy"] if history else ():
        right.plot(epochs, [epoch["accuracy"][name] for epoch in history], label=name)
    right.set(xlabel="epoch", ylabel="validation accuracy")
    if right.lines:
        right.legend()
    figure.savefig(path, dpi=120)
