"""Pictures: which there are, that they show something, and that colours are told apart."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.missing import stretches
from fer_video.exporters.report.analysis.study import make_study
from fer_video.exporters.report.pictures.colours import colours
from fer_video.exporters.report.pictures.timeline import timeline
from fer_video.exporters.report.pictures.write import (
    MOST_PEOPLE,
    overviews,
    pictured,
    stems,
    write_picture,
    write_pictures,
)
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.marks import Mark
from fer_video.exporters.report.sheets.people import Naming
from fer_video.exporters.report.sheets.sheets import SheetRow
from tests.networks import EIGHT
from tests.report_records import Record, face, known, steady


def shown(time: float) -> list[Record]:
    """Happy, then surprised, then away, then hardly to be read."""
    if time < 1:
        return [face(1, "happy", 0.9)]
    if time < 2:
        return [face(1, "surprise", 0.9)]
    return [] if time < 3 else [face(1, "neutral", 0.9, status="low_quality")]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of two videos."""
    folder = tmp_path_factory.mktemp("pictures")
    long = steady(folder / "long.jsonl", 40, lambda _: [face(1, "happy", 0.9)])
    videos = read_records([steady(folder / "in.jsonl", 5, shown), long])
    marks = [Mark("in", 1, 1, "event", "joke"), Mark("in", 4, 5, "exclude", "")]
    write_pictures(make_study(videos, EpisodeOptions(), marks=marks), folder)
    return folder / "pictures"


def test_every_person_has_a_timeline_and_a_matrix_as_svg_and_png(pictures: Path) -> None:
    names = [
        f"{name}_{kind}"
        for name in ("in", "long")
        for kind in ("1_timeline", "1_transitions", "shares")
    ]
    assert {path.name for path in pictures.iterdir()} == {
        f"{name}.{suffix}" for name in (*names, "overview") for suffix in ("svg", "png")
    }


def test_text_of_a_vector_picture_is_text(pictures: Path) -> None:
    root = ElementTree.parse(pictures / "in_1_timeline.svg").getroot()
    words = {text.strip() for text in root.itertext()}
    assert {"surprise", "label", "missing", "low quality", "excluded", "joke", "time in s"} <= words


def test_a_long_video_makes_no_larger_vector_picture(tmp_path: Path) -> None:
    """Neither by its frames nor by its labels, which change twice a second."""

    def size(seconds: int) -> int:
        path = steady(
            tmp_path / f"{seconds}.jsonl",
            seconds,
            lambda t: [face(1, ("happy", "neutral")[int(2 * t) % 2], 0.9)],
        )
        (video,) = make_study(read_records([path]), EpisodeOptions()).videos
        write_picture(timeline(video, video.subjects[0]), tmp_path / "picture", ("svg",))
        return (tmp_path / "picture.svg").stat().st_size

    sizes = size(400), size(1200)
    assert sizes[1] < 1.1 * sizes[0], sizes


def test_everybody_is_in_an_overview_on_as_many_pages_as_it_takes(tmp_path: Path) -> None:
    faces = [face(n, "happy", 0.9) for n in range(MOST_PEOPLE)]
    videos = read_records(
        [steady(tmp_path / f"v{n}.jsonl", 1, lambda _: faces, 2) for n in range(6)]
    )
    study = make_study(videos, EpisodeOptions())
    pages = dict(overviews(study))
    assert [*pages] == ["overview", "overview_2"]
    words = [
        text.get_text() for drawn in pages.values() for text in drawn.axes[0].get_yticklabels()
    ]
    assert words == [f"v{n}, {place}" for n in range(6) for place in range(MOST_PEOPLE)]


def test_people_whose_names_differ_in_case_alone_have_files_of_their_own(tmp_path: Path) -> None:
    path = steady(tmp_path / "in.jsonl", 1, lambda _: [face(n, "happy", 0.9) for n in (1, 2)])
    people = [Naming(SheetRow(path, 2, {}), "in", n, ("Eva", "eva")[n - 1]) for n in (1, 2)]
    names = stems(make_study(read_records([path]), EpisodeOptions(), people))
    assert names == {("in", "Eva"): "in_Eva", ("in", "eva"): "in_eva (2)"}


def test_the_ribbon_has_the_colours_of_the_labels_shown(pictures: Path) -> None:
    picture = Image.open(pictures / "in_1_timeline.png").convert("RGB")
    found = {f"#{rgb:06X}" for rgb in np.unique(np.asarray(picture, np.int64) @ (65536, 256, 1))}
    given = colours(("happy", "surprise"))
    assert {given["happy"], given["surprise"]} <= found


def test_a_crowd_gets_pictures_of_those_longest_in_view(tmp_path: Path) -> None:
    path = steady(
        tmp_path / "a.jsonl",
        3,
        lambda t: [face(n, "happy", 0.9) for n in range(20) if t < (n + 1) / 10],
    )
    study = make_study(read_records([path]), EpisodeOptions())
    assert [one.name for one in pictured(study.videos[0])] == [
        str(n) for n in range(20 - MOST_PEOPLE, 20)
    ]


def test_a_person_s_time_is_stretches_without_gaps(tmp_path: Path) -> None:
    study = make_study(read_records([known(tmp_path / "in.jsonl")]), EpisodeOptions())
    for subject in study.videos[0].subjects:
        parts = stretches(subject)
        assert parts[0].start == 0
        assert parts[-1].end == pytest.approx(86)
        assert [one.start for one in parts[1:]] == [one.end for one in parts[:-1]]
        for reason, seconds in subject.summary.missing.items():
            lasting = sum(one.end - one.start for one in parts if one.status == reason)
            assert lasting == pytest.approx(seconds)


def seen(colour: str, matrix: np.ndarray) -> np.ndarray:
    """Linear RGB as a dichromat sees it (Machado et al., 2009)."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.asarray(matrix @ rgb**2.2)


@pytest.mark.parametrize(
    "matrix",
    [
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],  # protanopia
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],  # deuteranopia
    ],
)
def test_no_two_expressions_look_alike_to_a_colour_blind_eye(matrix: list[list[float]]) -> None:
    given = colours(("angry", "disgust", "happy", "neutral", "surprise"))
    for one, other in combinations(given.values(), 2):
        assert np.abs(seen(one, np.array(matrix)) - seen(other, np.array(matrix))).max() > 0.1


def test_labels_of_one_s_own_have_colours_of_their_own() -> None:
    given = colours(EIGHT)
    assert len(set(given.values())) == len(EIGHT)
    assert colours(tuple(reversed(EIGHT))) == given
