"""`demo`: a clip of the package, so that there is something to see without a file or a camera.

Its face is drawn after NASA's portrait of the astronaut Eileen Collins, in the public domain, by
`perf/demo/film.py`: she smiles in it, the other expressions are made up. Neither she nor NASA
endorses anything here.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.frames.frame import Frame
from fer_video.engine.options.file import FileOptions

CLIP = Path(__file__).with_name("demo.mp4")
_NAME, _WHOLE = "demo", FileOptions()


class Demo:
    """A face that rests, smiles and is surprised: 1280x720, 30 frames a second, 10 s."""

    def __init__(self, threads: int = 0, options: FileOptions = _WHOLE) -> None:
        """Open the clip.

        Args:
            threads: of its decoder; 0 for as many as help.
            options: which stretch of it is read.
        """
        self._clip = VideoFile(str(CLIP), threads=threads, options=options)
        self.info = replace(self._clip.info, name=_NAME)
        """As the clip declares it."""

    def frames(self) -> Iterator[Frame]:
        """Every frame of the clip."""
        for frame in self._clip.frames():
            yield replace(frame, source=_NAME)

    def stop(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Close the clip."""
        self._clip.close()
