"""A disk that fills up: what was written plays, and ends with a whole line."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.media import (
    Encoding,
    decoded,
    write_video,
)


def hidden(folder: Path) -> list[Path]:
    """Partial files."""
    return sorted(folder.glob(".*"))


_VIDEO = """
import sys
from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output.video import VideoWriter
source = open_source(sys.argv[1])
try:
    writer = VideoWriter(sys.argv[2], source.info, "ultrafast")
    try:
        for frame in source.frames():
            writer.write(RecognizedFrame(frame, ()))
    finally:
        writer.close()
except OutputError as error:
    sys.exit(f"OutputError: {error}")
"""


def _disk_of(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.fixture(scope="module")
def noise_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 1 MB a second, which fills any disk."""
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (120, 160, 3), np.uint8) for _ in range(100)]
    path = tmp_path_factory.mktemp("noise") / "noise.mkv"
    return write_video(path, pictures, Encoding(options={"preset": "ultrafast"}))


@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
def test_full_disk_leaves_a_video_that_plays(
    tmp_path: Path, noise_clip: Path, extension: str
) -> None:
    target = tmp_path / f"out.{extension}"
    run = subprocess.run(
        [sys.executable, "-c", _VIDEO, str(noise_clip), str(target)],
        preexec_fn=_disk_of(900_000),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith(f"OutputError: {target}: cannot be written (File too large)")
    assert len(decoded(target)) > 10
    assert not hidden(tmp_path)


def test_disk_full_from_the_start_leaves_the_old_target(tmp_path: Path, noise_clip: Path) -> None:
    target = tmp_path / "out.mkv"
    target.write_text("old")
    run = subprocess.run(
        [sys.executable, "-c", _VIDEO, str(noise_clip), str(target)],
        preexec_fn=_disk_of(0),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "OutputError" in run.stderr
    assert target.read_text() == "old"
    assert not hidden(tmp_path)


_RECORDS = """
import resource, sys
sys.path.insert(0, sys.argv[3])
from tests.engine.output.test_records import FACE, recognized
from fer_video.engine.output import records as output_records
from fer_video.engine.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
sink = getattr(output_records, sys.argv[2])(sys.argv[1])
try:
    for index in range(100):
        sink.write(recognized(index, FACE))
except OutputError as error:
    sink.close()
    sys.exit(f"OutputError: {error}")
"""


@pytest.mark.parametrize("kind", ["JsonLines", "Csv"])
def test_full_disk_leaves_whole_lines(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "a.txt"
    folder = str(Path(__file__).parents[3])
    run = subprocess.run(
        [sys.executable, "-c", _RECORDS, str(target), kind, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr.startswith(f"OutputError: {target}: cannot be written")
    lines = target.read_text().splitlines()
    assert target.read_text().endswith("\n")
    assert len(lines) > 3
    if kind == "JsonLines":
        assert [json.loads(line)["frame"] for line in lines] == list(range(len(lines)))
    else:
        assert {line.count(",") for line in lines} == {lines[0].count(",")}
