"""What a training minimises, and by which steps."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from fer_video.exporters.training.recipe import Recipe


def sigmoid_head_crossentropy(target: Any, scores: Any) -> Any:
    """Cross-entropy of softmax(logit(scores)), for a sigmoid head.

    Args:
        target: (n, labels), rows that sum to 1.
        scores: (n, labels) in 0..1.

    Returns:
        (n,) nats.
    """
    scores = ops.clip(scores, 1e-6, 1 - 1e-6)
    logits = ops.log(scores) - ops.log1p(-scores)
    return ops.categorical_crossentropy(target, logits, from_logits=True)


def optimizer_of(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """Adam; under a cosine schedule the rate rises from a tenth, then falls to almost nothing.

    Args:
        recipe: of the training.
        steps: an epoch.
    """
    if recipe.schedule == "constant":
        return keras.optimizers.Adam(recipe.learning_rate)
    total = steps * recipe.epochs
    warmup = max(min(recipe.warmup_steps, total // 10), 1)
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / 10,
        warmup_target=recipe.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(total - warmup, 1),
        alpha=0.005,
    )
    return keras.optimizers.Adam(rate)


def loss_of(recipe: Recipe, network: str) -> str | Callable[[Any, Any], Any]:
    """The recipe's loss, for a head that ends in sigmoids (`cnn`) or in a softmax.

    Args:
        recipe: of the training.
        network: one of `cards.NETWORKS`.
    """
    if recipe.loss == "binary":
        return "binary_crossentropy"
    return sigmoid_head_crossentropy if network == "cnn" else "categorical_crossentropy"
