"""Shelf: networks that were loaded once stay at hand."""

from threading import Lock

from fer_video.engine.assembly.networks import Networks
from fer_video.engine.options.engine import EngineOptions


class Shelf:
    """Networks that were loaded: what was chosen once is there at once the next time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._loaded: dict[tuple[str, str], Networks] = {}
        self._lock = Lock()

    def __call__(self, options: EngineOptions) -> Networks:
        """The networks of these options.

        Raises:
            FerError: one cannot be loaded.
        """
        key = str(options.model), options.precision
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = Networks.load(options)
            return self._loaded[key].under(options)
