"""Parts of faces and their quality in a report: where they were recorded, and only there."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.parts import part_lanes
from fer_video.exporters.report.analysis.study import Study, make_study
from fer_video.exporters.report.page.html import write_html
from fer_video.exporters.report.page.packing import packed
from fer_video.exporters.report.pictures.timeline import timeline
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.write import write_report
from tests.programs.chromium import ask_page
from tests.report_records import Record, face, steady

LANES = ["left eye", "right eye", "nose", "mouth"]


def said(label: str, mouth: str) -> Record:
    """What the parts of a face say, as a record has it."""
    evidence = dict.fromkeys(EXPRESSIONS, 0.01)
    part = {"confidence": 0.8, "evidence": evidence}
    parts = {name: part | {"expression": label} for name in PARTS}
    return parts | {
        "mouth": part | {"expression": mouth},
        "rest": {"evidence": evidence},
        "baseline": evidence,
    }


def shown(time: float) -> list[Record]:
    """Parts read every 0.2 s, smiling from 1 s; away from 2 to 3 s, and too dark from 3.5 s."""
    if 2 <= time < 3:
        return []
    one = face(1, "happy", 0.9, status="low_quality" if time >= 3.5 else "ok")
    one["quality"] = {"reasons": ["dark", "flat"] if time >= 3.5 else []}
    if round(time * 10) % 2 == 0:
        one["parts"] = said("neutral", "happy" if time >= 1 else "neutral")
    return [one]


def study(folder: Path, *, old: bool = False) -> Study:
    """Four seconds of that; `old`, another video without, as an earlier version wrote it."""
    paths = [steady(folder / "in.jsonl", 4, shown)]
    if old:
        paths.append(steady(folder / "old.jsonl", 1, lambda _: [face(1, "happy", 0.9)]))
    return make_study(read_records(paths), EpisodeOptions())


def test_what_a_part_says_holds_until_it_is_read_again_or_the_face_is_away(tmp_path: Path) -> None:
    (subject,) = study(tmp_path).videos[0].subjects
    lanes = {lane.name: lane for lane in part_lanes(subject.track)}
    assert [*lanes] == [*PARTS]
    mouth, nose = lanes["mouth"], lanes["nose"]
    assert [EXPRESSIONS[label] for label in mouth.labels] == ["neutral", "happy", "happy"]
    np.testing.assert_allclose(mouth.starts, [0, 1, 3])
    np.testing.assert_allclose(mouth.ends, [1, 2, 3.5])
    assert [EXPRESSIONS[label] for label in nose.labels] == ["neutral", "neutral"]
    np.testing.assert_allclose(nose.ends, [2, 3.5])


def test_records_with_parts_and_without_make_one_table(tmp_path: Path) -> None:
    write_report(study(tmp_path, old=True), tmp_path / "out", ["csv", "parquet"])
    for table in (
        pd.read_csv(tmp_path / "out" / "frames.csv"),
        pd.read_parquet(tmp_path / "out" / "frames.parquet"),
    ):
        new, old = table[table["file"] == "in"], table[table["file"] == "old"]
        assert new["mouth_expression"].value_counts().to_dict() == {"happy": 10, "neutral": 5}
        assert new["quality_reasons"].value_counts().to_dict() == {"dark flat": 5}
        assert old["mouth_expression"].isna().all()
        assert old["quality_reasons"].isna().all()


def test_a_timeline_has_lanes_of_what_was_recorded_alone(tmp_path: Path) -> None:
    for video, expected in zip(
        study(tmp_path, old=True).videos, ([*LANES, "seen well"], []), strict=True
    ):
        figure = timeline(video, video.subjects[0])
        names = [axis.get_ylabel() for axis in figure.axes]
        assert names == [*EXPRESSIONS, "label", *expected, "missing"]


def told(text: str) -> Any:
    whole = zlib.decompress(base64.b64decode(text))
    return json.loads(whole[4 : 4 + int.from_bytes(whole[:4], "little")])["people"][0]


def test_a_page_carries_what_was_recorded_alone(tmp_path: Path) -> None:
    new, old = (told(packed(video, video.subjects)) for video in study(tmp_path, old=True).videos)
    assert [part["name"] for part in new["parts"]] == LANES
    assert new["quality"]["length"] == 30
    assert (old["parts"], old["quality"]) == ([], None)


def test_a_page_draws_the_lanes_in_a_browser(tmp_path: Path) -> None:
    write_html(study(tmp_path), tmp_path, {})
    answer = ask_page(
        tmp_path / "report.html",
        """
        await wait(() => document.documentElement.dataset.ready);
        const view = document.querySelector("section.video").view;
        view.hover = { time: 1.1, x: 100 };
        view.draw();
        const words = view.tip.innerText.split("\\n");
        const { canvas } = view;
        let happy = 0;
        const context = canvas.getContext("2d");
        const x = 74 * devicePixelRatio + (canvas.width - 74 * devicePixelRatio) * 1.5 / 4;
        const column = context.getImageData(Math.round(x), 0, 1, canvas.height).data;
        for (let i = 0; i < column.length; i += 4) {
          happy += column.slice(i, i + 3).join() === "230,159,0";
        }
        return { words, happy: happy / devicePixelRatio };
        """,
    )
    assert "seen well" in answer["words"]
    assert "left eye: neutral" in answer["words"]
    assert "mouth: happy" in answer["words"]
    assert 22 + 14 <= answer["happy"] < 22 + 2 * 14, "the ribbons of the label and of the mouth"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"quality": {"sharpness": 1}},
        {"quality": 3},
        {"parts": {"mouth": {"evidence": {}}}},
        {"parts": {"mouth": {"expression": "sour"}}},
    ],
)
def test_parts_and_quality_that_are_none_are_told_with_their_line(
    tmp_path: Path, spoilt: Record
) -> None:
    path = steady(tmp_path / "in.jsonl", 0.2, lambda _: [face(1, "happy", 0.9) | spoilt])
    with pytest.raises(ValueError, match=r"in.jsonl, line 1: is no record of a frame"):
        read_records([path])
