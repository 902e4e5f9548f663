"""Records as the contract has them, JSON Lines and CSV alike."""

import csv
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.engine.errors import OptionsError, OutputError
from fer_video.engine.faces.evidence import PARTS, Parts
from fer_video.engine.faces.expressions import EXPRESSIONS, Expression, Reading
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.output.records import Format, JsonLines, Records
from fer_video.engine.output.table import Csv
from tests.media import patches, to_picture

POINTS = np.array([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10.126]], np.float32)
SCORES = np.array([0.01, 0.0, 0.93, 0.05, 0.01], np.float32)
RAW = np.array([0.0, 0.0, 0.9, 0.1, 0.0], np.float32)
FACE = Face(Box(412.0, 96.5, 180.2, 221.004), 0.97, POINTS, id=1)
BARE = Face(Box(-3.25, 0, 10, 10), 0.5, None, id=2)
Sink = JsonLines | Csv | Records


def recognized(
    index: int,
    *faces: Face,
    file: str | None = None,
    sure: bool = True,
    dropped_before: int = 0,
) -> RecognizedFrame:
    frame = to_frame(
        to_picture(patches(16, 12)),
        index=index,
        pts=index,
        time_base=Fraction(1, 30),
        source="test",
        file=file,
    )
    readings = (Reading(face, SCORES, Expression.HAPPY, RAW, sure) for face in faces)
    return RecognizedFrame(frame, tuple(readings), dropped_before=dropped_before)


def write(sink: Sink, *frames: RecognizedFrame) -> None:
    for frame in frames:
        sink.write(frame)
    sink.close()


def test_json_line_is_the_contracts(tmp_path: Path) -> None:
    write(JsonLines(tmp_path / "a.jsonl"), recognized(41, FACE, dropped_before=3))
    (line,) = (tmp_path / "a.jsonl").read_text().splitlines()
    record = json.loads(line)
    scores, raw = (record["faces"][0].pop(name) for name in ("scores", "raw_scores"))
    assert record == {
        "source": "test",
        "frame": 41,
        "time": pytest.approx(1.366667, abs=1e-6),
        "size": [16, 12],
        "faces": [
            {
                "id": 1,
                "box": pytest.approx([412.0, 96.5, 180.2, 221.0], abs=0.01),
                "score": 0.97,
                "landmarks": [[1, 2], [3, 4], [5, 6], [7, 8], [9, pytest.approx(10.13)]],
                "expression": "happy",
                "confidence": pytest.approx(0.93),
                "status": "ok",
                "clipped": {
                    "box": [16, 12, 0, 0],
                    "landmarks": [[1, 2], [3, 4], [5, 6], [7, 8], [9, pytest.approx(10.13)]],
                },
            }
        ],
        "dropped_before": 3,
    }
    assert list(scores) == list(EXPRESSIONS)
    assert list(scores.values()) == pytest.approx(SCORES.tolist(), abs=1e-4)
    assert list(raw.values()) == pytest.approx(RAW.tolist(), abs=1e-4)


def test_every_frame_has_a_line_faces_or_none(tmp_path: Path) -> None:
    write(
        JsonLines(tmp_path / "a.jsonl"),
        recognized(0), recognized(1, FACE, BARE), recognized(2),
    )  # fmt: skip
    records = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [record["frame"] for record in records] == [0, 1, 2]
    assert [len(record["faces"]) for record in records] == [0, 2, 0]
    assert records[1]["faces"][1]["landmarks"] is None
    assert "file" not in records[0]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_what_holds_for_a_frame_stands_in_each_of_its_rows(tmp_path: Path) -> None:
    several = recognized(2, FACE, BARE, dropped_before=2)
    write(Csv(tmp_path / "a.csv"), several, recognized(3), recognized(7, dropped_before=3))
    rows = rows_of(tmp_path / "a.csv")
    assert [row["dropped_before"] for row in rows] == ["2", "2", "", "3"]
    assert [row["status"] for row in rows] == ["ok", "ok", "no face", "no face"]


