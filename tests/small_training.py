"""What makes a training of a few steps cheap."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf


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
