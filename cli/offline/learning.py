"""How a training is told and shown, of any network that reads expressions."""

from pathlib import Path
from typing import TYPE_CHECKING

from fer_video.cli.options.offline import say

if TYPE_CHECKING:
    from fer_video.exporters.training.progress import Epoch, Progress

_EVERY = 50
"""Steps between two reports of progress."""


def observe(progress: "Progress", history: "list[Epoch]") -> None:
    """Lines on stderr: one now and then, and one an epoch with what the last one measured."""
    if progress.step == 1 and history:
        say(_describe(history[-1]))
    if progress.step % _EVERY == 0:
        minutes, seconds = divmod(round(progress.remaining), 60)
        say(
            f"epoch {progress.epoch}/{progress.epochs}, step {progress.step}/{progress.steps}, "
            f"loss {progress.loss:.4f}, ETA {minutes}:{seconds:02}"
        )


def _describe(epoch: "Epoch") -> str:
    accuracies = ", ".join(f"{name} {share:.1%}" for name, share in epoch["accuracy"].items())
    return (
        f"epoch {epoch['epoch']}: loss {epoch['loss']:.4f}, validation accuracy {accuracies} "
        f"({epoch['seconds']:.0f} s)"
    )


def draw_curves(history: "list[Epoch]", output: Path) -> None:
    """curves.png, and a line on the best epoch."""
    from fer_video.exporters.data.atomic import replacing  # noqa: PLC0415
    from fer_video.exporters.training.curves import plot_curves  # noqa: PLC0415

    with replacing(output / "curves.png") as path:
        plot_curves(history, path)
    best = max(history, key=lambda epoch: epoch["score"])
    say(f"best: {_describe(best)}; weights in {output / 'best.keras'}")