def test_columns_are_the_same_whatever_was_read(tmp_path: Path) -> None:
    at = datetime.now().astimezone()
    live = recognized(0, FACE)
    live = replace(live, frame=replace(live.frame, at=at))
    (reading,) = live.readings
    rested = replace(live, readings=(replace(reading, calibrated=True),))
    heads: set[str] = set()
    for frame in (recognized(0), recognized(0, FACE), recognized(0, file="a.png"), live, rested):
        write(Csv(tmp_path / "a.csv"), frame)
        (row,) = rows_of(tmp_path / "a.csv")
        assert row["source"] == "test"
        heads.add((tmp_path / "a.csv").read_text().splitlines()[0])
    (head,) = heads
    assert head.startswith("source,file,frame,time,id,left,top,width,height,score,right_eye_x,")
    told = ",raw_surprise,reused,dropped_before,status,calibrated,at"
    shown = ",frame_width,frame_height,pixel_aspect"
    clipped = ",clipped_left,clipped_top,clipped_width,clipped_height"
    quality = ",eye_distance,yaw,sharpness,exposure,dynamic_range,evenness,quality_reasons"
    parts = "".join(f",{part}_expression,{part}_evidence" for part in PARTS)
    assert head.endswith(f"{told}{shown}{clipped}{quality}{parts},damaged")
    assert (row["calibrated"], datetime.fromisoformat(row["at"]).tzinfo is None) == ("true", False)
    assert abs(datetime.fromisoformat(row["at"]) - at) < timedelta(milliseconds=1)


def test_what_parts_say_is_told_with_their_evidence_for_the_label_that_is_shown(
    tmp_path: Path,
) -> None:
    rows = np.zeros((14, 5), np.float32)
    rows[0::3, 1] = 1.0  # alone, each part says disgust, and the mouth surprise
    rows[9] = [0, 0, 0, 0, 1]
    rows[11, 2] = 0.123456  # evidence of the mouth for happy
    frame = recognized(0, FACE)
    said = replace(frame.readings[0], parts=Parts.from_rows(rows[:14], EXPRESSIONS))
    write(Csv(tmp_path / "a.csv"), replace(frame, readings=(said,)))
    (row,) = rows_of(tmp_path / "a.csv")
    assert (row["mouth_expression"], row["mouth_evidence"]) == ("surprise", "0.123456")
    assert (row["nose_expression"], row["nose_evidence"]) == ("disgust", "0.0")
    doubtful = replace(said, sure=False)
    write(Csv(tmp_path / "b.csv"), replace(frame, readings=(doubtful,)))
    (row,) = rows_of(tmp_path / "b.csv")
    assert (row["expression"], row["mouth_evidence"]) == ("uncertain", "")


def test_what_lies_beyond_the_picture_is_told_beside_what_lies_in_it(tmp_path: Path) -> None:
    points = np.array([[-2, 5], [4, 5], [2, 8], [1, 11], [4, 14]], np.float32)
    outside = Face(Box(-5, 2, 14, 20), 0.9, points, 1)
    inside = Face(Box(5, 6, 4, 5), 0.8, None, 2)
    write(JsonLines(tmp_path / "a.jsonl"), recognized(0, outside, inside))
    write(Csv(tmp_path / "a.csv"), recognized(0, outside, inside))
    record = json.loads((tmp_path / "a.jsonl").read_text())
    assert record["size"] == [16, 12]
    first, second = record["faces"]
    assert first["box"] == [-5, 2, 14, 20]
    assert first["clipped"]["box"] == [0, 2, 9, 10]
    assert first["clipped"]["landmarks"] == [[0, 5], [4, 5], [2, 8], [1, 11], [4, 12]]
    assert "clipped" not in second
    rows = rows_of(tmp_path / "a.csv")
    assert [row["left"] for row in rows] == ["-5.0", "5.0"]
    assert [row["clipped_left"] for row in rows] == ["0.0", "5.0"]
    assert [row["clipped_width"] for row in rows] == ["9.0", "4.0"]
    assert {(row["frame_width"], row["frame_height"]) for row in rows} == {("16", "12")}


