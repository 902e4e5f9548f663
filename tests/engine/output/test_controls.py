"""Controls: pausing, recordings and pictures, and what is told of them."""

import json
import resource
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import cycle
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from PIL import Image

from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.output.controls import Controls
from fer_video.engine.smooth.baseline import NeutralBaseline
from tests.fakes import wait, wait_until
from tests.media import Pixels, decoded, moving, patches, to_picture

RATE = Fraction(25)
NAMES = ("left", "right")


def infos(names: Sequence[str] = NAMES) -> list[SourceInfo]:
    return [SourceInfo(name, 64, 48, RATE, 1 / RATE) for name in names]


def controls_of(folder: Path, names: Sequence[str] = NAMES) -> Controls:
    return Controls(infos(names), lambda _seconds: None, folder)


def frames_of(pictures: Iterable[Pixels], source: str) -> Iterator[RecognizedFrame]:
    for i, picture in enumerate(pictures):
        frame = to_frame(to_picture(picture), index=i, pts=i, time_base=1 / RATE, source=source)
        yield RecognizedFrame(frame, ())


def results(count: int, source: str = "left") -> list[RecognizedFrame]:
    return list(frames_of(moving(64, 48, count), source))


@pytest.fixture
def small_files() -> Iterator[None]:
    """A disk on which no file grows beyond 200 kB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names_of(folder: Path, suffix: str) -> list[str]:
    """Last words of the files' names: the sources."""
    return sorted(path.stem.split()[-1] for path in folder.glob(f"*{suffix}"))


# recording


