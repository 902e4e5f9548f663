"""The learning rate of the face detector's training, over all phases."""

from collections.abc import Iterator
from typing import Any

import keras

from fer_video.exporters.detector.training.recipe import DetectorRecipe


@keras.saving.register_keras_serializable("fer_video")
class Rate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A warm-up, then a cosine to the end of the phases before one that starts once more, and so
    on (SGDR, Loshchilov and Hutter, 2017)."""

    def __init__(self, recipe: DetectorRecipe) -> None:
        """Lay the cosines of all phases one after another."""
        self._cosines = list(_cosines(recipe))

    def __call__(self, step: Any) -> Any:
        """The rate at a step, counted over all phases."""
        rate = self._cosines[0][1](step)
        for begin, cosine in self._cosines[1:]:
            later = keras.ops.cast(step - begin, "float32")
            rate = keras.ops.where(step < begin, rate, cosine(keras.ops.maximum(later, 0.0)))
        return rate


def _cosines(recipe: DetectorRecipe) -> Iterator[tuple[int, Any]]:
    """Cosine schedules, each with the step at which it begins."""
    begin, end, rate = 0, 0, recipe.learning_rate
    for phase in recipe.phases:
        if phase.learning_rate is not None:
            yield begin, _cosine(recipe, rate, end - begin)
            begin, rate = end, phase.learning_rate
        end += phase.epochs * recipe.steps
    yield begin, _cosine(recipe, rate, end - begin)


def _cosine(recipe: DetectorRecipe, rate: float, steps: int) -> Any:
    return keras.optimizers.schedules.CosineDecay(
        rate / 100,
        max(steps - recipe.warmup_steps, 1),
        alpha=recipe.last_rate,
        warmup_target=rate,
        warmup_steps=recipe.warmup_steps,
    )
