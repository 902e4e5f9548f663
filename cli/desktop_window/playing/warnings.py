"""Warnings: what the engine logs meanwhile, such as a camera that is opened again."""

import logging
from collections.abc import Callable

from fer_video.cli.terminal.messages import with_flags


class Warnings(logging.Handler):
    """Hears the engine from whatever thread, until it is closed."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Begin to hear; `tell` is called with each line, in the thread that logs it."""
        super().__init__(logging.WARNING)
        self._tell = tell
        logging.getLogger("fer_video").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a line on."""
        self._tell(with_flags(record.getMessage()))

    def close(self) -> None:
        """Hear no more."""
        logging.getLogger("fer_video").removeHandler(self)
        super().close()
