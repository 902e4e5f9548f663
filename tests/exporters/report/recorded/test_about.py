"""What a report says of the run behind its records: whole or not, by what, and how far to trust."""

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from fer_video.engine.network.classifier import Classifier
from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.study import make_study
from fer_video.exporters.report.page.credentials import credentials
from fer_video.exporters.report.page.html import write_html
from fer_video.exporters.report.page.methods import citation, methods
from fer_video.exporters.report.page.prose import trust
from fer_video.exporters.report.recorded.about import read_about
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.people import read_people
from tests.conftest import Cli
from tests.report_records import face, frame, steady, write


def records(folder: Path, *sources: str) -> Path:
    """A second of each source, and what an imagined run told of it: the first one whole."""
    path = folder / "in.jsonl"
    write(
        path,
        (
            frame(n, n / 10, [face(1, "happy", 0.9)], source)
            for source in sources
            for n in range(10)
        ),
    )
    told = [
        {"name": source, "complete": place == 0, "lost": None, "frames": 10, "until": 0.9}
        for place, source in enumerate(sources)
    ]
    told[-1] |= {"frames_expected": 30, "sha256": "ab" * 32, "size": 5, "modified": "2026-11-27"}
    if len(sources) > 1:
        told[-1]["lost"] = "the file ends after 0.90 of 3.00 s: it was cut off"
    about = {
        "complete": len(sources) == 1,
        "version": "9.9",
        "command": "fer-video -s in.mp4",
        "start": "2026-11-27T10:00:00.000+01:00",
        "seconds": 3.5,
        "records": {path.name: path.stat().st_size},
        "sources": told,
        "networks": [{"name": "cnn", "sha256": "cd" * 32, "precision": "int8"}],
    }
    (folder / "in.about.json").write_text(json.dumps(about))
    return path


def page(folder: Path) -> str:
    return (folder / "out" / "report.html").read_text()


def test_each_video_of_a_run_is_complete_or_not_by_itself(cli: Cli, tmp_path: Path) -> None:
    records(tmp_path, "a.mp4", "b.mp4")
    run = cli("report", "in.jsonl", "--output", "out", "--formats", "csv,html")
    assert run.returncode == 0, run.stderr
    assert run.stderr == "out: 2 videos, 2 people, as csv, html (incomplete: b.mp4)\n"
    table = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert dict(zip(table["file"], table["complete"], strict=True)) == {
        "a.mp4": True,
        "b.mp4": False,
    }
    assert json.loads((tmp_path / "out" / "runs.json").read_text())["b.mp4"]["source"]["size"] == 5
    text = page(tmp_path)
    assert text.count('class="warning"') == 1
    assert (
        "The records of b.mp4 are incomplete: the file ends after 0.90 of 3.00 s: it was "
        "cut off; the records end at 0.9 s, after 10 of 30 frames."
    ) in text
    for told in ("ab" * 32, "cd" * 32, "fer-video -s in.mp4", "cdcdcdcdcdcd…", "10:00:00"):
        assert told in text


def test_what_was_told_of_other_records_is_not_believed(cli: Cli, tmp_path: Path) -> None:
    path = records(tmp_path, "a.mp4")
    size = path.stat().st_size
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:5]))
    run = cli("report", "in.jsonl", "--output", "out", "--formats", "csv,html")
    assert run.returncode == 0, run.stderr
    assert f"in.about.json tells of records of {size} bytes" in page(tmp_path)
    assert "9.9" not in page(tmp_path)
    assert pd.read_csv(tmp_path / "out" / "summary.csv")["complete"].isna().all()


def test_what_a_later_run_told_of_its_own_records_is_not_believed(tmp_path: Path) -> None:
    path, about = records(tmp_path, "a.mp4"), tmp_path / "in.about.json"
    told = json.loads(about.read_text())
    for sizes, stale in (
        ({"in.csv": 12345}, True),
        ({"in.csv": 12345, "in.jsonl": path.stat().st_size}, False),
        ({"in.jsonl": None}, True),
        ({"named.otherwise.jsonl": path.stat().st_size}, False),
        ({}, False),
    ):
        about.write_text(json.dumps(told | {"records": sizes}))
        (found,) = read_about(read_records([path])).values()
        assert ("stale" in found) == stale, sizes
        assert ("networks" in found) != stale, sizes
    about.write_text(json.dumps(told | {"records": {"in.csv": 12345}}))
    (found,) = read_about(read_records([path])).values()
    assert found["stale"].startswith("in.about.json tells of in.csv, not of in.jsonl: another run")


