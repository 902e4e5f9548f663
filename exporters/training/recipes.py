"""The recipes: phases that follow each other, for each network."""

from collections.abc import Mapping
from dataclasses import replace

from fer_video.exporters.augment.augmentation import CAMERA, GENTLE
from fer_video.exporters.training.recipe import Recipe

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
    epochs=19,
    batch_size=64,
    learning_rate=6e-4,
    unlabelled=0.3,
    dropout=0.2,
    averaging=0.9988,
    dtype="mixed_bfloat16",
    distillation=0.7,
    blended=0.75,
    frozen="pool1",
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
sets of posed faces count for more in it, and some faces are seen in part. The CNN's goes on from
weights, in small batches, and keeps a quarter of what it began with; two cores are enough for it.
`tuned` goes on from weights that know expressions already and keeps what they know: its first
layers stay as they are, half of MobileNetV2's targets are its own scores, and the weights become a
mean with the first ones.
`tempered` teaches a network's last layers what it says itself, as sure as it is right.
`own` goes on with a few hundred faces: fewer a step, and as many an epoch however few there are.
"""
