"""Times of records are those that a player shows; ffprobe of the system, not PyAV, says which."""

import json
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from fer_video.engine.capture.open import open_source
from tests.capturing import every
from tests.films.restamping import shifted
from tests.media import Encoding, moving, write_video

MS = Fraction(1, 1000)
UNEVEN = [0, 40, 50, 200, 1000, 1010, 1500, 3000, 3040, 3080]
FRAGMENTED = {"movflags": "+frag_keyframe+empty_moov"}
KINDS = {
    "constant": Encoding(),
    "variable": Encoding(times=UNEVEN, time_base=MS),
    "fast": Encoding(time_base=Fraction(1, 240)),
    "a frame a minute": Encoding(times=[60_000 * i for i in range(10)], time_base=MS),
}


def of_a_player(path: Path) -> list[float]:
    command = [
        *("ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json", "-show_entries"),
        *("frame=best_effort_timestamp_time:format=start_time", str(path)),
    ]
    run = subprocess.run(command, capture_output=True, check=True)
    said = json.loads(run.stdout)
    start = float(said["format"].get("start_time", 0))
    return [float(frame["best_effort_timestamp_time"]) - start for frame in said["frames"]]


def agree(path: Path) -> None:
    times = [frame.time for frame in every(open_source(path))]
    assert times == pytest.approx(of_a_player(path), abs=0.0011)


needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")


@needs_ffprobe
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv", "ts", "flv"])
def test_times_of_usual_files(tmp_path: Path, extension: str, kind: str) -> None:
    agree(write_video(tmp_path / f"a.{extension}", moving(64, 48, 10), KINDS[kind]))


def growing(folder: Path) -> Path:
    path = write_video(folder / "growing.ts", moving(64, 48, 60), Encoding(options={"g": "10"}))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 188 * 2 // 3 * 188])
    return path


def fragmented(folder: Path) -> Path:
    how = Encoding(container_options=FRAGMENTED, options={"g": "10"}, sound="aac")
    return write_video(folder / "fragmented.mp4", moving(64, 48, 40), how)


def trimmed(folder: Path) -> Path:
    how = Encoding(sound="aac", options={"bf": "0", "g": "100"})
    return shifted(write_video(folder / "whole.mp4", moving(64, 48, 60), how), folder / "a.mp4", -1)


def late(folder: Path) -> Path:
    how = Encoding(times=[5000 + 40 * i for i in range(10)], time_base=MS)
    return write_video(folder / "late.mkv", moving(64, 48, 10), how)


@needs_ffprobe
@pytest.mark.parametrize("make", [growing, fragmented, trimmed, late])
def test_times_of_files_that_are_cut_or_not_complete(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    agree(make(tmp_path))
