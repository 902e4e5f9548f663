"""What makes a training of a few steps cheap."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import tensorflow as tf

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
