"""Other tools' formats, read back by those tools' own readers where there are any in Python."""

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pympi
import pytest
import webvtt

from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.study import Study, make_study
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.people import Naming
from fer_video.exporters.report.sheets.sheets import SheetRow
from fer_video.exporters.report.write import write_report
from tests.exporters.report.formats.eaf import offences
from tests.networks import EIGHT
from tests.report_records import face, frame, known, steady, write

NAME = "Anna <A> & Müller"
"""What would break a format that does not escape."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path]:
    folder = tmp_path_factory.mktemp("formats")
    videos = read_records([known(folder / "in.jsonl")])
    people = [Naming(SheetRow(folder, 2, {}), "in.mp4", 1, NAME)]
    study = make_study(videos, EpisodeOptions(), people)
    write_report(study, folder, ["webvtt", "elan", "boris", "bids", "facereader"])
    return study, folder


def runs(study: Study) -> list[tuple[str, str, float, float]]:
    return [
        (subject.name, run.label, round(run.start, 3), round(run.end, 3))
        for subject in study.videos[0].subjects
        for run in subject.runs
    ]


def test_captions_say_who_shows_what_when(made: tuple[Study, Path]) -> None:
    study, folder = made
    captions = webvtt.read(str(folder / "webvtt" / "in.vtt"))
    found = [(c.voice, c.text, c.start_in_seconds, c.end_in_seconds) for c in captions]
    assert len(found) == len(runs(study))
    assert ("3", "happy", 0, 20) in found
    assert [c.start for c in captions] == sorted(c.start for c in captions)
    assert "<v Anna &lt;A&gt; &amp; Müller>neutral" in (folder / "webvtt" / "in.vtt").read_text()


def test_the_track_of_metadata_has_an_episode_a_cue(made: tuple[Study, Path]) -> None:
    study, folder = made
    cues = webvtt.read(str(folder / "webvtt" / "in.metadata.vtt"))
    told = [json.loads(cue.text) for cue in cues]
    assert len(told) == sum(len(subject.episodes) for subject in study.videos[0].subjects)
    (happy,) = (one for one in told if one["expression"] == "happy" and one["person"] == NAME)
    assert (happy["peak"], happy["peak_time"], happy["mean"]) == (0.95, 3.0, 0.8054)


def test_elan_has_a_tier_a_person_with_values_of_a_vocabulary(made: tuple[Study, Path]) -> None:
    study, folder = made
    eaf = pympi.Elan.Eaf(str(folder / "elan" / "in.eaf"))
    assert [*eaf.get_tier_names()] == [NAME, "3", "2"]
    found = [
        (name, label, start / 1000, end / 1000)
        for name in eaf.get_tier_names()
        for start, end, label in eaf.get_annotation_data_for_tier(name)
    ]
    assert sorted(found) == sorted(runs(study))
    entries = eaf.get_cv_entries("expressions")
    values = [values[0][0] for values, _ in entries.values()]
    assert values == list(study.labels)
    assert eaf.get_parameters_for_linguistic_type("expression")["CONTROLLED_VOCABULARY_REF"] == (
        "expressions"
    )


def test_elan_s_file_keeps_to_the_rules_of_its_schema(
    made: tuple[Study, Path], tmp_path: Path
) -> None:
    alone = steady(tmp_path / "nobody.jsonl", 1, lambda _: [])
    (tmp_path / "nobody").write_bytes(b"a film")  # so that its place is told
    write_report(make_study(read_records([alone]), EpisodeOptions()), tmp_path, ["elan"])
    for path in (made[1] / "elan" / "in.eaf", tmp_path / "elan" / "nobody.eaf"):
        root = ElementTree.parse(path).getroot()
        assert root.tag == "ANNOTATION_DOCUMENT"
        assert not offences(root)
    spoilt = ElementTree.parse(made[1] / "elan" / "in.eaf").getroot()
    spoilt.append(spoilt[0])
    spoilt[2].set("LINGUISTIC_TYPE_REF", "gone")
    assert len(offences(spoilt)) == 3


def test_every_state_of_boris_starts_and_stops_in_turn(made: tuple[Study, Path]) -> None:
    study, folder = made
    project = json.loads((folder / "boris" / "report.boris").read_text())
    assert project["project_format_version"] == "7.0"
    behaviours = {one["code"]: one for one in project["behaviors_conf"].values()}
    assert list(behaviours) == list(study.labels)
    assert {one["type"] for one in behaviours.values()} == {"State event"}
    assert len({one["key"] for one in behaviours.values()}) == len(behaviours)
    assert [one["name"] for one in project["subjects_conf"].values()] == [NAME, "3", "2"]
    observation = project["observations"]["in.mp4"]
    assert observation["file"]["1"] == ["in.mp4"]
    assert observation["media_info"]["fps"]["in.mp4"] == pytest.approx(10)
    times = [event[0] for event in observation["events"]]
    assert times == sorted(times)
    begun: dict[tuple[str, str], float] = {}
    found = []
    for time, person, label, *_ in observation["events"]:
        if (person, label) in begun:
            found.append((person, label, begun.pop((person, label)), time))
        else:
            assert person not in {other for other, _ in begun}, "one state of a person at a time"
            begun[person, label] = time
    assert not begun
    assert sorted(found) == sorted(runs(study))


@pytest.mark.parametrize(
    ("start", "step", "file", "rate", "first"),
    [
        (0.0, 0.1, None, 10, 0),
        (90.0, 0.1, None, 0, "NA"),
        (0.0, 5.0, None, 0, "NA"),
        (0.0, 0.25, {"start": 0.0, "every": None}, 4, 0),
        (0.3, 0.1, {"start": 0.0, "every": None}, 10, 0),  # the film's first picture comes late
        (0.0, 0.1, {"start": 0.0, "every": 0.1}, 0, "NA"),
        (0.1, 0.1, {"start": 0.1, "every": None}, 0, "NA"),
    ],
)
def test_boris_gets_rate_and_frames_where_every_frame_of_the_film_was_read(
    tmp_path: Path, start: float, step: float, file: object, rate: float, first: object
) -> None:
    frames = (frame(n, start + n * step, [face(1, "happy", 0.9)]) for n in range(5))
    study = make_study(read_records([write(tmp_path / "in.jsonl", frames)]), EpisodeOptions())
    about = {} if file is None else {"in.mp4": {"options": {"file": file}}}
    write_report(study, tmp_path, ["boris"], about)
    project = json.loads((tmp_path / "boris" / "report.boris").read_text())
    observation = project["observations"]["in.mp4"]
    assert observation["media_info"]["fps"]["in.mp4"] == pytest.approx(rate)
    assert observation["events"][0][-1] == first


def test_bids_has_onset_and_duration_first_and_tells_of_every_column(
    made: tuple[Study, Path],
) -> None:
    study, folder = made
    table = pd.read_csv(folder / "bids" / "in_events.tsv", sep="\t")
    assert list(table)[:2] == ["onset", "duration"]
    assert table["onset"].is_monotonic_increasing
    told = json.loads((folder / "bids" / "in_events.json").read_text())
    assert list(told) == list(table)
    assert {*table["trial_type"]} <= {*told["trial_type"]["Levels"]}
    assert len(table) == sum(len(subject.episodes) for subject in study.videos[0].subjects)


def test_a_network_of_eight_has_facereader_s_columns(tmp_path: Path) -> None:
    path = steady(tmp_path / "in.jsonl", 1, lambda _: [face(1, "happiness", 0.9, labels=EIGHT)])
    study = make_study(read_records([path]), EpisodeOptions())
    write_report(study, tmp_path, ["facereader"])
    table = pd.read_csv(tmp_path / "facereader" / "in_1_detailed.txt", sep="\t", skiprows=5)
    assert [*table] == [
        *("Video Time", "Angry", "Contempt", "Disgusted", "Scared", "Happy", "Neutral", "Sad"),
        *("Surprised", "Valence"),
    ]
    assert table["Valence"][0] == pytest.approx(0.9 - 0.0143, abs=1e-4)


def test_logs_say_what_is_missing_in_facereader_s_words(made: tuple[Study, Path]) -> None:
    _, folder = made
    path = folder / "facereader" / "in_Anna_A_Müller_detailed.txt"
    table = pd.read_csv(path, sep="\t", skiprows=5)
    assert list(table) == [
        "Video Time",
        "Angry",
        "Disgusted",
        "Happy",
        "Neutral",
        "Surprised",
        "Valence",
    ]
    assert len(table) == 230
    failed = Counter(table["Happy"][table["Happy"].str.contains("FAILED")])
    assert failed == {"FIT_FAILED": 5 + 2, "FIND_FAILED": 2 + 25 + 60 + 20}
    state = pd.read_csv(path.with_name("in_Anna_A_Müller_state.txt"), sep="\t", skiprows=5)
    assert state.to_numpy().tolist() == [
        ["00:00:00.000", "Neutral"],
        ["00:00:02.000", "Happy"],
        ["00:00:05.000", "Neutral"],
        ["00:00:10.000", "Unknown"],
        ["00:00:16.400", "Surprised"],
        ["00:00:19.000", "Neutral"],
        ["00:00:20.000", "Unknown"],
        ["00:01:26.000", "END"],
    ]
