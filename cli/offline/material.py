"""What a network learns from, as `train` was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fer_video.cli.options.offline import say, say_counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fer_video.engine.network.classifier import Classifier
    from fer_video.exporters.augment.faces import Faces
    from fer_video.exporters.training.preparation import PreparedDataset
    from fer_video.exporters.training.recipe import Recipe
    from fer_video.exporters.training.teachers.teaching import Teacher

_TEACHER_THREADS = 2
"""Threads of ONNX Runtime for the teacher: nothing else runs while it reads."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a network learns from, and what `run.json` says of it."""

    train: "list[Faces]"
    valid: "list[Faces]"
    record: Mapping[str, object]
    labels: tuple[str, ...]
    """What the faces are told apart by, in order."""
    shown: frozenset[int]
    """Which of them faces to train on are labelled with, by place; opinions of teachers aside."""

    def valid_of(self, name: str) -> "list[Faces]":
        """The validation faces of a data set; of all where it has none."""
        return [faces for faces in self.valid if faces.name == name] or self.valid


def of_pack(
    path: Path, opinions: list[Path], teachers: list[str], share: float, *, live: bool
) -> Material:
    """Prepared faces, with the opinions of teachers; without any, those without a label go.

    Teachers that are live read each crop in training, those without a label, too.
    """
    from fer_video.exporters.augment.faces import chosen  # noqa: PLC0415
    from fer_video.exporters.training.pack import labelled, load_pack  # noqa: PLC0415
    from fer_video.exporters.training.teachers.opinions import read_opinions, with_opinions  # noqa: PLC0415

    pack = load_pack(path)
    shown = _shown([chosen(faces, labelled(faces)) for faces in pack.train])
    if teachers and not live:
        classifiers = [_classifier(teacher) for teacher in teachers]
        said = [_opinions(faces, classifiers, pack.labels) for faces in pack.train]
    else:
        said = read_opinions(opinions, pack) if opinions else []
    if live:
        train = list(pack.train)
    elif said:
        train = [with_opinions(f, o, share) for f, o in zip(pack.train, said, strict=True)]
    else:
        train = [chosen(faces, labelled(faces)) for faces in pack.train]
    folds = f"{len(opinions)} folds" if opinions else None
    left = [faces for faces in train if faces.images]
    unlabelled = pack.record.get("unlabelled", {})
    record = {
        **pack.record,
        "unlabelled": {f.name: len(f.images) for f in left if f.name in unlabelled},
        "teacher": names_of(teachers) or folds,
    }
    return Material(left, list(pack.valid), record, pack.labels, shown)


def _shown(train: "list[Faces]") -> frozenset[int]:
    """The labels of labelled faces, by place."""
    return frozenset(int(label) for faces in train for label in faces.labels)


def live_teachers(teachers: list[str], labels: tuple[str, ...]) -> "list[Teacher]":
    """Networks that read each crop.

    Raises:
        ModelError: one is not there, or reads other labels.
    """
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.exporters.training.teachers.teaching import load_teacher  # noqa: PLC0415

    return [load_teacher(find_model(teacher), labels) for teacher in teachers]


def names_of(teachers: list[str]) -> str | None:
    """What the record calls them; None of none."""
    from fer_video.exporters.training.start import name_of  # noqa: PLC0415

    kept = (Path(t).stem if Path(t).suffix != ".keras" else name_of(Path(t)) for t in teachers)
    return ", ".join(kept) or None


def _opinions(
    faces: "Faces", classifiers: "list[Classifier]", labels: tuple[str, ...]
) -> "NDArray[np.float32]":
    """(n, labels) float32: the mean of what classifiers say of faces."""
    import numpy as np  # noqa: PLC0415

    from fer_video.exporters.training.teachers.distillation import opinions_of  # noqa: PLC0415

    said = [opinions_of(faces, classifier, labels) for classifier in classifiers]
    return np.asarray(np.mean(said, axis=0), np.float32)