def test_two_networks_of_one_name_are_told_apart_by_their_fingerprints(tmp_path: Path) -> None:
    about = {}
    for video, sha256, accuracy in (("a", "ab" * 32, 0.8), ("b", "cd" * 32, 0.7)):
        network = {"name": "cnn", "sha256": sha256, "figures": {"accuracy": accuracy}}
        about[video] = {"start": "2026-11-27T10:00:00+01:00", "networks": [network]}
        steady(tmp_path / f"{video}.jsonl", 1, lambda _: [face(1, "happy", 0.9)])
    videos = read_records([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    study = make_study(videos, EpisodeOptions())
    write_html(study, tmp_path, about)
    text = (tmp_path / "report.html").read_text()
    for told in (
        "different networks of one name: see their SHA-256.",
        *("cnn: accuracy 0.8.", "cnn: accuracy 0.7.", f"<td>{'ab' * 32}</td>"),
        *(f"<td>{'cd' * 32}</td>", "cnn, SHA-256 abababababab…; cnn, SHA-256 cdcdcdcdcdcd…"),
    ):
        assert told in text, told
    same = dict.fromkeys(about, about["a"])
    assert "different networks" not in " ".join(trust(study, same))


def test_methods_count_a_person_once_and_tell_how_often_a_frame_was_read(tmp_path: Path) -> None:
    pair = [face(1, "happy", 0.9), face(2, "neutral", 0.9)]
    for name, fps in (("a", 10), ("b", 10), ("c", 10), ("slow", 2)):
        steady(tmp_path / f"{name}.jsonl", 2, lambda _: pair, fps)

    def told(videos: str, named: str = "") -> str:
        recordings = read_records([tmp_path / f"{name}.jsonl" for name in videos.split()])
        rows = (f"{one},{name}\n" for one in named.split() for name in [f"P{one[-1]}"])
        (tmp_path / "people.csv").write_text("file,id,name\n" + "".join(rows))
        people = read_people(tmp_path / "people.csv", recordings)
        return methods(make_study(recordings, EpisodeOptions(), people), {})

    assert "observation of 1 person and 3 unnamed identities in 3" in told("a b c", "a,1 b,1 c,1")
    assert "observation of 2 persons in 1 video," in told("a", "a,1 a,2")
    assert "observation of 4 unnamed identities in 2 videos" in told("a b")
    assert "were read frame by frame with" in told("a b")
    assert "were read in one frame every 0.5 s with" in told("slow")
    assert "were read frame by frame or in one frame every 0.5 s with" in told("a slow")


def test_methods_tell_what_the_runs_were_given_and_of_which_videos(tmp_path: Path) -> None:
    for name, fps in (("a", 10), ("b", 10), ("slow", 4)):
        steady(tmp_path / f"{name}.jsonl", 2, lambda _: [face(1, "happy", 0.9)], fps)
    usual = {"classify": "every", "file": {"every": None}, "min_confidence": 0.5, "smoothing": 0.1}

    def told(**options: object) -> str:
        recordings = read_records([tmp_path / f"{name}.jsonl" for name in options])
        network = {"name": "cnn_int8", "precision": "int8", "sha256": "ab" * 32}
        about = {name: {"options": one, "networks": [network]} for name, one in options.items()}
        return methods(make_study(recordings, EpisodeOptions()), about)

    both = told(a=usual, b=usual)
    assert "read frame by frame with fer-video" in both
    assert "(network: cnn_int8, int8, SHA-256 abababababab…)." in both
    assert " Scores were smoothed with a time constant of 0.1 s. A face was uncertain" in both
    assert "read frame by frame with" in told(slow=usual)
    assert "read in one frame every 5 s with" in told(slow=usual | {"file": {"every": 5.0}})
    adaptive = "where a face had changed, and at the latest 0.2 s after the last time, with"
    assert f"read {adaptive}" in told(a=usual | {"classify": "adaptive"})
    assert f"read frame by frame or {adaptive}" in told(a=usual | {"classify": "adaptive"}, b=usual)
    other = usual | {"min_confidence": 0.0, "smoothing": 0.0, "calibrate": 2.0, "reject": ["small"]}
    assert (
        " In a: Scores were smoothed with a time constant of 0.1 s. A face was uncertain below a "
        "confidence of 0.50, in a film once it had been so for 0.2 s. In b: Scores were not "
        "smoothed. They were counted from each face at rest, as in its first 2 s. Every face was "
        "given a label. Faces that were small were of low quality. Each frame"
    ) in told(a=usual, b=other)
    assert "In slow: the settings are not told. Each" in told(a=usual, slow=None)


def test_the_citation_names_the_paper_that_is_known() -> None:
    assert "Sandler et al., 2018" in citation()
    assert "fer-video models" not in citation()


@pytest.mark.parametrize("told", ['{"sources": 3, "networks": {}, "records": []}', "{}"])
def test_a_file_that_tells_little_or_nonsense_spoils_no_report(
    cli: Cli, tmp_path: Path, told: str
) -> None:
    records(tmp_path, "a.mp4")
    (tmp_path / "in.about.json").write_text(told)
    run = cli("report", "in.jsonl", "--output", "out", "--formats", "csv,html")
    assert run.returncode == 0, run.stderr
    assert "Which network read the faces is not told" in page(tmp_path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"min_confidence": 0.45}, "A face was uncertain below a confidence of 0.45."),
        (
            {"min_confidence": 0.45, "smoothing": 0.1},
            "below a confidence of 0.45, in a film once it had been so for 0.2 s.",
        ),
        ({"min_confidence": 0.45, "smoothing": 0.0}, "below a confidence of 0.45."),
        ({"min_confidence": 0.0}, None),
        ({"min_confidence": None}, None),
        (None, None),
    ],
)
def test_methods_tell_below_which_confidence_a_face_was_uncertain(
    cli: Cli, tmp_path: Path, options: object, told: str | None
) -> None:
    records(tmp_path, "a.mp4")
    about = tmp_path / "in.about.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"options": options}))
    run = cli("report", "in.jsonl", "--output", "out", "--formats", "html")
    assert run.returncode == 0, run.stderr
    assert ("A face was uncertain" in page(tmp_path)) == (told is not None)
    assert (told or "") in page(tmp_path)


