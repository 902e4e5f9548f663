"""What makes a training of a few steps cheap."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.data.datasets import Dataset, Sample
from fer_video.exporters.training.batches import faces_of
from fer_video.exporters.training.recipe import Recipe
from fer_video.exporters.training.recipes import RECIPES


def recipes_with(**changes: Any) -> Mapping[str, Mapping[str, tuple[Recipe, ...]]]:
    """All recipes with some of their settings changed."""
    return {
        name: {
            network: tuple(replace(r, **changes) for r in of) for network, of in networks.items()
        }
        for name, networks in RECIPES.items()
    }


@contextmanager
def step_by_step() -> Iterator[None]:
    """Run Keras' networks operation by operation: compiling them takes as long as many steps."""
    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Even though the")  # tf.data is compiled anyway
            yield
    finally:
        tf.config.run_functions_eagerly(False)


def made_faces(count: int = 16, split: str = "train") -> Faces:
    """Each expression is a colour: five classes that a network learns at once."""
    colours = np.array([[220, 20, 20], [20, 220, 20], [20, 20, 220], [120] * 3, [220] * 3])
    rng = np.random.default_rng(len(split))
    labels = np.arange(count) % len(EXPRESSIONS)
    images = [
        (colours[label] + rng.integers(-20, 20, (48, 48, 3))).clip(0, 255).astype(np.uint8)
        for label in labels
    ]
    samples = tuple(
        Sample(f"{i}", image, EXPRESSIONS[label], "train")
        for i, (image, label) in enumerate(zip(images, labels, strict=True))
    )
    return faces_of(split, Dataset("made", samples), images, [None] * count, smoothing=0.1)