def of_datasets(
    sets: list[tuple[Path, str]],
    labels: tuple[str, ...],
    recipe: "Recipe",
    detector: str,
    output: Path,
    teachers: list[str],
    unlabelled: list[Path],
) -> Material:
    """Data sets, with the opinions of classifiers."""
    from fer_video.exporters.augment.faces import joined  # noqa: PLC0415
    from fer_video.exporters.training.preparation import without_duplicates_across  # noqa: PLC0415

    classifiers = [_classifier(teacher) for teacher in teachers]
    read = [_prepare(*pair, labels, recipe, detector, output) for pair in sets]
    parts = without_duplicates_across(read)
    # what shows none of the labels is to be read as each of them alike: independent outputs cannot
    unsure = recipe.loss == "categorical"
    for part in parts:
        say_counts(part.name, part.dataset)
        if unsure and part.train_others.images:
            count = len(part.train_others.images)
            say(f"  of the dropped ones {count} are learnt as faces that show none of the labels")
    faces = [joined([p.train, p.train_others]) if unsure else p.train for p in parts]
    shown = _shown(faces)
    if classifiers:
        faces = _taught(
            faces, parts, labels, classifiers, recipe.distillation, unlabelled, detector
        )
    record = {
        "data": [part.record() for part in parts],
        "unlabelled": {part.name: len(part.images) for part in faces[len(parts) :]},
        "teacher": names_of(teachers),
    }
    valid = [joined([part.valid, part.valid_others]) for part in parts]
    return Material(faces, valid, record, labels, shown)


def check_classes(material: Material, *, allow_missing: bool) -> list[str]:
    """The labels of which there is no labelled face to train on.

    Raises:
        DataError: there are some, and that is not allowed.
    """
    from fer_video.engine.errors import DataError  # noqa: PLC0415

    missing = [name for i, name in enumerate(material.labels) if i not in material.shown]
    if missing and not allow_missing:
        raise DataError(
            f"no face to train on shows {', '.join(missing)}: add some, train without with "
            "--allow-missing, or say with --labels what to tell apart"
        )
    return missing


def say_threshold(material: Material) -> None:
    """That every face will be labelled, where no face tells when it should not be."""
    if all(faces.known.all() for faces in material.valid):
        say(
            "every face will be labelled, and none `uncertain`: no validation face is known to "
            "show none of the labels, as sad and fear ones do where these are no labels"
        )


def _taught(
    faces: "list[Faces]",
    parts: "list[PreparedDataset]",
    labels: tuple[str, ...],
    classifiers: "list[Classifier]",
    share: float,
    unlabelled: list[Path],
    detector: str,
) -> "list[Faces]":
    """What teachers say of the faces, and of those in archives without labels."""
    from fer_video.exporters.training.teachers.opinions import with_opinions  # noqa: PLC0415

    faces = [*faces, *without_labels(unlabelled, parts, detector, len(labels))]
    names = ", ".join(classifier.card.name for classifier in classifiers)
    say(f"teacher {names} reads {sum(len(f.images) for f in faces)} faces")
    return [with_opinions(f, _opinions(f, classifiers, labels), share) for f in faces]


def without_labels(
    archives: list[Path], parts: "list[PreparedDataset]", detector: str, labels: int
) -> "list[Faces]":
    """The faces in archives of pictures, but for near duplicates of those that are held out."""
    from fer_video.exporters.data.alignment import LandmarkFinder  # noqa: PLC0415
    from fer_video.exporters.training.preparation import without_held_out  # noqa: PLC0415
    from fer_video.exporters.training.teachers.distillation import unlabelled_faces  # noqa: PLC0415

    found = []
    finder = LandmarkFinder.load(detector, 320)
    for path in archives:
        kept, duplicates = without_held_out(unlabelled_faces(path, finder.detector, labels), parts)
        left_out = f"{len(duplicates)} near duplicates of held-out ones left out"
        say(f"{kept.name}: {len(kept.images)} faces without labels, {left_out}")
        found.append(kept)
    return found


def _classifier(teacher: str) -> "Classifier":
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.engine.options.session import SessionOptions  # noqa: PLC0415

    return Classifier(teacher, SessionOptions(provider="cpu", threads=_TEACHER_THREADS))


def _prepare(
    path: Path,
    layout: str,
    labels: tuple[str, ...],
    recipe: "Recipe",
    detector: str,
    output: Path,
) -> "PreparedDataset":
    from fer_video.exporters.data.alignment import LandmarkFinder  # noqa: PLC0415
    from fer_video.exporters.training.preparation import prepare  # noqa: PLC0415

    finder = LandmarkFinder.load(detector, 256) if recipe.augmentation.aligned else None
    return prepare(
        path,
        layout,
        smoothing=recipe.smoothing,
        seed=recipe.seed,
        labels=labels,
        finder=finder,
        cache=output,
    )