def test_a_card_s_figures_are_told_in_words(classifier: Classifier) -> None:
    card = classifier.card
    sentences = [*credentials("cnn", dataclasses.asdict(card))]
    test = "fer2013_ferplus test, pictures through detector"
    right = card.figures.get(f"{test}: accuracy", card.figures.get(f"float: {test}: accuracy"))
    assert right is not None
    assert sentences[0].startswith(
        f"cnn: of the faces of {test}, it reads {right:.0%} right (angry"
    )
    assert any("mouth covered" in one and "where they are harder" in one for one in sentences)
    assert sentences[-1] == f"cnn: {card.limits}"
    assert len(sentences) < 9
    assert [*credentials("own", {"figures": {"accuracy": 0.5}})] == ["own: accuracy 0.5."]
    assert [*credentials("own", {})] == ["own: no figures are told."]


@pytest.mark.parametrize("prefix", ["", "float: "])
def test_how_many_faces_are_uncertain_is_told_of_each_data_set(prefix: str) -> None:
    """Also of a network in int8, whose figures are those of the one in float."""
    figures = {"a: uncertain": 0.051, "a: uncertain, showing none": 0.428, "b: uncertain": 0.02}
    told = {"min_confidence": 0.51, "figures": {prefix + key: v for key, v in figures.items()}}
    assert [*credentials("own", told)] == [
        "own: a face is uncertain under a confidence of 0.51, unless another was asked for: of "
        "faces that show one of its labels (and of others, such as sad ones) 5% (43%) of a; "
        "2% of b."
    ]


def test_a_threshold_is_told_also_without_shares_and_none_is_not(classifier: Classifier) -> None:
    for least in (0.51, 0.0):
        card = dataclasses.replace(classifier.card, min_confidence=least, figures={})
        told = " ".join(credentials("own", dataclasses.asdict(card)))
        assert ("own: a face is uncertain under a confidence of 0.51" in told) == (least > 0)


def test_a_report_tells_of_the_networks_of_a_real_run_how_many_faces_are_uncertain(
    cli: Cli, tmp_path: Path
) -> None:
    run = cli("--source", "demo", "--max-frames", "5", "--json", "in.jsonl")
    assert run.returncode == 0, run.stderr
    run = cli("report", "in.jsonl", "--output", "out", "--formats", "html")
    assert run.returncode == 0, run.stderr
    told = r"cnn(_int8)?: a face is uncertain under a confidence of 0\."  # as the processor is
    assert re.search(told, page(tmp_path))
    assert "(and of others, such as sad ones)" in page(tmp_path)
