"""Settings check themselves: what lies outside its range is named, with the range."""

from typing import Any

import numpy as np
import pytest

from fer_video.engine import (
    DetectOptions,
    EngineOptions,
    LiveOptions,
    OptionsError,
    SessionOptions,
)

NAN = float("nan")
WRONG: list[tuple[type, dict[str, Any], str]] = [
    (SessionOptions, {"threads": 0}, "threads 0: give 1 to 1024"),
    (SessionOptions, {"threads": 10**6}, "threads 1000000: give 1 to 1024"),
    (SessionOptions, {"device": -1}, "device -1: give the number of a GPU"),
    (DetectOptions, {"overlap": 1.1}, r"overlap 1\.1: give 0 to 1"),
    (DetectOptions, {"threshold": NAN}, "threshold nan: give 0 to 1"),
    (DetectOptions, {"min_face": NAN}, "min face nan: give 4 to 4096"),
    (LiveOptions, {"seed": -1}, "seed -1: give 0 or more"),
    (LiveOptions, {"timeout": 0}, r"timeout 0: give 0\.1 to 3600"),
    (LiveOptions, {"jitter": 61}, r"jitter 61: give 0 \(off\) to 60"),
    (LiveOptions, {"stall": NAN}, r"stall nan: give 0 \(off\) to 60"),
    (LiveOptions, {"fps": 0}, "fps 0: give a number above 0"),
    (LiveOptions, {"fourcc": "MJP"}, "fourcc MJP: give four letters"),
    (LiveOptions, {"fourcc": "MJPÜ"}, "fourcc MJPÜ: give four letters"),
    (EngineOptions, {"smoothing": NAN}, r"smoothing nan: give 0 \(off\) to 60"),
    (EngineOptions, {"calibrate": -1}, r"calibrate -1: give 0 \(off\) to 60"),
    (EngineOptions, {"parts": -1}, r"parts -1: give 0 \(off\) to 60"),
    (EngineOptions, {"in_flight": 0}, "in flight 0: give at least 1"),
    (EngineOptions, {"max_frames": 0}, "max frames 0: give at least 1"),
    (EngineOptions, {"smoothing": "0.1"}, r"smoothing '0\.1': give a number"),
    (EngineOptions, {"max_frames": 2.5}, r"max frames 2\.5: give a whole number"),
    (EngineOptions, {"in_flight": NAN}, "in flight nan: give a whole number"),
    (EngineOptions, {"draw": "no"}, "draw 'no': give True or False"),
    (EngineOptions, {"detect": {"size": 320}}, "detect {'size': 320}: give DetectOptions"),
    (EngineOptions, {"model": None}, "model None: give text"),
    (DetectOptions, {"size": 64.5}, r"size 64\.5: give a whole number"),
    (SessionOptions, {"threads": "2"}, "threads '2': give a whole number"),
    (LiveOptions, {"fourcc": 4}, "fourcc 4: give text"),
    (EngineOptions, {"precision": "int4"}, "precision int4: give one of auto, fp32"),
]


@pytest.mark.parametrize(("options", "settings", "said"), WRONG)
def test_setting_out_of_its_range_is_named(
    options: type, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionsError, match=said):
        options(**settings)


def test_numbers_of_numpy_are_numbers() -> None:
    number: Any = np.int64(3)
    assert EngineOptions(smoothing=number / 30, max_frames=number).max_frames == 3
