"""How a network is trained: every choice in one value, and the stages that follow each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from fer_video.exporters.augment.augmentation import CAMERA, GENTLE, PAPER, Augmentation


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice of one stage of a training."""

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
    lifted: bool = False
    """Add a bias to the logits in the end, so that no class pays for being rare; see `fit_bias`."""
    averaging: float = 0.0
    """Decay per step of the moving average of the weights that is kept; 0 keeps the weights."""
    epoch_samples: int | None = None
    """None: as many as there are."""
    augmentation: Augmentation = PAPER
    crop_scale: float = 2.8
    crop_shift: float = -0.15
    """Medians of how FER2013 and AffectNet frame their faces: 2.86, -0.20 and 2.60, -0.03."""
    distilled: float = 0.0
    """Share of a teacher's scores in the targets, where there is a teacher."""
    side: int = 180
    """Height and width of the crops, in pixels; a backbone without a hidden layer takes any."""
    dtype: str = "float32"
    frozen: str = ""
    """Of a network with a backbone: its last layer that stays as it is; "" trains them all."""
    patience: int = 20
    """Epochs without a better score after which training stops."""
    seed: int = 1


_OURS = Recipe(
    "best",
    batch_size=64,
    schedule="cosine",
    loss="choice",
    smoothing=0.1,
    balance=0.5,
    balance_each=True,
    lifted=True,
    averaging=0.999,
    augmentation=CAMERA,
)
_HEAD = replace(
    _OURS,
    name="best, head",
    epochs=1,
    learning_rate=2e-3,
    warmup_steps=20,
    averaging=0.98,
    side=112,
    frozen="out_relu",
)
_BODY = replace(
    _OURS,
    name="best, body",
    epochs=8,
    learning_rate=6e-4,
    warmup_steps=300,
    side=112,
    frozen="block_2_add",
)
_FULL = replace(
    _OURS,
    name="best, full size",
    epochs=4,
    learning_rate=3e-4,
    warmup_steps=100,
    averaging=0.998,
    frozen="block_2_add",
)
_FULL_GENTLY = replace(
    _FULL, name="best, full size, gently", epochs=3, learning_rate=1.5e-4, augmentation=GENTLE
)
_CNN = replace(
    _OURS,
    epochs=13,
    learning_rate=1.2e-3,
    warmup_steps=300,
    balance=0.7,
    dtype="mixed_bfloat16",
    distilled=0.6,
)
_CNN_AGAIN = replace(_CNN, name="best, again", epochs=20, learning_rate=1e-3)
_CNN_GENTLY = replace(
    _CNN,
    name="best, gently",
    epochs=10,
    learning_rate=6e-4,
    warmup_steps=100,
    balance=0.3,
    augmentation=GENTLE,
)

RECIPES: Mapping[str, Mapping[str, tuple[Recipe, ...]]] = {
    "paper": {
        "cnn": (Recipe("paper"),),
        "mobilenetv2": (Recipe("paper", frozen="block_2_add"),),
    },
    "best": {
        "cnn": (_CNN, _CNN_AGAIN, _CNN_GENTLY),
        "mobilenetv2": (_HEAD, _BODY, _FULL, _FULL_GENTLY),
    },
}
"""The stages of each recipe for each network: each begins with the weights that the last kept.

`paper` is the paper's own; which of ImageNet's layers it trains, it does not say: here all from
stride 4 on. `best` is ours. Its MobileNetV2 learns the head first, then everything from stride 4 on
at 112 pixels, where an image costs a third, then the same at full size. Its CNN starts again with a
high rate where the first cosine ended (Loshchilov and Hutter, 2017). Both end on faces that are
changed less, and the CNN on classes nearer to how they come.
"""