def test_face_wholly_beyond_the_picture_has_a_clipped_box_without_area() -> None:
    assert Box(-50, 20, 30, 30).within(100, 100) == Box(0, 20, 0, 30)
    assert Box(120, 120, 30, 30).within(100, 100) == Box(100, 100, 0, 0)


def test_pixels_that_are_not_square_are_told(tmp_path: Path) -> None:
    wide = recognized(0, FACE)
    wide = replace(wide, frame=replace(wide.frame, pixel_aspect=2.0))
    write(Csv(tmp_path / "a.csv"), wide)
    assert wide.to_dict()["pixel_aspect"] == 2
    assert rows_of(tmp_path / "a.csv")[0]["pixel_aspect"] == "2.0"
    assert "pixel_aspect" not in recognized(0, FACE).to_dict()


def test_login_of_a_stream_is_in_no_record(tmp_path: Path) -> None:
    secret = recognized(0, FACE)
    secret = replace(secret, frame=replace(secret.frame, source="rtsp://me:p%40ss@host/cam?a=b@c"))
    write(JsonLines(tmp_path / "a.jsonl"), secret)
    write(Csv(tmp_path / "a.csv"), secret)
    assert json.loads((tmp_path / "a.jsonl").read_text())["source"] == "rtsp://host/cam?a=b@c"
    assert rows_of(tmp_path / "a.csv")[0]["source"] == "rtsp://host/cam?a=b@c"


def test_result_gives_its_record_itself(tmp_path: Path) -> None:
    frames = [recognized(0), recognized(1, FACE, BARE, dropped_before=1), recognized(2, file="a")]
    write(JsonLines(tmp_path / "a.jsonl"), *frames)
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [frame.to_dict() for frame in frames]


@pytest.mark.parametrize(
    ("name", "format", "first"),
    [
        ("a.jsonl", None, "{"), ("a.NDJSON", None, "{"), ("a.csv", None, "source"),
        ("a.csv", "jsonl", "{"), ("a.txt", "csv", "source"), ("a", "jsonl", "{"),
    ],
)  # fmt: skip
def test_extension_or_who_opens_it_names_the_format(
    tmp_path: Path, name: str, format: Format | None, first: str
) -> None:
    with Records(tmp_path / name, format=format) as sink:
        sink.write(recognized(0, FACE))
    assert (tmp_path / name).read_text().startswith(first)


@pytest.mark.parametrize(
    ("name", "format", "said"),
    [
        (
            "a.xlsx",
            None,
            r"a\.xlsx: records are written as JSON Lines.*spreadsheets.*a\.csv to `Csv`",
        ),
        ("a", None, r"or give a format: jsonl or csv"),
        ("a.csv", "xml", r"format xml: give one of jsonl, csv"),
    ],
)
def test_unknown_format_is_refused_in_one_line(
    tmp_path: Path, name: str, format: Any, said: str
) -> None:
    with pytest.raises(OptionsError, match=said) as refused:
        Records(tmp_path / name, format=format)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_image_is_named_in_its_record(tmp_path: Path) -> None:
    write(JsonLines(tmp_path / "a.jsonl"), recognized(0, file="sub/ä.png"))
    assert json.loads((tmp_path / "a.jsonl").read_text())["file"] == "sub/ä.png"


