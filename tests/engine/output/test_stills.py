"""Stills: every photograph in a file of its own, upright, and no photograph replaced."""

import csv
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from fer_video.engine import OptionsError, OutputError, Stills
from fer_video.engine.capture.open import open_source
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import to_frame
from tests.command_line import assert_one_complaint, records
from tests.conftest import Cli
from tests.media import Encoding, patches, photograph, write_image, write_video


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photographs of one name in several folders, one of them on its side."""
    folder = tmp_path / "photos"
    for name in ("a/x.jpg", "b c/x.jpg", "b c/X.webp", "é.png"):
        write_image(folder / name, patches())
    exif = Image.Exif()
    exif[0x112] = 6  # to be turned clockwise
    turned = Image.fromarray(patches()).transpose(Image.Transpose.ROTATE_90)
    turned.save(folder / "turned.jpg", exif=exif, quality=95)
    return folder


def write(target: Path, source: Path | list[Path]) -> set[str]:
    """Stills of photographs as they are, and what lies in the folder then."""
    opened = open_source(source)
    with Stills(target, opened.info) as stills:
        for frame in opened.frames():
            stills.write(RecognizedFrame(frame, ()))
    folder = target if target.is_dir() else target.parent
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_photographs_keep_their_names_and_folders(photos: Path, tmp_path: Path) -> None:
    written = write(tmp_path / "out", photos)
    assert written == {"a/x.jpg", "b c/X.jpg", "b c/x (2).jpg", "é.png", "turned.jpg"}
    several = [photos / "a/x.jpg", photos / "b c/x.jpg", photos / "a/x.jpg"]
    assert write(tmp_path / "list", several) == {"a/x.jpg", "b c/x.jpg", "a/x (2).jpg"}


def test_stills_are_upright_and_hold_what_is_seen(photos: Path, tmp_path: Path) -> None:
    write(tmp_path / "out", photos)
    for name in ("é.png", "turned.jpg", "b c/X.jpg"):
        with Image.open(tmp_path / "out" / name) as still:
            assert 0x112 not in still.getexif()
            assert still.format == ("PNG" if name.endswith("png") else "JPEG")
            difference = np.asarray(still.convert("RGB"), float) - patches()
        assert np.abs(difference).mean() < 6


def test_one_photograph_goes_into_a_file_and_several_do_not(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    assert write(tmp_path / "one" / "y.png", photos / "a/x.jpg") == {"y.png"}
    with pytest.raises(OutputError, match="5 photographs give as many stills; name a folder"):
        write(tmp_path / "y.jpg", photos)
    with pytest.raises(OptionsError, match=r"y\.gif: a still is written as \.jpg or \.png"):
        write(tmp_path / "y.gif", photos / "a/x.jpg")


def test_no_photograph_is_replaced(photos: Path, tmp_path: Path) -> None:
    before = (photos / "a/x.jpg").read_bytes()
    (tmp_path / "link").symlink_to(photos)
    for target in (photos, tmp_path / "link", photos / "a" / "x.jpg"):
        source = photos if target.is_dir() else photos / "a" / "x.jpg"
        with pytest.raises(OutputError, match="is the input"):
            write(target, source)
    assert (photos / "a/x.jpg").read_bytes() == before


def test_photograph_that_no_jpeg_holds_becomes_a_png(tmp_path: Path) -> None:
    names = tuple(tmp_path / name for name in ("a.tif", "b.png", "b.tif"))
    info = SourceInfo("photos", 0, 0, Fraction(1), Fraction(1), files=names, stills=True)
    picture = av.VideoFrame.from_ndarray(np.full((16, 65_502, 3), 90, np.uint8), "rgb24")
    with Stills(tmp_path / "drawn", info) as stills:
        for index in (0, 2):
            frame = to_frame(picture, index=index, pts=0, time_base=Fraction(1), source="photos")
            stills.write(RecognizedFrame(frame, ()))
    assert {path.name for path in (tmp_path / "drawn").iterdir()} == {"a.png", "b (2).png"}


def test_film_gives_no_stills(tmp_path: Path) -> None:
    film = write_video(tmp_path / "in.mp4", [patches()] * 3, Encoding())
    with pytest.raises(OptionsError, match="is no photograph"):
        write(tmp_path / "out", film)


def test_a_folder_is_predicted_into_text_table_and_stills_twice_alike(
    tmp_path: Path, cli: Cli
) -> None:
    (tmp_path / "in").mkdir()
    photograph(300, 300, (120, 150, 150)).save(tmp_path / "in" / "my face.jpg")
    write_image(tmp_path / "in" / "nobody.png", patches())
    for _ in range(2):
        run = cli("predict", "in", "--output", "in/drawn", "--csv", "out.csv")
        assert run.returncode == 0, run.stderr
        assert [line for line in run.stdout.splitlines() if line.startswith("in/")] == [
            "in/my face.jpg: 1 face",
            "in/nobody.png: 0 faces",
        ]
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["in/my face.jpg", "in/nobody.png"]
    assert [row["status"] for row in rows] == ["ok", "no face"]
    with (
        Image.open(tmp_path / "in/my face.jpg") as photo,
        Image.open(tmp_path / "in/drawn/my face.jpg") as drawn,
    ):
        assert np.abs(np.asarray(photo, float) - np.asarray(drawn)).max() > 100


def test_sources_of_photographs_and_films_go_into_one_folder(tmp_path: Path, cli: Cli) -> None:
    for name in ("a/x.png", "b/x.png"):
        write_image(tmp_path / name, patches())
    write_video(tmp_path / "in.mp4", [patches()] * 3, Encoding())
    run = cli(
        *("--source", "a/x.png", "--source", "b", "--source", "in.mp4"),
        *("--output", "out", "--json", "out.jsonl"),
    )
    assert run.returncode == 0, run.stderr
    written = {path.as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert written == {f"{tmp_path}/out/{name}" for name in ("a/x.png", "b/x.png", "in.mp4")}
    assert len(records(tmp_path / "out.jsonl")) == 5
    alone = cli("--source", "a/x.png", "--output", "a/x.png")
    assert_one_complaint(alone, "a/x.png", "is the input")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--csv", "x.xlsx"), ("x.xlsx: a table is written as .csv", "Excel", "x.csv to --csv")),
        (("--csv", "x.json"), ("x.json: a table is written as .csv; --json writes .json",)),
        (("--json", "x.csv"), ("x.csv: records are written as JSON Lines", "--csv writes .csv")),
        (("--output", "x.json"), ("x.json: video is written as .mp4", "--json writes .json")),
        (("--output", "x.parquet"), ("x.parquet: video", "`fer-video report` makes .parquet")),
        (
            ("--json", "-", "--output", "x.jpg"),
            ("x.jpg: video is written as .mp4", "of photographs"),
        ),
    ],
)
def test_name_of_another_format_is_refused_with_the_way_to_get_it(
    words: tuple[str, ...], said: tuple[str, ...], tmp_path: Path, cli: Cli
) -> None:
    assert_one_complaint(cli("--source", "demo", *words), *said)
    assert not list(tmp_path.iterdir())


def test_predict_prints_one_thing_to_stdout(tmp_path: Path, cli: Cli) -> None:
    write_image(tmp_path / "a.png", patches())
    assert cli("predict", "a.png", "--csv", "-").stdout.count("\n") == 2
    assert json.loads(cli("predict", "a.png", "--json", "--csv", "a.csv").stdout)["file"] == "a.png"
    assert cli("predict", "a.png", "--json", "--csv", "-").returncode == 2
    assert_one_complaint(cli("predict", "a.png", "--csv", "a.xlsx"), "a.xlsx", "a.csv to --csv")


def test_the_folder_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else of many photographs each takes longer than the one before."""
    looks, look = list[Path](), Path.iterdir

    def noted(folder: Path) -> Iterator[Path]:
        looks.append(folder)
        return look(folder)

    for number in range(3):
        write_image(tmp_path / "photos" / f"{number}.png", patches())
    monkeypatch.setattr(Path, "iterdir", noted)
    write(tmp_path / "drawn", tmp_path / "photos")
    assert looks.count(tmp_path / "drawn") == 1
