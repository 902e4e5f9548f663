"""Flags: each that a command has reaches the engine as the setting of its name."""

import operator
from typing import Any

import pytest
import typer

from fer_video.cli.main import app
from fer_video.engine import EngineOptions

PROGRAM = typer.main.get_command(app)
STARTS = {"": "--source demo --json -", "profile": "profile -s demo", "predict": "predict a.png"}
"""What each command that runs the engine cannot do without."""
FLAGS: dict[str, tuple[str, Any]] = {
    "--model my.onnx": ("model", "my.onnx"),
    "--precision fp32": ("precision", "fp32"),
    "--classify adaptive": ("classify", "adaptive"),
    "--threads 3": ("session.threads", 3),
    "--detector my.onnx": ("detect.model", "my.onnx"),
    "--min-face 33": ("detect.min_face", 33),
    "--min-score 0.9": ("detect.threshold", 0.9),
    "--start 1:02.5": ("file.start", 62.5),
    "--end 1:00:00": ("file.end", 3600),
    "--every 2": ("file.every", 2),
    "--provider cpu": ("session.provider", "cpu"),
    "--device 2": ("session.device", 2),
    "--min-confidence 0.5": ("min_confidence", 0.5),
    "--reject small,dark": ("reject", ("small", "dark")),
    "--smoothing 0.7": ("smoothing", 0.7),
    "--calibrate 2": ("calibrate", 2),
    "--parts 7": ("parts", 7),
    "--max-frames 5": ("max_frames", 5),
    "--realtime": ("realtime", True),
    "--jitter 0.3 --realtime": ("live.jitter", 0.3),
    "--stall 3 --realtime": ("live.stall", 3),
    "--seed 9 --jitter 1 --realtime": ("live.seed", 9),
    "--timeout 7": ("live.timeout", 7),
    "--no-reconnect": ("live.reconnect", False),
    "--width 320": ("live.width", 320),
    "--height 240": ("live.height", 240),
    "--fps 15": ("live.fps", 15),
    "--fourcc YUYV": ("live.fourcc", "YUYV"),
}
"""A value that nobody gets unasked, and the setting that it becomes."""
OF_PHOTOGRAPHS = {"--parts 7": ("--parts", ("parts", 1))}
"""Flags of `predict` that are given, and what they become, otherwise than above."""
RESULTS = {
    "csv_excel",
    "no_about",
    "report",
    "version",
    "source",
    "name",
    "images",
    "output",
    "json",
    "csv",
    "trace",
    "display",
    "profile",
    "preset",
    "copy_sound",
    "clock",
    "crf",
    "bitrate",
}
"""What is no setting of the engine: what goes in, and where results go."""


class AskedError(Exception):
    """Ends a command in place of its work, and carries what the engine was asked for."""


@pytest.fixture(autouse=True)
def _no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_source: object, options: EngineOptions, **_: object) -> None:
        raise AskedError(options)

    monkeypatch.setattr("fer_video.engine.assembly.networks.Networks.load", lambda _options: None)
    monkeypatch.setattr("fer_video.engine.assembly.pipelines.open_pipelines", stop)
    monkeypatch.setattr("fer_video.engine.open_pipeline", stop)


def parameters(command: str) -> set[str]:
    """Names of what a command takes."""
    found = getattr(PROGRAM, "commands", {}).get(command, PROGRAM)
    return {parameter.name for parameter in found.params}


def asked(words: str) -> EngineOptions:
    """What the engine is asked for by a command line."""
    with pytest.raises(AskedError) as caught:
        PROGRAM(words.split(), standalone_mode=False)
    options = caught.value.args[0]
    assert isinstance(options, EngineOptions)
    return options


def name_of(flag: str) -> str:
    return flag.split(maxsplit=1)[0].removeprefix("--").removeprefix("no-").replace("-", "_")


@pytest.mark.parametrize("command", STARTS)
def test_every_flag_reaches_the_engine(command: str) -> None:
    known = parameters(command)
    assert known - RESULTS - {"settings"} <= {name_of(flag) for flag in FLAGS}
    for each, meant in FLAGS.items():
        own = OF_PHOTOGRAPHS.get(each) if command == "predict" else None
        flag, (setting, value) = own or (each, meant)
        if name_of(flag) in known:
            get = operator.attrgetter(setting)
            assert get(asked(f"{STARTS[command]} {flag}")) == value, flag
            assert get(asked(STARTS[command])) != value, flag


@pytest.mark.parametrize(
    ("words", "draws", "keeps_sound"),
    [
        ("--json -", False, False),
        ("--output o.mp4", True, True),
        ("--json - --display", True, False),
        ("", True, False),
        ("--json - --no-display", False, False),
    ],
)
def test_only_what_somebody_sees_is_drawn(words: str, draws: bool, keeps_sound: bool) -> None:
    options = asked(f"--source demo {words}")
    assert (options.draw, options.keep_audio) == (draws, keeps_sound)
