"""How a network is trained: every choice in one value."""

from dataclasses import dataclass, replace
from typing import Literal

from fer_video.exporters.augmentation import CAMERA, PAPER, Augmentation


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice of a training."""

    name: str
    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    warmup_steps: int = 0
    loss: Literal["binary", "choice"] = "binary"
    """Binary cross-entropy on each output, or cross-entropy of the softmax over their logits, which
    is what the engine reads from a sigmoid head."""
    smoothing: float = 0.0
    balance: float = 0.0
    """See `draw`."""
    balance_each: bool = False
    """Balance each data set by itself: else a network learns that a look, of a camera or a crop,
    goes with the expressions that are common in the data set that looks so."""
    averaging: float = 0.0
    """Decay per step of the moving average of the weights that is kept; 0 keeps the weights."""
    epoch_samples: int | None = None
    """None: as many as there are."""
    augmentation: Augmentation = PAPER
    crop_scale: float = 2.8
    crop_shift: float = -0.15
    """Medians of how FER2013 and AffectNet frame their faces: 2.86, -0.20 and 2.60, -0.03."""
    dtype: str = "float32"
    freeze_backbone: bool = True
    """Of a network that has one: train its head alone."""
    patience: int = 20
    """Epochs without a better score after which training stops."""
    seed: int = 1


RECIPES = {
    "paper": Recipe("paper"),
    "best": Recipe(
        "best",
        epochs=18,
        batch_size=64,
        learning_rate=1e-3,
        schedule="cosine",
        warmup_steps=300,
        loss="choice",
        smoothing=0.1,
        balance=0.5,
        averaging=0.999,
        augmentation=CAMERA,
        dtype="mixed_bfloat16",
        freeze_backbone=False,
    ),
}
RECIPES["refine"] = replace(
    RECIPES["best"],
    name="refine",
    epochs=6,
    learning_rate=4e-4,
    warmup_steps=100,
    balance_each=True,
    augmentation=replace(CAMERA, zoom=(0.62, 1.35), gray=0.5, low_resolution=0.35),
)
"""`paper` is the paper's own; `best` is ours; `refine` goes on from the weights of `best`."""
