"""How a network is trained: every choice in one value, and the phases that follow each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from fer_video.exporters.augment.augmentation import CAMERA, GENTLE, PAPER, Augmentation


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice of one phase of a training."""

    name: str
    """What records and cards call the phase."""
    epochs: int = 20
    """Most epochs of the phase; it may stop earlier, see `patience`."""
    batch_size: int = 32
    """Faces a training step."""
    learning_rate: float = 1e-4
    """Largest learning rate of Adam."""
    schedule: Literal["constant", "cosine"] = "constant"
    """How the learning rate goes on: as it is, or down to almost nothing along a cosine."""
    warmup_steps: int = 0
    """Steps in which the rate rises to its largest under the cosine schedule."""
    loss: Literal["binary", "categorical"] = "binary"
    """Binary cross-entropy on each output, or cross-entropy of the softmax over their logits, which
    is what the engine reads from a sigmoid head."""
    smoothing: float = 0.0
    """Label smoothing: share of a label that is spread over all five classes."""
    balance: float = 0.0
    """Oversampling of rare classes: 0 keeps the classes' shares, 1 makes them equal."""
    balance_each: bool = False
    """Whether each data set is balanced by itself: else a network learns that a look, of a camera
    or a crop, goes with the expressions that are common in the data set that looks so."""
    evenness: float = 0.0
    """How far data sets of different sizes are evened out: 0 keeps their shares, 1 makes them
    equal. Small sets of posed faces, whose labels are right, are seen more often by it."""
    mixup: float = 0.0
    """Parameter of the Beta distribution by which two faces of a batch and their targets are mixed
    (mixup; Zhang et al., 2018); 0 mixes none."""
    adjust_logits: bool = False
    """Whether a bias is added to the logits in the end, so that no class pays for being rare; see
    `fit_bias`."""
    averaging: float = 0.0
    """Decay per step of the exponential moving average (EMA) of the weights that is kept; 0 keeps
    the weights themselves."""
    epoch_samples: int | None = None
    """Faces an epoch; None for as many as there are."""
    augmentation: Augmentation = PAPER
    """How training crops differ from their source."""
    crop_scale: float = 2.8
    """Side of an aligned crop, in eye-to-mouth distances; medians of how FER2013 and AffectNet
    frame their faces are 2.86 and 2.60."""
    crop_shift: float = -0.15
    """Downward shift of an aligned crop, in eye-to-mouth distances; the same medians are -0.20 and
    -0.03."""
    distillation: float = 0.0
    """Share of a teacher's scores in the targets (knowledge distillation); 0 without a teacher."""
    live: bool = False
    """Whether teachers read every crop that is learnt from, as it was turned, darkened and covered,
    rather than each face once: a consistent teacher (Beyer et al., 2022)."""
    renewed: bool = False
    """Whether batch normalisation is trained on where a network's file has folded it into a scale
    and an offset: its statistics are measured anew first."""
    kept: float = 0.0
    """Share of what the network said that training goes on from, in the targets of the data sets
    that it learnt (learning without forgetting; Li and Hoiem, 2016)."""
    tempered: bool = False
    """Whether what is kept is tempered by data set, by its validation faces, so that a network
    becomes as sure of each kind of faces as it is right."""
    blended: float = 1.0
    """Share of the trained weights in their mean with those that training goes on from: the mean
    keeps what the one knew and most of what the other learnt (WiSE-FT; Wortsman et al., 2022)."""
    side: int = 180
    """Height and width of the crops, in pixels; a backbone without a hidden layer takes any."""
    dtype: str = "float32"
    """Keras dtype policy to compute in."""
    frozen: str = ""
    """Name of the last layer that is not trained; "" trains all layers."""
    patience: int = 20
    """Epochs without a better score after which training stops."""
    seed: int = 1
    """Seed of weights, order and augmentation."""


