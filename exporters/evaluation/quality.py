"""Whether a face's quality tells wrong labels better than the network's confidence alone does.

    python -m fer_video.exporters.evaluation.quality --data SET.zip:LAYOUT --plot curves.png

A logistic regression on the measures, the confidence, its margin and the entropy is fitted to
validation faces as they are and degraded, and judged on test faces by error-versus-reject curves
(Grother and Tabassi, 2007): the share of wrong labels among those that are left where the worst
are rejected. Prints tables in Markdown; `--data` may be repeated.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.capture.pictures.arrays import to_still
from fer_video.engine.errors import FerError
from fer_video.engine.faces.expressions import Scores
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.faces.quality import REASONS, Quality
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.models import find_model
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.quality.measures import measure
from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.warping import plain_affine, warp
from fer_video.exporters.data.alignment import LandmarkFinder, find_landmarks
from fer_video.exporters.data.datasets import Image, Split
from fer_video.exporters.data.images import read_image
from fer_video.exporters.data.layouts.read import read_dataset
from fer_video.exporters.evaluation.recognition import classify_crops
from fer_video.exporters.evaluation.robustness import CONDITIONS

DEGRADED = ("as it is", "gray", "24 pixels", "blurred", "a quarter of the light", "mouth covered")
"""Names of `CONDITIONS` that leave a face where it is in its picture."""
REJECTED = (0.0, 0.1, 0.2, 0.3, 0.5)
_FOUND_AT = 256
"""Longer side in pixels of the pictures in which landmarks are found, as for training."""
Curve = tuple[str, NDArray[np.float64]]
"""What faces are rejected by, and the share of wrong labels for each share that is rejected."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Faces that a network has read."""

    scores: NDArray[np.float32]
    """(n, labels)."""
    right: NDArray[np.bool_]
    """(n,) whether the label is right."""
    measures: tuple[Quality, ...]
    """Of each face."""
    degraded: NDArray[np.bool_]
    """(n,) whether the face is not as it was taken."""


def read_faces(
    sets: Sequence[tuple[Path, str]], split: Split, count: int, classifier: Classifier
) -> Read:
    """Read some faces of a split, as they are and degraded.

    Args:
        sets: path and layout of each data set.
        split: to take them from.
        count: how many of each set at most.
        classifier: that reads them.
    """
    labels = classifier.card.labels
    found = [f for path, layout in sets for f in _faces(path, layout, split, count, labels)]
    reads = [(name, _read(found, name, classifier)) for name in DEGRADED]
    truth = np.array([label for _, label in found])
    return Read(
        np.concatenate([scores for _, (scores, _) in reads]),
        np.concatenate([scores.argmax(axis=1) == truth for _, (scores, _) in reads]),
        tuple(measures for _, (_, each) in reads for measures in each),
        np.repeat([name != DEGRADED[0] for name, _ in reads], len(found)),
    )


def _faces(
    path: Path, layout: str, split: Split, count: int, labels: tuple[str, ...]
) -> Iterator[tuple[FaceImage, int]]:
    finder = LandmarkFinder.load("detector", _FOUND_AT)
    samples = [s for s in read_dataset(path, layout).split(split).samples if s.label in labels]
    chosen = np.random.default_rng(1).permutation(len(samples))[:count]
    pictures = [read_image(samples[i]) for i in chosen]
    landmarks = find_landmarks(pictures, finder.detector)
    for i, picture, points in zip(chosen, pictures, landmarks, strict=True):
        if points is not None:
            yield FaceImage(picture, points), labels.index(samples[i].label)


def _read(
    faces: Sequence[tuple[FaceImage, int]], condition: str, classifier: Classifier
) -> tuple[Scores, list[Quality]]:
    degrade, side = CONDITIONS[condition], classifier.card.input_height
    pictures = [np.ascontiguousarray(degrade(face.image)) for face, _ in faces]
    crops = (warp(picture, plain_affine(picture.shape, side), side) for picture in pictures)
    scores = np.stack(classify_crops(classifier, crops))
    measures = [_measured(p, face) for p, (face, _) in zip(pictures, faces, strict=True)]
    return scores, measures


def _measured(picture: Image, face: FaceImage) -> Quality:
    assert face.landmarks is not None
    points = face.landmarks * (picture.shape[0] / face.image.shape[0])
    left, top = points.min(axis=0)
    width, height = points.max(axis=0) - (left, top)
    return measure(to_still(picture, "RGB", "face"), Face(Box(left, top, width, height), 1, points))


def features(read: Read) -> NDArray[np.float64]:
    """(n, 9): what the regression is given of each face."""
    ordered = np.sort(read.scores.astype(float), axis=1)
    sure = np.clip(ordered[:, -1], 1e-4, 1 - 1e-4)
    entropy = -(ordered * np.log(np.clip(ordered, 1e-6, 1))).sum(axis=1)
    measures = [
        (
            np.log(max(m.eye_distance or 0, 2)),
            np.log(m.sharpness + 0.02),
            abs(m.turn or 0) / 45,
            min(m.exposure, 0.4),
            m.dynamic_range,
            m.evenness,
        )
        for m in read.measures
    ]
    told = np.stack([np.log(sure / (1 - sure)), ordered[:, -1] - ordered[:, -2], entropy], axis=1)
    return np.hstack([told, np.array(measures)])