def test_csv_for_spreadsheets_with_decimal_commas_holds_the_same_values(tmp_path: Path) -> None:
    frames = [recognized(0, FACE, file="ä;1,5.jpg"), recognized(1)]
    write(Csv(tmp_path / "plain.csv"), *frames)
    write(Csv(tmp_path / "excel.csv", excel=True), *frames)
    assert (tmp_path / "excel.csv").read_bytes().startswith(b"\xef\xbb\xbfsource;file;")
    with (tmp_path / "plain.csv").open(newline="", encoding="utf-8") as file:
        plain = list(csv.DictReader(file))
    with (tmp_path / "excel.csv").open(newline="", encoding="utf-8-sig") as file:
        excel = list(csv.DictReader(file, delimiter=";"))
    assert (excel[0]["left"], excel[0]["top"], excel[0]["file"]) == ("412,0", "96,5", "ä;1,5.jpg")
    for one, other in zip(plain, excel, strict=True):
        assert {k: v.replace(",", ".") for k, v in other.items()} == {
            k: v.replace(",", ".") for k, v in one.items()
        }


def test_csv_holds_the_same_values_as_json(tmp_path: Path) -> None:
    second = recognized(1, FACE, BARE)
    first, other = second.readings
    second = replace(second, readings=(replace(first, reused=True), other))
    write(Csv(tmp_path / "a.csv"), recognized(0), second, recognized(2, file="b, c.png"))
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame"], row["id"]) for row in rows] == [
        ("0", ""), ("1", "1"), ("1", "2"), ("2", ""),
    ]  # fmt: skip
    face, bare = rows[1], rows[2]
    sides = [float(face[side]) for side in ("left", "top", "width", "height")]
    assert sides == pytest.approx([412.0, 96.5, 180.2, 221.0], abs=0.01)
    assert face["expression"] == "happy"
    assert float(face["confidence"]) == pytest.approx(0.93)
    assert [float(face[name]) for name in EXPRESSIONS] == pytest.approx(SCORES.tolist(), abs=1e-4)
    raw = [float(face[f"raw_{name}"]) for name in EXPRESSIONS]
    assert raw == pytest.approx(RAW.tolist(), abs=1e-4)
    assert (float(face["right_eye_x"]), float(face["right_eye_y"])) == (1, 2)
    assert (float(face["left_mouth_x"]), float(face["left_mouth_y"])) == pytest.approx((9, 10.13))
    assert bare["nose_x"] == ""
    assert (face["reused"], bare["reused"]) == ("true", "")
    assert rows[3]["file"] == "b, c.png"
    assert float(rows[1]["time"]) == pytest.approx(1 / 30, abs=1e-6)


@pytest.mark.parametrize(("sure", "label"), [(True, "happy"), (False, "uncertain")])
def test_only_the_label_tells_that_a_reading_is_not_confident_enough(
    tmp_path: Path, sure: bool, label: str
) -> None:
    frame = recognized(0, FACE, sure=sure)
    write(JsonLines(tmp_path / "a.jsonl"), frame)
    write(Csv(tmp_path / "a.csv"), frame)
    (face,) = json.loads((tmp_path / "a.jsonl").read_text())["faces"]
    with (tmp_path / "a.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (face["expression"], row["expression"]) == (label, label)
    assert (face["confidence"], float(row["confidence"])) == pytest.approx((0.93, 0.93))
    assert list(face["scores"].values()) == pytest.approx(SCORES.tolist(), abs=1e-4)


@pytest.mark.parametrize("kind", [JsonLines, Csv])
def test_records_are_flushed_as_they_go(tmp_path: Path, kind: Callable[[Path], Sink]) -> None:
    sink = kind(tmp_path / "a.txt")
    sizes = []
    for index in range(3):
        sink.write(recognized(index, FACE))
        (partial,) = tmp_path.iterdir()
        text = partial.read_text()
        assert text.endswith("\n")
        sizes.append(len(text))
    assert sizes == sorted(set(sizes))
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("kind", [JsonLines, Csv])
def test_full_device_is_named(kind: Callable[[Path], Sink]) -> None:
    sink = kind(Path("/dev/full"))
    with pytest.raises(OutputError, match=r"/dev/full: cannot be written.*No space left"):
        sink.write(recognized(0, FACE))
    sink.close()
    assert Path("/dev/full").is_char_device()


def test_null_device_takes_records() -> None:
    write(JsonLines(os.devnull), recognized(0, FACE))
    assert Path(os.devnull).is_char_device()
