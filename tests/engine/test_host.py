"""The process that a pipeline runs in is its user's: what belongs to it stays as it was."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import av.logging
import cv2
import pytest

from fer_video.engine.capture.live.devices import devices
from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from fer_video.engine.options.live import LiveOptions
from fer_video.exporters.data.opencv import one_thread
from tests.fakes import FakeCapture

LIMIT = "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"
SCRIPT = """
import gc, locale, logging, os, signal, sys, threading, warnings
import av, av.logging, cv2, matplotlib, numba, numpy, onnxruntime  # what they do is theirs

def state():
    umask = os.umask(0)
    os.umask(umask)
    return {
        "environment": dict(os.environ), "folder": os.getcwd(), "umask": umask,
        "path": list(sys.path), "warnings": list(warnings.filters), "locale": locale.setlocale(0),
        "signals": {n: signal.getsignal(n) for n in signal.valid_signals()},
        "timer": signal.getitimer(signal.ITIMER_REAL), "wakeup": signal.set_wakeup_fd(-1),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook),
        "switching": sys.getswitchinterval(), "recursion": sys.getrecursionlimit(),
        "gc": (gc.isenabled(), gc.get_threshold(), list(gc.callbacks)),
        "logging": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "levels": [logging.getLevelName(n) for n in range(0, 51, 10)],
        "libraries": {n: logging.getLogger(n).level for n in ("libav", "numba", "PIL")},
        "ours": [h for n in sorted(logging.root.manager.loggerDict) if n.startswith("fer_video")
                 for h in logging.getLogger(n).handlers],
        "ffmpeg": (av.logging.get_level(), av.logging.get_skip_repeated()),
        "opencv": (cv2.getNumThreads(), cv2.utils.logging.getLogLevel(), cv2.useOptimized()),
        "numpy": (numpy.geterr(), numpy.get_printoptions(), str(numpy.random.get_state()[1][:9])),
        "numba": numba.get_num_threads(), "matplotlib": dict(matplotlib.rcParams),
    }

before = state()
import fer_video.engine
from fer_video.engine import EngineOptions, VideoWriter, open_pipeline
for when in ("every", "adaptive"):
    options = EngineOptions(max_frames=8, classify=when, draw=True)
    with open_pipeline("demo", options) as pipeline:
        writer = VideoWriter(sys.argv[1], pipeline.info)
        for result in pipeline:
            writer.write(result)
        writer.close()
with open_pipeline(sys.argv[1]) as pipeline:
    assert len(list(pipeline)) == 8
after = state()
changed = [f"{n}: {before[n]} became {after[n]}" for n in before if before[n] != after[n]]
sys.exit("\\n".join(changed) or 0)
"""
VERBOSE = """
import sys, onnxruntime
from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.network.models import MODELS

onnxruntime.set_default_logger_severity(1)
with open_pipeline("demo", EngineOptions(max_frames=1)) as pipeline:
    list(pipeline)
sys.stderr.write("the host's own network:\\n")
onnxruntime.InferenceSession(MODELS["cnn"], providers=["CPUExecutionProvider"])
"""


def test_importing_and_running_the_engine_changes_nothing_of_the_process(tmp_path: Path) -> None:
    run = run_apart(SCRIPT, str(tmp_path / "o.mp4"))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_onnxruntime_still_speaks_to_its_other_users() -> None:
    run = run_apart(VERBOSE)
    assert run.returncode == 0, run.stderr
    of_ours, _, of_others = run.stderr.partition("the host's own network:\n")
    assert "onnxruntime" in of_others
    assert "inference_session" not in of_ours  # of sessions, which have a level each


def run_apart(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("host_s", [None, "7"])
@pytest.mark.parametrize(("count", "there"), [(3, True), (0, True), (0, False)])
def test_camera_is_opened_in_time_and_silently_and_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch, host_s: str | None, count: int, there: bool
) -> None:
    monkeypatch.delenv(LIMIT, raising=False)
    if host_s is not None:
        monkeypatch.setenv(LIMIT, host_s)
    while_opening: list[tuple[str | None, int]] = []

    def opened(_device: int) -> FakeCapture:
        while_opening.append((os.environ.get(LIMIT), cv2.utils.logging.getLogLevel()))
        return FakeCapture(count, opened=there)

    monkeypatch.setattr(cv2, "VideoCapture", opened)
    level, live = cv2.utils.logging.getLogLevel(), LiveOptions(timeout=2.5, reconnect=False)
    assert level != cv2.utils.logging.LOG_LEVEL_SILENT
    with suppress(SourceError):
        open_source("0", live=live).close()
    assert while_opening == [("3", cv2.utils.logging.LOG_LEVEL_SILENT)]
    assert (os.environ.get(LIMIT), cv2.utils.logging.getLogLevel()) == (host_s, level)


def test_listing_cameras_leaves_the_level_of_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if it ends in a way that nobody foresaw."""
    seen: list[int | None] = []

    def refuse(*_arguments: object, **_options: object) -> None:
        seen.append(av.logging.get_level())
        raise RuntimeError("unforeseen")

    device = type("Listed", (), {"name": "/dev/video0", "description": "", "media_types": []})
    monkeypatch.setattr(av.device, "enumerate_input_devices", lambda _grabber: [device])
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(av, "open", refuse)
    before = av.logging.get_level()
    with pytest.raises(RuntimeError, match="unforeseen"):
        devices()
    assert seen == [av.logging.INFO]
    assert av.logging.get_level() == before


def test_opencv_has_its_threads_back_after_training() -> None:
    before = cv2.getNumThreads()

    @one_thread()
    def fail() -> None:
        assert cv2.getNumThreads() == 1
        raise SourceError("interrupted")

    for _ in range(2):
        with pytest.raises(SourceError):
            fail()
        assert cv2.getNumThreads() == before