def test_every_source_is_recorded_from_one_key_to_the_next(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    pairs = list(zip(results(6, "left"), results(6, "right"), strict=True))
    for index, (left, right) in enumerate(pairs):
        if index in (2, 5):
            controls.record()
        controls.write(left)
        controls.write(right)
    assert names_of(tmp_path, ".mp4") == names_of(tmp_path, ".jsonl") == ["left", "right"]
    for video in tmp_path.glob("*.mp4"):
        assert len(decoded(video)) == 3
        records = video.with_suffix(".jsonl").read_text().splitlines()
        assert [json.loads(line)["frame"] for line in records] == [0, 1, 2]
        assert video.name in controls.notice
    assert controls.notice.startswith("saved ")


def test_names_of_recordings_are_told_while_they_run(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    before = controls.recorded
    controls.record()
    during = controls.recorded
    controls.record()
    assert (before, controls.recorded) == ((), ())
    assert [Path(name).stem.split()[-1] for name in during] == ["left", "right"]


def test_recording_without_a_frame_is_not_called_saved(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    controls.record()
    controls.record()
    assert not list(tmp_path.iterdir())
    assert controls.notice == "nothing recorded: no frame came"


@pytest.mark.usefixtures("small_files")
def test_recording_that_fails_is_told_and_ends_no_other(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    controls.record()
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (120, 160, 3), np.uint8) for _ in range(100)]
    for left, right in zip(frames_of(noise, "left"), results(100, "right"), strict=True):
        controls.write(left)
        controls.write(right)
    assert "left.mp4: cannot be written (File too large)" in controls.notice
    assert [Path(name).stem.split()[-1] for name in controls.recorded] == ["right"]
    controls.record()
    (video,) = tmp_path.glob("*right.mp4")
    assert len(decoded(video)) == 100
    assert controls.notice == f"saved {video.name}"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("act", ["record", "save"])
def test_missing_folder_is_told(tmp_path: Path, act: str) -> None:
    controls = controls_of(tmp_path / "none")
    if act == "record":
        controls.record()
    else:
        controls.save(patches(16, 12))
    assert str(tmp_path / "none") in controls.notice
    assert controls.recorded == ()
    controls.write(results(1)[0])
    controls.close()


def test_picture_that_fails_ends_no_recording(tmp_path: Path) -> None:
    folder, away = tmp_path / "here", tmp_path / "away"
    folder.mkdir()
    controls = controls_of(folder)
    controls.record()
    first, second = results(2)
    controls.write(first)
    folder.rename(away)
    controls.save(patches(16, 12))
    assert "cannot be made (No such file or directory)" in controls.notice
    away.rename(folder)
    controls.write(second)
    controls.close()
    (video,) = folder.glob("*.mp4")
    assert len(decoded(video)) == 2


def test_closing_finishes_recordings_and_may_be_repeated(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    controls.record()
    controls.write(results(1)[0])
    controls.close()
    controls.close()
    assert names_of(tmp_path, ".mp4") == ["left"]
    assert not list(tmp_path.glob(".*"))


def test_end_that_cannot_be_written_is_raised_after_the_others_are_finished(
    tmp_path: Path,
) -> None:
    controls = controls_of(tmp_path)
    controls.record()
    controls.write(results(1, "left")[0])
    controls.write(results(1, "right")[0])
    for unfinished in tmp_path.glob(".*left*.mp4"):
        unfinished.unlink()
    with pytest.raises(OutputError, match=r"left\.mp4"):
        controls.close()
    assert names_of(tmp_path, ".mp4") == ["right"]


def test_recordings_stay_whole_while_another_thread_writes(tmp_path: Path) -> None:
    controls, stop, written, told = controls_of(tmp_path, ["left"]), Event(), [0], []

    def write() -> None:
        for recognized in frames_of(cycle(moving(64, 48, 40)), "left"):
            controls.write(recognized)
            written[0] += 1
            if stop.is_set():
                return

    def reached(count: int) -> bool:
        return written[0] >= count

    writer = Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            controls.record()
            told.append(controls.notice)
            wait_until(partial(reached, written[0] + 5))
    finally:
        stop.set()
        writer.join()
    assert [notice.partition(" ")[0] for notice in told] == ["", "saved"] * 10
    for video in tmp_path.glob("*.mp4"):
        assert len(decoded(video)) == len(video.with_suffix(".jsonl").read_text().splitlines())


# pictures


def test_picture_is_saved_with_its_colours(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    controls.save(np.ascontiguousarray(patches()[..., ::-1]))
    (path,) = tmp_path.iterdir()
    assert np.array_equal(np.asarray(Image.open(path)), patches())
    assert controls.notice == f"saved {path.name}"


@pytest.mark.usefixtures("small_files")
def test_full_disk_is_told_and_leaves_no_half_picture(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    controls.save(np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8))
    assert "png: cannot be written (File too large)" in controls.notice
    assert not list(tmp_path.iterdir())


# pausing and calibrating


def test_thread_that_brings_results_can_wait_for_the_end_of_a_pause(tmp_path: Path) -> None:
    controls, came = controls_of(tmp_path), Event()
    controls.pause()

    def bring() -> None:
        controls.going.wait()
        came.set()

    thread = Thread(target=bring)
    thread.start()
    assert not came.wait(0.05)
    controls.pause()
    wait(came)
    thread.join()


def test_closing_ends_a_pause(tmp_path: Path) -> None:
    controls = controls_of(tmp_path)
    controls.pause()
    controls.close()
    assert controls.going.is_set()


def test_calibration_is_asked_for_and_told(tmp_path: Path) -> None:
    asked = list[float]()
    controls = Controls(infos(), asked.append, tmp_path)
    controls.calibrate()
    assert asked == [2.0]
    assert controls.notice == "relax your face for 2 seconds"


def test_calibration_that_the_network_cannot_have_is_told_and_ends_nothing(tmp_path: Path) -> None:
    baseline = NeutralBaseline()
    baseline.fit(("cross", "glad"), "neutral")
    controls = Controls(infos(), baseline.calibrate, tmp_path)
    controls.calibrate()
    assert "none of the network's labels is neutral (cross, glad)" in controls.notice
