"""Facial expressions on every face of a video: `fer_video.engine` is the library.

from fer_video.engine import open_pipeline

with open_pipeline("in.mp4") as pipeline:
    for result in pipeline:
        print(result.to_dict())
"""

__version__ = "0.1.0"
"""Version of this package; pyproject.toml has the same."""
