"""Faults, injected behind the engine's own interfaces: sources, stages and a camera driver."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.contracts.source import Source
from fer_video.engine.contracts.stage import Chain, Stage
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import (
    DetectedFrame,
    PreparedFrame,
    RecognizedFrame,
    ScoredFrame,
)
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.run.lane import Lane
from tests.media import Pixels, moving, to_picture

RATE = Fraction(25)
_PATIENCE = 20.0
"""Seconds after which a gate gives up, so that a hang is a failure."""
_NO_CROPS, _NO_SCORES = np.empty((0, 3, 8, 8), np.float32), np.empty((0, 5), np.float32)


class GeneratedSource:
    """Frames from memory; it fails, waits or calls back where it is told to."""

    def __init__(
        self,
        count: int,
        *,
        live: bool = False,
        files: tuple[Path, ...] = (),
        error: BaseException | None = None,
        before: Callable[[int], None] = lambda _index: None,
    ) -> None:
        """Make a source of `count` frames; `error` comes after them, `before` ahead of each.

        With `files` that are there, it is one that keeps nobody waiting.
        """
        self._count = count
        self._error = error
        self._before = before
        self._picture = to_picture(moving(32, 24, 1)[0])
        self.info = SourceInfo("generated", 32, 24, RATE, 1 / RATE, count, live, files=files)
        self.closed = 0

    def frames(self) -> Iterator[Frame]:
        """The frames, then the error."""
        for index in range(self._count):
            self._before(index)
            yield to_frame(
                self._picture, index=index, pts=index, time_base=1 / RATE, source="generated"
            )
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        pass

    def close(self) -> None:
        """Count it."""
        self.closed += 1


class Gate:
    """Stops a thread at one frame until the test opens it."""

    def __init__(self, index: int) -> None:
        """Stop at frame `index`."""
        self._index = index
        self._open = Event()
        self.reached = Event()

    def __call__(self, index: int) -> None:
        """Pass, or wait."""
        if index == self._index:
            self.reached.set()
            assert self._open.wait(_PATIENCE)

    def open(self) -> None:
        """Let the thread go on."""
        self._open.set()


def wait(event: Event) -> None:
    """Fail rather than hang."""
    assert event.wait(_PATIENCE)


def wait_until(condition: Callable[[], bool]) -> None:
    """Fail rather than hang, where nothing tells when a state is reached."""
    end = monotonic() + _PATIENCE
    while not condition():
        assert monotonic() < end
        Event().wait(0.001)


class FakeStages:
    """The stages' hand-overs without networks; a hook sees every frame index of every step."""

    STEPS = ("detect", "preprocess", "infer", "smooth", "render")
    PARALLEL = ("preprocess", "infer", "render")

    def __init__(self, hook: Callable[[str, int], None] = lambda _stage, _index: None) -> None:
        """Call `hook` before each run of each step."""
        self._hook = hook

    def chain(self) -> Chain[Frame, RecognizedFrame]:
        """As `build_chain` gives it."""
        return (
            Chain(self._stage("detect", lambda frame: DetectedFrame(frame, ())))
            .then(self._stage("preprocess", lambda found: PreparedFrame(found, _NO_CROPS)))
            .then(self._stage("infer", lambda ready: ScoredFrame(ready, _NO_SCORES)))
            .then(self._stage("smooth", lambda scored: RecognizedFrame(scored.frame, ())))
            .then(self._stage("render", lambda read: read))
        )

    def _stage(self, name: str, run: Callable[[Any], Any]) -> Stage[Any, Any]:
        return Stage(name, self._hooked(name, run), name in self.PARALLEL)

    def _hooked(self, step: str, run: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def hooked(item: Any) -> Any:
            self._hook(step, item.index if isinstance(item, Frame) else item.frame.index)
            return run(item)

        return hooked


def lane_of(source: Source, chain: Chain[Frame, RecognizedFrame], **settings: Any) -> Lane:
    """A lane with the usual delivery for its source."""
    return Lane(source, chain, **{"delivery": Delivery.of(source.info)} | settings)


def fail_in(stage: str, index: int, error: BaseException) -> Callable[[str, int], None]:
    """A hook for `FakeStages` that raises in one stage at one frame."""

    def hook(name: str, at: int) -> None:
        if (name, at) == (stage, index):
            raise error

    return hook


class FakeCapture:
    """Stands for `cv2.VideoCapture`: some pictures, then the plug is pulled."""

    def __init__(
        self, count: int = 5, *, opened: bool = True, pictures: Iterable[Pixels] | None = None
    ) -> None:
        """Give `count` pictures of 46 x 34, or those given, RGB."""
        self._pictures = iter(moving(46, 34, count) if pictures is None else pictures)
        self._opened = opened
        self.released = self.let_go = 0
        self.asked: dict[int, float] = {}

    def set(self, name: int, value: float) -> bool:
        """Remember what was asked for."""
        self.asked[name] = value
        return True

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether there is such a camera."""
        return self._opened

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        """The next picture, BGR."""
        picture = next(self._pictures, None)
        return picture is not None, None if picture is None else picture[..., ::-1].copy()

    def grab(self) -> bool:
        """Let the next picture go by."""
        self.let_go += 1
        return self.read()[0]

    def get(self, _property: int) -> float:
        """The frame rate that drivers often give: none."""
        return 0.0

    def release(self) -> None:
        """Count it."""
        self.released += 1


class FakeScreen:
    """Stands for OpenCV's windows, in Qt's manner: a person presses keys or closes the window."""

    def __init__(self) -> None:
        """No window, no key."""
        self.shown: list[NDArray[np.uint8]] = []
        self.size = (0, 0)
        self.keys: list[int] = []
        self.open = False

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of OpenCV's windows."""
        opening = "fer_video.engine.output.window.opening"
        monkeypatch.setattr(f"{opening}.missing_display", str)
        monkeypatch.setattr(f"{opening}._opencv_came_first", lambda: True)
        for name in ("namedWindow", "resizeWindow", "imshow", "waitKey", "getWindowProperty"):
            monkeypatch.setattr(cv2, name, getattr(self, name))
        monkeypatch.setattr(cv2, "destroyWindow", self.destroyWindow)

    def namedWindow(self, _title: str, _flags: int) -> None:  # noqa: N802 - OpenCV's name
        """Open it."""
        self.open = True

    def resizeWindow(self, _title: str, width: int, height: int) -> None:  # noqa: N802
        """Remember the size."""
        self.size = (width, height)

    def imshow(self, _title: str, picture: NDArray[np.uint8]) -> None:
        """Remember the picture; a window that was closed comes up again."""
        self.open = True
        self.shown.append(picture)

    def waitKey(self, _milliseconds: int) -> int:  # noqa: N802
        """The next key pressed; none most of the time."""
        return self.keys.pop(0) if self.keys else -1

    def getWindowProperty(self, _title: str, _number: int) -> float:  # noqa: N802
        """Whether it is visible."""
        if not self.open:
            self.fail()
        return 1.0

    def destroyWindow(self, _title: str) -> None:  # noqa: N802
        """Close it."""
        if not self.open:
            self.fail()
        self.open = False

    def fail(self, *_arguments: object) -> None:
        """As an OpenCV does that has no windows, or has none any more."""
        raise cv2.error("NULL guiReceiver (please create a window)")