class Regression:
    """A logistic regression with a weak ridge, by Newton's method."""

    def __init__(self, given: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
        """Fit it.

        Args:
            given: (n, features).
            right: (n,) what it should tell.
        """
        self._mean, self._deviation = given.mean(axis=0), given.std(axis=0) + 1e-9
        columns = self._columns(given)
        self._weights = np.zeros(columns.shape[1])
        ridge = np.diag([0.0, *np.ones(columns.shape[1] - 1)])
        for _ in range(30):
            told = self(given)
            curvature = (columns * (told * (1 - told))[:, None]).T @ columns + ridge
            slope = columns.T @ (right - told) - ridge @ self._weights
            self._weights += np.linalg.solve(curvature, slope)

    def __call__(self, given: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) probability that a label is right."""
        return np.asarray(1 / (1 + np.exp(-self._columns(given) @ self._weights)))

    def _columns(self, given: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.hstack([np.ones((len(given), 1)), (given - self._mean) / self._deviation])


def errors(trust: NDArray[Any], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(len(REJECTED),) share of wrong labels where the least trusted faces are rejected."""
    order = np.argsort(trust, kind="stable")
    return np.array([1 - right[order[int(len(right) * share) :]].mean() for share in REJECTED])


def judged(valid: Read, test: Read) -> Iterator[tuple[str, list[Curve]]]:
    """Curves of test faces as they are, degraded, and both; the score is fitted to `valid`."""
    score = Regression(features(valid), valid.right)(features(test))
    rows = {"as it is": ~test.degraded, "degraded": test.degraded, "all": test.right | True}
    for name, those in rows.items():
        trusts = {"confidence": test.scores.max(axis=1), "score": score}
        yield name, [(by, errors(t[those], test.right[those])) for by, t in trusts.items()]


def curve_table(name: str, curves: Sequence[tuple[str, list[Curve]]]) -> Iterator[str]:
    """Errors by the share rejected, in per cent."""
    yield f"| {name} | by | " + " | ".join(f"{share:.0%} rejected" for share in REJECTED) + " |"
    yield "|---|---|" + "---|" * len(REJECTED)
    for faces, each in curves:
        for by, values in each:
            yield f"| {faces} | {by} | " + " | ".join(f"{100 * v:.1f}" for v in values) + " |"


def reason_table(name: str, read: Read) -> Iterator[str]:
    """How many faces have each reason, and how often their labels are wrong."""
    found = [measures.reasons for measures in read.measures]
    yield f"| {name} | faces | wrong of them | wrong of the others |"
    yield "|---|---|---|---|"
    for reason in REASONS:
        have = np.array([reason in each for each in found])
        if have.any() and not have.all():
            wrong = [1 - read.right[rows].mean() for rows in (have, ~have)]
            yield f"| {reason} | {have.sum()} | {wrong[0]:.0%} | {wrong[1]:.0%} |"


def plot(curves: Sequence[tuple[str, Sequence[tuple[str, list[Curve]]]]], path: Path) -> None:
    """Draw the curves of every network."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a quarter of a second

    figure = Figure(figsize=(4.5 * len(curves), 3.5), layout="constrained")
    places = figure.subplots(1, len(curves), squeeze=False)[0]
    for axes, (name, each) in zip(places, curves, strict=True):
        for number, (faces, lines) in enumerate(each):
            for (by, values), style in zip(lines, ("-", "--"), strict=True):
                axes.plot(REJECTED, values, style, color=f"C{number}", label=f"{faces}, by {by}")
        axes.set(title=name, xlabel="share rejected", ylabel="wrong labels of the rest", ylim=0)
        axes.legend(loc="upper right", fontsize="small")
    figure.savefig(path, dpi=120)


def main() -> None:
    """Print the tables of each network."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.exporters.evaluation.quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", action="append", required=True, help="PATH:LAYOUT of a data set")
    parser.add_argument("--model", action="append", help="default: cnn and mobilenetv2")
    parser.add_argument("--faces", type=int, default=800, help="of each set at most")
    parser.add_argument("--plot", type=Path, help="a .png file for the curves")
    wanted = parser.parse_args()
    sets = [(Path(path), layout) for path, _, layout in (d.rpartition(":") for d in wanted.data)]
    drawn = []
    for model in wanted.model or ("cnn", "mobilenetv2"):
        classifier = Classifier(find_model(model), SessionOptions())
        valid, test = (
            read_faces(sets, split, wanted.faces, classifier) for split in ("valid", "test")
        )
        curves = list(judged(valid, test))
        drawn.append((classifier.card.name, curves))
        for table in (curve_table(model, curves), reason_table(model, test)):
            sys.stdout.write("\n".join([*table, "", ""]))
        sys.stdout.flush()
    if wanted.plot is not None:
        plot(drawn, wanted.plot)


if __name__ == "__main__":
    try:
        main()
    except FerError as error:
        sys.exit(str(error))
