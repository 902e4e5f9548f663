"""Each data set in its own public layout, made small here."""

import csv
import zipfile
from collections import Counter
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest

from fer_video.cli.options.offline import own_labels
from fer_video.engine.errors import DataError
from fer_video.engine.faces.expressions import EXPRESSIONS, Expression
from fer_video.exporters.data.datasets import OTHER, Dataset
from fer_video.exporters.data.images import at_most, load_images, read_image
from fer_video.exporters.data.layouts.read import LAYOUTS, read_dataset, read_labelled, set_name
from tests.labelled_faces import pack, save, save_classes


@pytest.fixture
def ferplus(tmp_path: Path) -> Path:
    """Counts are of neutral, happy, surprise, sad, anger, disgust, fear, contempt, unknown, NF."""
    rows = {
        "FER2013Train": [
            "8,0,0,2,0,0,0,0,0,0",  # neutral
            "0,0,0,0,4,3,0,0,3,0",  # no majority, but seven votes on the five
            "0,0,0,9,0,0,1,0,0,0",  # sad
            "0,10,0,0,0,0,0,0,0,0",  # happy, file absent
        ],
        "FER2013Valid": ["0,0,5,0,0,5,0,0,0,0", "0,0,0,0,4,3,0,0,3,0"],
        "FER2013Test": ["0,0,0,0,1,9,0,0,0,0"],
    }
    for folder, votes in rows.items():
        lines = [f'fer{i}.png,"(0, 0, 48, 48)",{line}' for i, line in enumerate(votes)]
        for i in range(len(lines)):
            save(tmp_path / "fer2013" / folder / f"fer{i}.png", seed=10 * len(folder) + i)
        (tmp_path / "fer2013" / folder / "label.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "fer2013/FER2013Train/fer3.png").unlink()
    return tmp_path


def labels(dataset: Dataset, split: str) -> list[str]:
    return [str(s.label) for s in dataset.samples if s.split == split]


def test_ferplus_keeps_majorities_and_trains_on_votes(ferplus: Path) -> None:
    dataset = read_dataset(ferplus, "ferplus")
    assert labels(dataset, "train") == ["neutral", "angry"]
    assert labels(dataset, "valid") == ["surprise"]
    assert labels(dataset, "test") == ["disgust"]
    np.testing.assert_allclose(dataset.samples[1].target(), np.array([4, 3, 0, 0, 0]) / 7)


def test_ferplus_counts_what_it_drops_and_names_what_is_missing(ferplus: Path) -> None:
    dataset = read_dataset(ferplus / "fer2013", "ferplus")
    assert dataset.left_out()["sadness", "another expression"] == 1
    assert dataset.left_out()["anger", "no majority of the votes"] == 1
    assert dataset.left_out()["happiness", "image missing"] == 1
    assert dataset.missing() == ["FER2013Train/fer3.png"]
    assert dataset.split("test").dropped == ()


def test_further_labels_are_kept_where_they_are_asked_for(ferplus: Path) -> None:
    plain = read_dataset(ferplus, "ferplus")
    dataset = read_dataset(ferplus, "ferplus", ("contempt", "Sadness", "anger"))
    assert plain.labels == EXPRESSIONS
    assert dataset.labels == (*EXPRESSIONS, "sad")
    assert labels(dataset, "train") == ["neutral", "angry", "sad"]
    assert dataset.indices()[-1] == 5
    assert dataset.left_out() == plain.left_out() - Counter({("sadness", OTHER): 1})


def test_folders_of_none_of_the_five_are_read_for_a_network_of_theirs(tmp_path: Path) -> None:
    save(tmp_path / "bored/a.png", 1)
    with pytest.raises(DataError, match=r"no image of angry, .*surprise in the layout folders"):
        read_dataset(tmp_path, "folders")
    assert read_dataset(tmp_path, "folders", ("Bored", "keen")).kept() == {"bored": 1}


def test_labels_of_ones_own_are_all_that_is_told_apart(ferplus: Path) -> None:
    dataset = read_labelled(ferplus, "ferplus", ("Sadness", "angry"))
    assert dataset.labels == ("sad", "angry")
    assert labels(dataset, "train") == ["angry", "sad"]
    for sample, target in zip(dataset.split("train").samples, ([0, 1], [1, 0]), strict=True):
        np.testing.assert_allclose(sample.target(dataset.labels), target)
    assert dataset.left_out()["neutral", OTHER] == 1
    whole = read_dataset(ferplus, "ferplus")
    five = read_labelled(ferplus, "ferplus", EXPRESSIONS)
    assert [s.name for s in five.samples] == [s.name for s in whole.samples]
    assert five.left_out() == whole.left_out()


def test_pictures_of_ones_own_labels_that_are_missing_are_named(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 1)
    (tmp_path / "index.csv").write_text("file,label\na.png,bored\nb.png,bored\nc.png,keen\n")
    dataset, _ = load_images(read_labelled(tmp_path, "indexed", ("bored", "alert")))
    assert dataset.missing() == ["b.png"]
    with pytest.raises(DataError, match=r"no image of alert .*but of bored, keen; .*--labels"):
        read_labelled(tmp_path, "indexed", ["alert"])


def test_label_of_2013_counts_as_votes_in_training_alone(ferplus: Path) -> None:
    names = ("FER2013Train/fer0.png", "FER2013Train/fer1.png", "FER2013Valid/fer0.png")
    lines = [
        f"{name},,{label}" for name, label in zip(names, ("surprise", "sad", "angry"), strict=True)
    ]
    table = "\n".join(["image,split,fer2013_label", *lines])
    (ferplus / "fer2013/fer2013_labels.csv").write_text(table)
    dataset = read_dataset(ferplus, "ferplus")
    surprised_a_little, as_voted, valid, _ = (sample.target() for sample in dataset.samples)
    np.testing.assert_allclose(surprised_a_little, np.array([0, 0, 0, 8, 3]) / 11)
    np.testing.assert_allclose(as_voted, np.array([4, 3, 0, 0, 0]) / 7)
    np.testing.assert_allclose(valid, np.array([0, 5, 0, 0, 5]) / 10)


def test_restrained_anger_is_not_learnt_as_neutral(ferplus: Path) -> None:
    train, valid = "FER2013Train/fer0.png", "FER2013Valid/fer0.png"
    table = f"image,split,fer2013_label\n{train},,angry\n{valid},,angry"
    (ferplus / "fer2013/fer2013_labels.csv").write_text(table)
    before = [s.name for s in read_dataset(ferplus, "ferplus").samples]
    assert train not in before
    assert valid in before


def test_zip_reads_like_its_folder(ferplus: Path, tmp_path: Path) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted((ferplus / "fer2013").rglob("*.*")):
            file.write(path, path.relative_to(ferplus))
    zipped, unzipped = read_dataset(archive, "ferplus"), read_dataset(ferplus, "ferplus")
    assert [s.name for s in zipped.samples] == [s.name for s in unzipped.samples]
    for one, other in zip(zipped.samples, unzipped.samples, strict=True):
        np.testing.assert_array_equal(read_image(one), read_image(other))


def test_fer2013_csv(tmp_path: Path) -> None:
    pixels = " ".join(str(i % 256) for i in range(48 * 48))
    with (tmp_path / "fer2013.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["emotion", "pixels", "Usage"])
        table.writerow([0, pixels, "Training"])
        table.writerow([2, pixels, "Training"])
        table.writerow([6, pixels, "PublicTest"])
        table.writerow([5, pixels, "PrivateTest"])
    dataset = read_dataset(tmp_path, "fer2013")
    assert [(str(s.label), s.split) for s in dataset.samples] == [
        ("angry", "train"),
        ("neutral", "valid"),
        ("surprise", "test"),
    ]
    assert dataset.left_out()["fear", "another expression"] == 1
    image = read_image(dataset.samples[0])
    assert image.shape == (48, 48, 3)
    assert image[0, 5].tolist() == [5, 5, 5]


def test_fer2013_csv_with_a_short_row_names_the_row(tmp_path: Path) -> None:
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n0,1 2 3,Training\n")
    with pytest.raises(DataError, match=r"fer2013\.csv:2: 3 pixels"):
        read_dataset(tmp_path, "fer2013")


def test_fer2013_folders(tmp_path: Path) -> None:
    save(tmp_path / "train/happy/a.png", 1)
    save(tmp_path / "test/fear/b.png", 2)
    dataset = read_dataset(tmp_path, "fer2013")
    assert [(str(s.label), s.split) for s in dataset.samples] == [("happy", "train")]
    assert dataset.left_out()["fear", "another expression"] == 1


def test_rafdb(tmp_path: Path) -> None:
    names = {"train_00001": 1, "train_00002": 2, "test_0001": 6, "test_0002": 7}
    for seed, name in enumerate(names):
        save(tmp_path / f"basic/Image/aligned/{name}_aligned.jpg", seed, 100)
    table = tmp_path / "basic/EmoLabel/list_patition_label.txt"
    table.parent.mkdir(parents=True)
    table.write_text("".join(f"{name}.jpg {label}\n" for name, label in names.items()))
    dataset = read_dataset(tmp_path, "rafdb")
    assert [(str(s.label), s.split) for s in dataset.samples] == [
        ("surprise", "train"),
        ("angry", "test"),
        ("neutral", "test"),
    ]


def test_images_that_are_still_packed_are_told_from_none(tmp_path: Path) -> None:
    """RAF-DB comes as archives inside of an archive."""
    (tmp_path / "EmoLabel").mkdir()
    (tmp_path / "EmoLabel/list_patition_label.txt").write_text("test_0001.jpg 6\ntest_0002.jpg 2\n")
    (tmp_path / "Image").mkdir()
    (tmp_path / "Image/aligned.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"none of the 1 .*test_0001_aligned.jpg .*unpack"):
        read_dataset(tmp_path, "rafdb")


def test_affectnet_manual_lists_crop_the_face(tmp_path: Path) -> None:
    save(tmp_path / "Manually_Annotated_Images/12/a.png", 5, 60)
    columns = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks"
    header = f"{columns},expression,valence,arousal\n"
    (tmp_path / "training.csv").write_text(header + "12/a.png,10,20,30,25,1;2,5,0.1,0.2\n")
    (tmp_path / "validation.csv").write_text(header + "12/a.png,0,0,60,60,1;2,7,0.1,0.2\n")
    dataset = read_dataset(tmp_path, "affectnet")
    (sample,) = dataset.samples
    assert (sample.label, sample.split) == (Expression.DISGUST, "train")
    assert read_image(sample).shape == (25, 30, 3)
    assert dataset.left_out()["contempt", "another expression"] == 1


ROW = "12/a.png,10,20,30,25,1;2,5,0.1,0.2\n"
PUBLISHED = "Manually_Annotated_file_lists"


def affectnet(folder: Path, training: str, validation: str, images: str = "") -> Dataset:
    """What is read of lists and images where they are published."""
    save(folder / images / "Manually_Annotated_Images/12/a.png", 5, 60)
    (folder / PUBLISHED).mkdir()
    columns = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks"
    header = f"{columns},expression,valence,arousal\n"
    (folder / PUBLISHED / "training.csv").write_text(header + training)
    (folder / PUBLISHED / "validation.csv").write_text(validation)
    return read_dataset(folder, "affectnet")


@pytest.mark.parametrize("images", ["", "Manually_Annotated"])
def test_affectnet_is_read_as_it_is_published(tmp_path: Path, images: str) -> None:
    """The lists lie in a folder of theirs, and that of the validation part has no header."""
    dataset = affectnet(tmp_path, ROW, ROW.replace(",5,0.1", ",6,0.1"), images)
    assert labels(dataset, "train") == ["disgust"]
    assert labels(dataset, "test") == ["angry"]
    assert {read_image(sample).shape for sample in dataset.samples} == {(25, 30, 3)}


def test_affectnet_rows_without_a_box_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    null = "12/a.png,NULL,NULL,-1,-1,NULL,5,0,0\n"
    negative = "12/a.png,10,20,-30,-25,1;2,1,0,0\n"
    dataset = affectnet(tmp_path, null + negative + ROW, "")
    assert labels(dataset, "train") == ["disgust"]
    assert dataset.left_out() == {
        ("disgust", "no box of its face"): 1,
        ("happy", "no box of its face"): 1,
    }


def test_affectnet_release_of_arrays(tmp_path: Path) -> None:
    for part, number, label in (("train_set", 7, "0"), ("train_set", 8, "3"), ("val_set", 1, "6")):
        save(tmp_path / part / f"images/{number}.png", number)
        annotations = tmp_path / part / "annotations"
        annotations.mkdir(exist_ok=True)
        np.save(annotations / f"{number}_exp.npy", np.array(label))
    (tmp_path / "train_set/annotations/8_exp.npy").unlink()
    dataset = read_dataset(tmp_path, "affectnet")
    assert [(str(s.label), s.split) for s in dataset.samples] == [
        ("neutral", "train"),
        ("angry", "test"),
    ]
    assert dataset.missing() == ["train_set/annotations/8_exp.npy"]


def test_folders_with_and_without_splits(tmp_path: Path) -> None:
    save(tmp_path / "flat/anger/a.png", 1)
    save(tmp_path / "flat/Surprise/b.png", 2)
    flat = read_dataset(tmp_path / "flat", "folders")
    assert [s.label for s in flat.samples] == ["surprise", "angry"]
    assert flat.split_by_name
    save(tmp_path / "split/train/angry/a.png", 1)
    save(tmp_path / "split/test/happy/b.png", 2)
    split = read_dataset(tmp_path / "split", "folders")
    assert labels(split.split("test"), "test") == ["happy"]
    assert not split.split_by_name


def test_what_systems_leave_in_folders_is_no_face_and_no_label(tmp_path: Path) -> None:
    faces = save_classes(tmp_path / "faces", 1, ("bored", "keen"))
    for name in ("bored/._0.png", "bored/.DS_Store", "keen/Thumbs.db", "__MACOSX/a.png"):
        (faces / name).parent.mkdir(exist_ok=True)
        (faces / name).write_bytes(b"\0")
    save(faces / "keen/.ipynb_checkpoints/0-checkpoint.png", 9)
    save(faces / ".trash/0.png", 10)
    for place in (faces, pack(faces, tmp_path / "faces.zip")):
        dataset, _ = load_images(read_labelled(place, "folders", ("bored", "keen")))
        assert dataset.kept() == {"bored": 1, "keen": 1}
        assert not dataset.dropped


def test_folders_inside_a_labels_folder_belong_to_it(tmp_path: Path) -> None:
    save(tmp_path / "faces/bored/monday/anna 1: first.JPG", 1)
    save(tmp_path / "faces/keen/0.tif", 2)
    (tmp_path / "faces/keen/again").symlink_to(tmp_path / "faces/keen")
    with pytest.raises(DataError, match="folders, but of bored, keen; "):
        read_labelled(tmp_path / "faces", "folders", ("alert",))
    for place in (tmp_path / "faces", tmp_path):
        dataset, images = load_images(read_labelled(place, "folders", ("bored", "keen")))
        names = [sample.name for sample in dataset.samples]
        assert names == ["bored/monday/anna 1: first.JPG", "keen/0.tif"]
        assert len(images) == 2


@pytest.mark.parametrize("place", [".", "../faces", "bored/.."])
def test_a_data_set_has_a_name_however_its_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    save(tmp_path / "faces/bored/0.png", 1)
    monkeypatch.chdir(tmp_path / "faces")
    assert set_name(Path(place)) == "faces"


def test_files_that_are_no_pictures_are_counted(tmp_path: Path) -> None:
    save(tmp_path / "bored/0.png", 1)
    (tmp_path / "bored/photo.heic").write_bytes(b"\0")
    dataset = read_labelled(tmp_path, "folders", ("bored",))
    assert dataset.left_out() == {("bored", "another kind of file"): 1}
    (tmp_path / "bored/0.png").unlink()
    with pytest.raises(DataError, match="not in the layout folders"):
        read_labelled(tmp_path, "folders", ("bored",))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_wrong_layout_says_what_was_expected(tmp_path: Path, layout: str) -> None:
    (tmp_path / "holiday").mkdir()
    with pytest.raises(DataError, match="expected"):
        read_dataset(tmp_path, layout)


def test_missing_folder_and_unknown_layout_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such folder"):
        read_dataset(tmp_path / "nowhere", "folders")
    with pytest.raises(DataError, match="imagenet: no such layout"):
        read_dataset(tmp_path, "imagenet")


def test_broken_image_is_named_and_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    save(tmp_path / "happy/good.png", 1)
    (tmp_path / "happy/bad.png").write_bytes(b"not a picture")
    (tmp_path / "happy/empty.png").write_bytes(b"")
    dataset, images = load_images(read_dataset(tmp_path, "folders"))
    assert len(images) == len(dataset.samples) == 1
    assert dataset.missing() == ["happy/bad.png", "happy/empty.png"]
    assert dataset.left_out()["happy", "image broken"] == 2


@pytest.mark.parametrize("shape", [(1, 3000, 3), (3000, 1, 3)])
def test_a_line_of_pixels_is_a_picture_as_well(shape: tuple[int, int, int]) -> None:
    assert sorted(at_most(np.zeros(shape, np.uint8), 1024).shape) == [1, 3, 1024]


def test_large_portraits_are_held_as_large_as_they_are_needed(tmp_path: Path) -> None:
    """Three hundred of twelve megapixels would take eleven gigabytes."""
    save(tmp_path / "happy" / "telephone.png", 1, 4000)
    save(tmp_path / "happy" / "small.png", 2, 48)
    _, images = load_images(read_dataset(tmp_path, "folders"))
    assert [image.shape for image in images] == [(48, 48, 3), (1024, 1024, 3)]
    assert np.abs(images[1].astype(int) - 127).mean() < 20  # the mean of many levels


def test_data_sets_beside_each_other_are_to_be_given_one_by_one(tmp_path: Path) -> None:
    for person in ("anna", "ben"):
        save_classes(tmp_path / "faces" / person, 2)
    with pytest.raises(DataError, match="anna, ben are a data set each"):
        read_dataset(tmp_path / "faces", "folders")
    assert len(read_dataset(tmp_path / "faces" / "anna", "folders").samples) == 10


def test_folders_beside_the_splits_are_counted(tmp_path: Path) -> None:
    for part in ("train", "test", "dev"):
        save_classes(tmp_path / "set" / part, 1)
    dataset = read_dataset(tmp_path / "set", "folders")
    assert len(dataset.samples) == 10
    assert dataset.left_out() == {("dev", "beside the splits"): 5}
    assert not dataset.split_by_name


def test_folder_that_is_called_like_a_split_and_holds_pictures_is_a_label(tmp_path: Path) -> None:
    save_classes(tmp_path, 6, ("training", "resting"))
    dataset = read_labelled(tmp_path, "folders", ("training", "resting"))
    assert dataset.kept() == {"training": 6, "resting": 6}
    assert dataset.split_by_name


def test_labels_are_the_same_however_a_system_composes_their_letters(tmp_path: Path) -> None:
    save_classes(tmp_path, 2, (normalize("NFD", "müde"), "wach"))
    dataset = read_labelled(tmp_path, "folders", own_labels("müde,Wach"))
    assert dataset.kept() == {"müde": 2, "wach": 2}
