"""A project of somebody else's, checked strictly against the installed package."""

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

PROJECT = """
import asyncio
import copy
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import fer_video
from fer_video.engine import (
    EXPRESSIONS,
    UNCERTAIN,
    Arrays,
    Box,
    Csv,
    Delivery,
    DetectOptions,
    EngineOptions,
    Expression,
    Feed,
    FerError,
    Frame,
    JsonLines,
    Landmarks,
    LiveOptions,
    OutputError,
    Pipeline,
    Reading,
    RecognizedFrame,
    Records,
    SessionOptions,
    SourceInfo,
    VideoWriter,
    open_pipeline,
    open_pipelines,
)

version: str = fer_video.__version__
labels: tuple[str, ...] = (*EXPRESSIONS, UNCERTAIN, Expression.HAPPY)
options = EngineOptions(
    model="cnn",
    detect=DetectOptions(min_face=32),
    session=SessionOptions("cpu"),
    live=LiveOptions(timeout=5),
    draw=True,
    classify="adaptive",
)


def happiest(results: Pipeline) -> Iterator[tuple[float, int | None, float]]:
    for result in results:
        reading: Reading
        for reading in result.readings:
            box: Box = reading.face.box
            points: Landmarks | None = reading.face.landmarks
            if box.area > 100 and points is not None and reading.label == Expression.HAPPY:
                yield result.frame.time, reading.face.id, reading["happy"]


def write(source: str) -> None:
    with open_pipeline(source, options) as pipeline, Records("o.csv", format="jsonl") as records:
        info: SourceInfo = pipeline.info
        with VideoWriter("o.mp4", info) as video, JsonLines("-") as lines, Csv("o.csv") as rows:
            for result in pipeline:
                picture: NDArray[np.uint8] = result.to_bgr()
                video.write(result)
                video.write(result, picture)
                records.write(copy.deepcopy(result))
                lines.write(result)
                rows.write(result)
                frame: Frame = result.frame
                number: int = frame.index + result.dropped_before
                record: dict[str, object] = result.to_dict()
                print(number, record["faces"])


def film(pictures: list[NDArray[np.uint8]]) -> None:
    with VideoWriter("o.mp4", rate=25, colour="RGB") as video:
        for picture in pictures:
            video.write(picture)
            video.write(picture, time=2.5)
    with open_pipelines([Arrays(pictures, frame_rate=25), "demo"]) as pipeline:
        print(list(happiest(pipeline)), pipeline.counters("demo").dropped)


def feed(pictures: list[NDArray[np.uint8]]) -> bool:
    source = Feed(delivery=Delivery.WAIT, capacity=2)
    return all(source.put(picture, timeout=1) for picture in pictures)


async def watch() -> list[RecognizedFrame]:
    async with open_pipeline(0) as pipeline:
        return [result async for result in pipeline]


try:
    asyncio.run(watch())
    write("in.mp4")
except OutputError as error:
    print(error.strerror)
except FerError as error:
    print(error)
"""
WRONG = """
from fer_video.engine import EngineOptions, Reading, VideoWriter


def use(reading: Reading, video: VideoWriter) -> int:
    EngineOptions(classify="sometimes")
    video.write("frame")
    return reading["happy"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "use.py").write_text(PROJECT)
    (tmp_path / "wrong.py").write_text(WRONG)
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    return tmp_path


MYPY = ("mypy", "--strict", "--config-file=", "--no-error-summary")
PYRIGHT = ("basedpyright", "--pythonpath", sys.executable)


def checked(folder: Path, tool: Sequence[str], file: str) -> "subprocess.CompletedProcess[str]":
    """Away from this repository, so that only what is installed is found."""
    if find_spec(tool[0]) is None:
        pytest.skip(f"needs {tool[0]}")
    command = [sys.executable, "-m", *tool, file]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.mark.parametrize("tool", [MYPY, PYRIGHT], ids=["mypy", "pyright"])
def test_a_user_s_project_is_checked_strictly_without_a_complaint(
    project: Path, tool: Sequence[str]
) -> None:
    run = checked(project, tool, "use.py")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("tool", [MYPY, PYRIGHT], ids=["mypy", "pyright"])
def test_its_mistakes_are_found(project: Path, tool: Sequence[str]) -> None:
    """Which they would not be if the package's types were not found."""
    run = checked(project, tool, "wrong.py")
    assert run.returncode == 1, run.stdout + run.stderr
    found = {line for line in (6, 7, 8) if f"wrong.py:{line}:" in run.stdout}
    assert found == {6, 7, 8}, run.stdout
