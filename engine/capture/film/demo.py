"""`demo`: a clip of the package, so that there is something to see without a file or a camera.

Its face is drawn after NASA's portrait of the astronaut Eileen Collins, in the public domain, by
`perf/demo/film.py`: she smiles in it, the other expressions are made up. Neither she nor NASA
endorses anything here.
"""

from pathlib import Path

from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.options.file import FileOptions

CLIP = Path(__file__).with_name("demo.mp4")
_WHOLE = FileOptions()


def open_demo(threads: int = 0, options: FileOptions = _WHOLE) -> VideoFile:
    """A face that rests, smiles and is surprised: 1280x720, 30 frames a second, 10 s.

    Args:
        threads: of its decoder; 0 for as many as help.
        options: which stretch of it is read.
    """
    return VideoFile(str(CLIP), threads=threads, options=options, called="demo")