_OURS = Recipe(
    "best",
    batch_size=64,
    schedule="cosine",
    loss="categorical",
    smoothing=0.1,
    balance=0.5,
    balance_each=True,
    adjust_logits=True,
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
    distillation=0.6,
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

_PARTS = 0.15
"""Share of the faces that are seen in part."""

_TAUGHT = Recipe(
    "taught",
    epochs=38,
    batch_size=512,
    learning_rate=1e-3,
    schedule="cosine",
    warmup_steps=160,
    loss="categorical",
    balance=0.3,
    balance_each=True,
    evenness=0.4,
    averaging=0.998,
    epoch_samples=43_000,
    augmentation=replace(GENTLE, parts=_PARTS),
    distillation=0.4,
    live=True,
    renewed=True,
)
_TEACHER = replace(
    _TAUGHT,
    name="teacher",
    epochs=36,
    mixup=0.2,
    distillation=0.0,
    live=False,
    augmentation=replace(CAMERA, parts=_PARTS),
)
_TAUGHT_CNN = replace(
    _TAUGHT,
    epochs=22,
    batch_size=128,
    averaging=0.999,
    distillation=0.6,
    frozen="pool3",
)

_ON = Recipe(
    "on",
    batch_size=64,
    learning_rate=3e-4,
    schedule="cosine",
    warmup_steps=100,
    loss="categorical",
    smoothing=0.1,
    balance=0.6,
    balance_each=True,
    evenness=0.4,
    averaging=0.998,
    augmentation=replace(GENTLE, parts=_PARTS),
    distillation=0.35,
)
_TUNED = replace(
    _ON,
    name="tuned",
    epochs=3,
    epoch_samples=40_000,
    balance=0.4,
    kept=0.5,
    blended=0.85,
    frozen="block_9_add",
)
_TUNED_CNN = replace(
    _ON,
    name="tuned",
    epochs=5,
    batch_size=128,
    epoch_samples=60_000,
    learning_rate=6e-4,
    balance=0.4,
    distillation=0.65,
    blended=0.75,
    frozen="pool3",
)

_TEMPERED = replace(
    _ON,
    name="tempered",
    epochs=4,
    batch_size=128,
    epoch_samples=20_000,
    learning_rate=1e-4,
    balance=0.3,
    distillation=0.0,
    kept=1.0,
    tempered=True,
    frozen="block_15_add",
)
_TEMPERED_CNN = replace(_TEMPERED, frozen="pool3")

_OWN = replace(
    _ON,
    name="own",
    epochs=30,
    batch_size=32,
    epoch_samples=480,
    warmup_steps=20,
    adjust_logits=True,
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
    "taught": {
        "cnn": (_TAUGHT_CNN,),
        "mobilenetv2": (_TAUGHT,),
        "teacher": (_TEACHER,),
    },
    "tuned": {"cnn": (_TUNED_CNN,), "mobilenetv2": (_TUNED,)},
    "tempered": {"cnn": (_TEMPERED_CNN,), "mobilenetv2": (_TEMPERED,)},
    "own": {"cnn": (_OWN,), "mobilenetv2": (_OWN,)},
}
"""Phases of each recipe for each network: each begins with the weights that the last kept.

`paper` is the paper's own; which of ImageNet's layers it trains, it does not say: here all from
stride 4 on. `best` is ours. Its MobileNetV2 learns the head first, then everything from stride 4 on
at 112 pixels, where an image costs a third, then the same at full size. Its CNN starts again with a
high rate where the first cosine ended (Loshchilov and Hutter, 2017). Both end on faces that are
changed less, and the CNN on classes nearer to how they come.

`taught` is for prepared faces and teachers that read each crop, in large batches, on a GPU: small
sets of posed faces count for more in it, and some faces are seen in part. `tuned` goes on from
weights that know expressions already and keeps what they know: its first layers stay as they are,
half of MobileNetV2's targets are its own scores, and the weights become a mean with the first ones.
`tempered` teaches a network's last layers what it says itself, as sure as it is right.
`own` goes on with a few hundred faces: fewer a step, and as many an epoch however few there are.
"""
