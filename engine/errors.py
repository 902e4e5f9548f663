"""What can go wrong, one class a cause; each is also the builtin that a caller would expect.

Every message names the file, camera or model, what was found, what was expected, and what to do.
"""


class FerError(Exception):
    """Base of every error that this package raises on purpose."""


class SourceError(FerError, OSError):
    """A video, image, camera or stream cannot be opened or read (to its end)."""


class OutputError(FerError, OSError):
    """A result cannot be written where it was asked for."""


class ModelError(FerError, ValueError):
    """A file is not the ONNX model that its use needs."""


class DataError(FerError, ValueError):
    """A data set is not laid out as its name says."""


class ProviderError(FerError, RuntimeError):
    """An execution provider was asked for by name and is not there."""


class OptionsError(FerError, ValueError):
    """Settings that contradict each other or lie outside their range."""
