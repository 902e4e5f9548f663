"""What the doctor finds, and the advice that comes with it."""

from collections.abc import Callable
from types import SimpleNamespace

import av.device
import onnxruntime as ort
import pytest
from typer.testing import CliRunner

from fer_video.cli.main import app
from fer_video.engine import doctor
from fer_video.engine.capture.live import devices as listing
from fer_video.engine.capture.live.devices import Device, devices, modes_in
from fer_video.engine.doctor import findings
from fer_video.engine.errors import ProviderError

Cameras = Callable[..., None]


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> Cameras:
    """Say which devices the system lists."""

    def say(*names: str, system: str = "linux") -> None:
        monkeypatch.setattr(listing.sys, "platform", system)  # type: ignore[attr-defined]
        found = [SimpleNamespace(name=n, description=f"cam {n}", media_types=[]) for n in names]
        monkeypatch.setattr(av.device, "enumerate_input_devices", lambda _format: found)
        monkeypatch.setattr(av, "formats_available", {*av.formats_available, "avfoundation"})
        monkeypatch.setattr(doctor, "_blocked", list)
        monkeypatch.setattr(listing, "_modes", lambda _path: ("MJPG 640x480 1280x720",))

    return say


def test_every_finding_that_is_not_good_has_advice() -> None:
    found = list(findings())
    assert len(found) == 8 + ("CUDAExecutionProvider" in ort.get_available_providers())
    assert all(finding.good != bool(finding.advice) for finding in found)
    assert "CPU" in found[2].said
    assert "H.264" in found[-4].said


def test_a_gpu_that_does_not_start_is_found_with_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise ProviderError("provider cuda: did not start; it needs a driver")

    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(doctor, "Session", refused)
    assert (False, "provider cuda: did not start", "it needs a driver") in list(findings())


def test_cameras_are_named_as_the_source_takes_them(cameras: Cameras) -> None:
    cameras("/dev/video0", "/dev/video9")
    assert [device.source for device in devices()] == ["/dev/video0", "/dev/video9"]
    cameras("FaceTime", system="darwin")
    assert devices() == [Device("0", "cam FaceTime")]


LISTED = [
    "Compressed:       mjpeg :          Motion-JPEG :",
    " 1280x720",
    " 640x480",
    "\n",
    "Raw       :     yuyv422 :           YUYV 4:2:2 :",
    " 640x480",
    "\n",
    "Raw       :     yuv420p :     Planar YUV 4:2:0 :",
    " {32-2592, 2}x{32-1944, 2}",
    "\n",
    "Compressed: Unsupported :      Inverted bitmaps :",
    " 64x64",
    "\n",
]
"""As FFmpeg's v4l2 lists a camera, piece by piece."""


def test_modes_are_named_as_fourcc_takes_them() -> None:
    assert modes_in("".join(LISTED)) == (
        "MJPG 1280x720 640x480",
        "YUYV 640x480",
        "YU12 32..2592 x 32..1944",
    )


def test_file_that_is_no_camera_has_no_modes() -> None:
    assert listing._modes("/dev/null") == ()
    assert listing._modes("/dev/no-such-camera") == ()


def test_camera_that_may_not_be_opened_gets_the_command(
    cameras: Cameras, monkeypatch: pytest.MonkeyPatch
) -> None:
    cameras()
    monkeypatch.setattr(doctor, "_blocked", lambda: ["/dev/video0"])
    camera = list(findings())[-1]
    assert "/dev/video0" in camera.said
    assert "usermod -aG video" in camera.advice


def doctor_says() -> str:
    return CliRunner().invoke(app, ["doctor"]).stdout


def test_missing_display_gets_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert any("no display" in f.said and "`VideoWriter`" in f.advice for f in findings())
    assert "-> write results instead (--output, --json, --csv)" in doctor_says()


def test_two_builds_of_opencv_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_installed", lambda name: name.startswith("opencv"))
    assert any("keep opencv-python alone" in finding.advice for finding in findings())


LINES = "/dev/video0  cam /dev/video0\n    MJPG 640x480 1280x720\n"


def test_the_commands_print_them(cameras: Cameras) -> None:
    cameras("/dev/video0")
    assert "cameras: /dev/video0" in CliRunner().invoke(app, ["doctor"]).stdout
    listed = CliRunner().invoke(app, ["devices"])
    assert (listed.exit_code, listed.stdout) == (0, LINES)
    cameras()
    assert CliRunner().invoke(app, ["devices"]).exit_code == 1
