"""What the tests of measurements share."""

from pathlib import Path

import pytest

from fer_video.perf.bench import crowd
from fer_video.perf.bench.crowd import film_crowd

FRAMES = 9


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine frames of four faces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crowd, "FRAMES", FRAMES)
        return film_crowd(tmp_path_factory.mktemp("clips") / "four.mp4", 640, 360, 4)
