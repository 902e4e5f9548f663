"""Options that belong together, as one value of a command."""

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from fer_video.cli.options.arguments import (
    Calibrate,
    ClassifyWhen,
    Detector,
    Device,
    MinConfidence,
    MinFace,
    MinScore,
    Model,
    Parts,
    Precision,
    Provider,
    Reject,
    Smoothing,
    Threads,
)
from fer_video.cli.options.reading import (
    End,
    Every,
    Fourcc,
    Fps,
    Height,
    Jitter,
    MaxFrames,
    Realtime,
    Reconnect,
    Seed,
    Stall,
    Start,
    Timeout,
    Width,
)
from fer_video.cli.options.settings import engine_options

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions


@dataclass(frozen=True)
class LiveFlags:
    """How cameras and streams are read, or a file as if it were one."""

    timeout: Timeout = 2.0
    reconnect: Reconnect = True
    width: Width = None
    height: Height = None
    fps: Fps = None
    fourcc: Fourcc = None
    jitter: Jitter = 0.0
    stall: Stall = 0.0
    seed: Seed = 1


@dataclass(frozen=True)
class FileFlags:
    """Which stretch of a video file is read."""

    start: Start = 0.0
    end: End = None
    every: Every = None


@dataclass(frozen=True)
class NetworkFlags:
    """Which networks, what the detector looks for, and where they run."""

    model: Model = "cnn"
    precision: Precision = "auto"
    detector: Detector = "detector"
    min_face: MinFace = None
    min_score: MinScore = None
    provider: Provider = "auto"
    device: Device = 0


@dataclass(frozen=True)
class EngineFlags(NetworkFlags):
    """Those of the networks, and what is made of what they say."""

    classify: ClassifyWhen = "every"
    threads: Threads = 1
    min_confidence: MinConfidence = None
    reject: Reject = None
    smoothing: Smoothing = 0.1
    calibrate: Calibrate = 0.0
    parts: Parts = 0.0
    max_frames: MaxFrames = None
    realtime: Realtime = False

    def options(self, live: LiveFlags, file: FileFlags, **kept: Any) -> "EngineOptions":
        """All of them as the engine's settings, with what is drawn and `kept`, by those names."""
        from fer_video.engine import FileOptions, LiveOptions  # noqa: PLC0415

        return engine_options(
            **asdict(self),
            **kept,
            live=LiveOptions(**asdict(live)),
            file=FileOptions(**asdict(file)),
        )


def flattened(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer knows commands: a dataclass among its parameters is the options of it.

    Args:
        command: its parameters are typer's, or dataclasses whose fields are.
    """
    parameters = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, Any] = {
        name: parameter.annotation
        for name, parameter in parameters.items()
        if is_dataclass(parameter.annotation)
    }
    flat: list[Parameter] = []
    for name, parameter in parameters.items():
        flat += _options(groups[name]) if name in groups else [parameter]

    @wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    named = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in flat]
    run.__signature__ = Signature(named)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    return run


def _options(group: Any) -> list[Parameter]:
    kind = Parameter.KEYWORD_ONLY
    return [
        Parameter(field.name, kind, default=field.default, annotation=field.type)
        for field in fields(group)
    ]
