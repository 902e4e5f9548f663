"""Wanted: what a session opens, and how it begins."""

from dataclasses import dataclass
from pathlib import Path

from fer_video.engine.capture.expand import SourceName
from fer_video.engine.options.engine import EngineOptions


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session opens, and how it begins."""

    sources: tuple[SourceName, ...]
    """As `open_pipelines` takes them."""
    options: EngineOptions
    """Of the engine; without drawing, which the window does itself."""
    start: float = 0.0
    """Seconds of the film at which it begins."""
    back: bool = False
    """Whether it begins with the frame before that."""
    paused: bool = False
    """Whether the first frame stays."""
    record: bool = False
    """Whether it is recorded from the first frame on."""
    names: tuple[str, ...] = ()
    """Of the sources; none where they keep their own."""

    @property
    def has_pipe(self) -> bool:
        """Whether a source is stdin or another pipe, which gives nothing twice."""
        names = [str(source) for source in self.sources]
        return "-" in names or any(Path(name).is_fifo() for name in names)
