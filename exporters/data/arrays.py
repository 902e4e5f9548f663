"""Files of arrays (.npz): what is wrong with one is told in one line."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an .npz file by name, in the order in which they were written.

    Raises:
        ValueError: it is missing, damaged, or another kind of file.
    """
    try:
        with np.load(path) as stored:
            return dict(stored)
    except Exception as error:  # NumPy, zipfile and zlib raise all kinds
        raise ValueError(str(error).partition("\n")[0] or type(error).__name__) from error
