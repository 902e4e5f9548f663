"""Tables as pandas reads them, and as they stand beside the records."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.study import make_study
from fer_video.exporters.report.page.prose import trust
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.write import write_report
from tests.command_line import records
from tests.report_records import face, known, steady

TABLES = ("frames", "episodes", "summary", "transitions")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    study = make_study(read_records([known(folder / "in.jsonl")]), EpisodeOptions())
    write_report(study, folder, ["csv", "parquet"], {"in.mp4": {"version": "1"}})
    return folder


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_told_of_with_its_unit(report: Path, name: str) -> None:
    told = json.loads((report / "columns.json").read_text())[name]
    table = pd.read_csv(report / f"{name}.csv")
    assert list(table) == list(told)
    assert all(one["description"] for one in told.values())
    for column, one in told.items():
        assert column == column.lower()
        assert (one["unit"] == "s") == column.endswith("_s")
        assert (one["unit"] == "px") == column.endswith("_px")


def test_numbers_stay_numbers(report: Path) -> None:
    frames = pd.read_csv(report / "frames.csv")
    text = {"file", "status", "expression"}
    assert {name for name in frames if not pd.api.types.is_numeric_dtype(frames[name])} == text


def test_the_durations_of_frames_add_up_to_the_summary(report: Path) -> None:
    frames = pd.read_csv(report / "frames.csv")
    summary = pd.read_csv(report / "summary.csv").set_index("person")
    seconds = frames.groupby(["person", "status"])["duration_s"].sum()
    for person, row in summary.iterrows():
        assert seconds[person, "ok"] == pytest.approx(row["valid_s"])
        for reason in ("low_quality", "uncertain"):
            found = seconds.get((person, reason), 0)
            assert found == pytest.approx(row[f"missing_{reason}_s"])
    lost = frames[frames["status"] == "dropped"]
    assert lost["duration_s"].tolist() == pytest.approx([1.0, 59.05])
    assert lost["time_s"].tolist() == pytest.approx([20.0, 24.95])
    assert lost["person"].isna().all()
    away = frames[(frames["person"] == 1) & (frames["status"] == "no_face")]
    assert away["duration_s"].sum() == pytest.approx(0.2 + 5.0)  # between first and last sight
    assert away["score_happy"].isna().all()


def test_parquet_holds_the_values_of_the_records(report: Path) -> None:
    table = pd.read_parquet(report / "frames.parquet")
    seen = table[table["id"].notna()]
    faces = [
        (record["frame"], record["time"], one)
        for record in records(report / "in.jsonl")
        for one in sorted(record["faces"], key=lambda face: ("1", "3", "2").index(str(face["id"])))
    ]
    assert len(seen) == len(faces)
    assert seen["frame"].tolist() == [number for number, _, _ in faces]
    assert seen["time_s"].tolist() == [time for _, time, _ in faces]
    assert seen["id"].tolist() == [one["id"] for *_, one in faces]
    for label in ("angry", "happy", "surprise"):
        assert seen[f"score_{label}"].tolist() == [one["scores"][label] for *_, one in faces]
        assert seen[f"raw_{label}"].tolist() == [one["raw_scores"][label] for *_, one in faces]
    sides = seen[["left_px", "top_px", "width_px", "height_px"]]
    assert sides.to_numpy().tolist() == [one["box"] for *_, one in faces]


@pytest.mark.parametrize("name", TABLES)
def test_parquet_and_csv_are_the_same_table(report: Path, name: str) -> None:
    one = pd.read_csv(report / f"{name}.csv", dtype={"person": str})
    other = pd.read_parquet(report / f"{name}.parquet")
    assert list(one) == list(other)
    assert len(one) == len(other)
    for column in one.dropna(axis="columns", how="all").select_dtypes("number"):
        assert one[column].to_numpy() == pytest.approx(
            other[column].to_numpy(float), abs=1e-6, nan_ok=True
        )


def test_parquet_tells_what_was_run_and_names_are_dictionaries(report: Path) -> None:
    file = pq.ParquetFile(report / "frames.parquet")
    told = json.loads(file.schema_arrow.metadata[b"fer_video"])
    assert told["runs"] == {"in.mp4": {"version": "1"}}
    assert told["columns"]["time_s"]["unit"] == "s"
    group = file.metadata.row_group(0)
    places = {group.column(i).path_in_schema: i for i in range(group.num_columns)}
    assert "RLE_DICTIONARY" in group.column(places["status"]).encodings


def test_transitions_are_counted_from_each_to_each(report: Path) -> None:
    rows = pd.read_csv(report / "transitions.csv").to_dict("records")
    found = {
        (row["person"], row["from_expression"], row["to_expression"]): row["count"] for row in rows
    }
    assert found == {
        (1, "neutral", "happy"): 1,
        (1, "happy", "neutral"): 1,
        (1, "surprise", "neutral"): 1,
        (2, "angry", "disgust"): 1,
        (2, "disgust", "angry"): 1,
    }
    assert all(row["share"] == 1 for row in rows)


def test_labels_of_one_s_own_become_columns_of_plain_names(tmp_path: Path) -> None:
    labels = ("At rest", "Smile, broad", "time")
    path = steady(tmp_path / "a.jsonl", 1, lambda _: [face(1, "At rest", 0.8, labels=labels)])
    study = make_study(read_records([path]), EpisodeOptions())
    write_report(study, tmp_path, ["csv"])
    frames = pd.read_csv(tmp_path / "frames.csv")
    assert {"score_at_rest", "raw_smile_broad", "score_time"} <= {*frames}
    assert frames["valence"].isna().all()
    assert frames["expression"].unique().tolist() == ["At rest"]


def test_who_is_calibrated_is_told_of_each_face_and_of_how_many(tmp_path: Path) -> None:
    """Face 1 after a second, face 2 never."""
    path = steady(
        tmp_path / "in.jsonl",
        4,
        lambda t: [
            face(1, "happy", 0.9) | ({"calibrated": True} if t >= 1 else {}),
            face(2, "happy", 0.9),
        ],
    )
    study = make_study(read_records([path]), EpisodeOptions())
    write_report(study, tmp_path, ["csv"])
    frames = pd.read_csv(tmp_path / "frames.csv")
    assert frames["calibrated"].dtype == bool
    assert frames.groupby("person")["calibrated"].sum().to_dict() == {1: 30, 2: 0}
    told = " ".join(trust(study, {}))
    assert "of 37.5% of the faces scores are counted from rest (calibrated), of the others" in told
    assert "rests sourly" in told


def test_a_video_without_faces_has_tables_without_people(tmp_path: Path) -> None:
    path = steady(tmp_path / "a.jsonl", 1, lambda _: [])
    write_report(make_study(read_records([path]), EpisodeOptions()), tmp_path, ["csv", "parquet"])
    frames = pd.read_csv(tmp_path / "frames.csv")
    assert frames["status"].tolist() == ["no_face"] * 10
    assert len(pd.read_csv(tmp_path / "summary.csv")) == 0
