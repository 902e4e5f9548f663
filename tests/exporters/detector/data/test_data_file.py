"""Data sets of one's own: what a TOML file may say, how it is split, and what it is used for."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.frames.frame import Plane
from fer_video.engine.network.models import find_model
from fer_video.exporters.detector.data.data_file import open_detector_data
from fer_video.exporters.detector.data.dataset import Collection
from fer_video.exporters.detector.data.labels import LabelCache
from fer_video.exporters.detector.data.sources import part_of, read_files
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.pictures import label_part, training_pictures, videos_of
from tests.exporters.detector.pictures import Spots, labelled, portrait, spots
from tests.media import moving, write_video

FACE, NO_FACE = spots((64, 96), (30, 20, 20, 250)), spots((64, 96))


def save(folder: Path, *pictures: Plane) -> Path:
    """folder/<n>.png"""
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{number}.png"), picture)
    return folder


def write(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text)
    return file


STREETS = '[[collection]]\nname = "streets"\npath = "streets"\nrole = "scenes"\n'
WALLS = '[[collection]]\nname = "walls"\npath = "walls"\nrole = "negatives"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "streets", *[FACE] * 10)
    save(tmp_path / "walls", *[NO_FACE] * 10)
    return tmp_path


def test_file_names_teacher_terms_and_collections(folder: Path) -> None:
    file = write(
        folder,
        f'teacher = "detector"\nterms = "CC0"\n{STREETS}share = 2\nheld_out = 0.5\nturned = true\n'
        f"sizes = [64, 128]\n{WALLS}",
    )
    data = open_detector_data(file)
    streets, walls = data.collections
    assert (data.name, data.teacher, data.terms) == ("mine", find_model("detector"), "CC0")
    assert streets == Collection(
        "streets",
        folder / "streets",
        "scenes",
        held_out=0.5,
        share=2,
        sizes=(64, 128),
        turned=True,
    )
    assert walls.path == folder / "walls"
    assert data.teacher_sizes == (64, 128, 320, 640)


def test_teacher_lies_beside_the_file(folder: Path) -> None:
    (folder / "yunet.onnx").write_bytes(b"")
    file = write(folder, f'teacher = "yunet.onnx"\n{STREETS}')
    assert open_detector_data(file).teacher == folder / "yunet.onnx"
    with pytest.raises(ModelError, match="absent"):
        open_detector_data(write(folder, f'teacher = "absent"\n{STREETS}'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("teacher = ", r"mine\.toml: cannot be read as TOML"),
        (STREETS, r"mine\.toml: teacher is missing"),
        ('teacher = "detector"', r"mine\.toml: collection is missing"),
        ('teacher = "detector"\ncolection = 1\ncollection = []', "no field colection"),
        ('teacher = "detector"\ncollection = [1]', "collection 1: is no table"),
        (f"{STREETS}held = 1", "collection 1: no field held; there are name,"),
        (STREETS.replace("scenes", "scene"), "role is 'scene'; it must be one of scenes,"),
        (STREETS.replace('path = "streets"', 'path = "road"'), "road is not there"),
        (f"{STREETS}held_out = 1.5", "held_out is 1.5; it must be a share, 0 to 1"),
        (f"{STREETS}share = nan", "share is nan; it must be a number of 0 or more"),
        (f"{STREETS}limit = true", "limit is True; it must be a whole number"),
        (f"{STREETS}sizes = [8]", r"sizes is \[8\]; it must be a list of sides"),
        (f'{STREETS}files = ["../secret.png"]', "files is .* paths inside it"),
        (f'{STREETS}turned = "yes"', "turned is 'yes'; it must be true or false"),
        (STREETS * 2, "two collections are called streets"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_named(folder: Path, text: str, said: str) -> None:
    needs_teacher = "teacher" not in said and "teacher" not in text
    file = write(folder, 'teacher = "detector"\n' * needs_teacher + text)
    with pytest.raises(DataError, match=said) as raised:
        open_detector_data(file)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_place_that_is_not_there_says_what_a_detector_takes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: no such folder or \.toml"):
        open_detector_data(tmp_path / "nowhere")


def test_last_files_by_name_are_held_out(folder: Path) -> None:
    streets = Collection("streets", folder / "streets", "scenes")
    assert part_of(streets, "train") == [f"{n}.png" for n in range(8)]
    assert part_of(streets, "valid") == ["8.png", "9.png"]
    cutouts = Collection("heads", folder / "streets", "cutouts", limit=3)
    assert len(set(part_of(cutouts, "train"))) == 3
    assert part_of(cutouts, "train") == part_of(cutouts, "train")
    assert part_of(cutouts, "valid") == []
    some = Collection("streets", folder / "streets", "scenes", limit=6, held_out=0.5)
    train, valid = (part_of(some, part) for part in ("train", "valid"))
    assert [*train, *valid] == sorted([*train, *valid])  # who is seen in one is not in the other


def test_single_file_is_on_one_side(face_clip: Path) -> None:
    clip = Collection("clip", face_clip, "portraits", held_out=1)
    assert (part_of(clip, "train"), part_of(clip, "valid")) == ([], ["face.mp4"])
    with pytest.raises(DataError, match="single file, which cannot be split; set held_out of clip"):
        part_of(Collection("clip", face_clip, "portraits"), "train")


def test_collection_of_nothing_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match="no picture or video in it whose path begins with 'x'"):
        part_of(Collection("streets", folder / "streets", "scenes", prefix="x"), "train")
    with pytest.raises(DataError, match="missing"):
        part_of(Collection("gone", folder / "gone", "scenes"), "train")


def test_archive_and_folder_give_the_same_pictures(folder: Path) -> None:
    with zipfile.ZipFile(folder / "streets.zip", "w") as archive:
        for path in (folder / "streets").iterdir():
            archive.write(path, f"in/{path.name}")
    zipped = Collection("zipped", folder / "streets.zip", "cutouts", prefix="in/")
    plain = Collection("plain", folder / "streets", "cutouts")
    names = part_of(zipped, "train")
    assert names == [f"in/{n}.png" for n in range(10)]
    for one, other in zip(
        read_files(zipped, names), read_files(plain, part_of(plain, "train")), strict=True
    ):
        np.testing.assert_array_equal(one, other)
        assert one.shape == (64 + 2 * 16, 96 + 2 * 16)  # a border, since they fill the picture


def test_damaged_picture_and_missing_archive_are_named(tmp_path: Path) -> None:
    path = tmp_path / "no_faces.zip"
    collection = Collection("no_faces", path, "negatives", held_out=0)
    with pytest.raises(DataError, match=r"no_faces\.zip: is missing"):
        part_of(collection, "train")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("no_faces/0.jpg", b"no picture")
    with pytest.raises(DataError, match=r"no_faces\.zip: no_faces/0\.jpg: 10 bytes"):
        list(read_files(collection, part_of(collection, "train")))


def test_both_sides_are_labelled_and_videos_are_known(folder: Path) -> None:
    (folder / "films").mkdir()
    write_video(folder / "films" / "a.mp4", moving(96, 64, 17))
    write_video(folder / "films" / "b.mp4", moving(96, 64, 9))
    films = '[[collection]]\nname = "films"\npath = "films"\nrole = "negatives"\nheld_out = 0.5\n'
    data = open_detector_data(write(folder, f'teacher = "detector"\n{STREETS}{films}'))
    eye, told = Spots(), list[str]()
    labels = LabelCache(dict.fromkeys((320, 448, 640, 1024), eye), "spots", folder / "labels.json")
    train, valid = (label_part(data, part, labels, told.append) for part in ("train", "valid"))
    assert [len(part.pictures) for part in train] == [8, 3]  # every eighth frame of 17
    assert [len(part.pictures) for part in valid] == [2, 2]
    assert videos_of(train, "negatives") == [folder / "films" / "a.mp4"]
    assert videos_of(valid, "negatives") == [folder / "films" / "b.mp4"]
    assert told == ["streets", "films"] * 2
    assert all(len(picture.faces) == 1 for picture in train[0].pictures)


@pytest.mark.parametrize(("side", "sure", "believed"), [(60, 0.8, 0), (60, 0.6, 1), (30, 0.8, 1)])
def test_large_faces_of_which_the_teacher_is_unsure_are_ignored_where_a_collection_says_so(
    folder: Path, side: int, sure: float, believed: int
) -> None:
    save(folder / "squares", spots((96, 128), (20, 10, side, 180)))  # Spots is sure by 180 / 255
    squares = '[[collection]]\nname = "squares"\npath = "squares"\nrole = "scenes"\nheld_out = 0\n'
    data = open_detector_data(write(folder, f'teacher = "detector"\n{squares}sure = {sure}\n'))
    eyes = dict.fromkeys((320, 448, 640, 1024), Spots())
    (part,) = label_part(
        data, "train", LabelCache(eyes, "", folder / "labels.json"), list[str]().append
    )
    (picture,) = part.pictures
    assert (len(picture.faces), len(picture.ignored)) == (believed, 1 - believed)


def test_pictures_and_videos_are_not_mixed(folder: Path) -> None:
    write_video(folder / "streets" / "a.mp4", moving(96, 64, 9))
    streets = Collection("streets", folder / "streets", "scenes")
    with pytest.raises(DataError, match="holds pictures and videos; make two collections"):
        part_of(streets, "train")


def test_each_role_is_used_for_what_it_is() -> None:
    face, two = portrait(), LabelledPicture(FACE, portrait().faces * 2)
    unsure, none = LabelledPicture(FACE, (), portrait().faces), LabelledPicture(NO_FACE)
    pictures = training_pictures(
        [
            labelled("scenes", face, two, none),
            labelled("portraits", face, two, none),
            labelled("cutouts", face, unsure),
            labelled("negatives", none, unsure, face),
        ]
    )
    scenes, portraits, cutouts = pictures.photographs
    assert list(scenes) == [face, two, none]
    assert list(portraits) == [face]
    assert list(cutouts) == list(pictures.cutouts) == [face]
    assert pictures.shares == pytest.approx([1 / 3] * 3)
    assert [p.luma is none.luma or p.luma is unsure.luma for p in pictures.empty] == [True] * 2
    assert not any(p.ignored for p in pictures.empty)  # what was half a face there is none


def test_videos_are_shown_where_there_are_faces() -> None:
    face, none = portrait(), LabelledPicture(NO_FACE)
    pictures = training_pictures(
        [labelled("scenes", face, none, video="a.mp4"), labelled("negatives", none)]
    )
    assert [list(group) for group in pictures.photographs] == [[face]]


def test_training_on_nothing_is_refused() -> None:
    face, none = portrait(), LabelledPicture(NO_FACE)
    with pytest.raises(DataError, match="no face was found to train on"):
        training_pictures([labelled("scenes", none), labelled("negatives", none)])
    with pytest.raises(DataError, match="no picture without a face"):
        training_pictures([labelled("scenes", face), labelled("negatives", face)])


def test_the_projects_own_data_are_collections_too(shared: Path) -> None:
    data = open_detector_data(shared)
    parts = {c.name: (part_of(c, "train"), part_of(c, "valid")) for c in data.collections}
    assert {name: (len(train), len(valid)) for name, (train, valid) in parts.items()} == {
        "work": (588, 81),
        "web": (410, 56),
        "room": (382, 53),
        "everyday": (800, 200),
        "portraits": (1408, 192),
        "no_faces": (1100, 150),
        "places": (792, 108),
        "clips": (7, 0),
        "fer2013": (1000, 0),
        "affectnet": (700, 0),
        "all ages": (1000, 0),
        "stills": (0, 3),
        "portrait clips": (0, 3),
        "clips without a face": (0, 2),
    }
    assert data.teacher_sizes == (224, 320, 448, 640, 1024)
    assert data.teacher.is_file()
