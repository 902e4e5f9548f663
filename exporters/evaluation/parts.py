"""What parts of faces say, on labelled faces: how to hide them, and whether they say what is known.

    python -m fer_video.exporters.evaluation.parts fills --data SET.zip:LAYOUT --split valid
    python -m fer_video.exporters.evaluation.parts shares --data SET.zip:LAYOUT
    python -m fer_video.exporters.evaluation.parts covered --data SET.zip:LAYOUT

`fills` compares ways of hiding, by deletion and insertion area (RISE; Petsiuk, Das and Saenko,
2018), and games of five players with those of four. `shares` says which part tells an expression.
`covered` draws a mask over the mouth. Each prints a table in Markdown; `--data` may be repeated.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import FerError
from fer_video.engine.expressions import Scores
from fer_video.engine.faces import Landmarks
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.models import find_model
from fer_video.engine.options import SessionOptions
from fer_video.engine.parts.evidence import PARTS, Parts
from fer_video.engine.parts.hiding import all_hidings, blurred
from fer_video.engine.parts.regions import part_masks
from fer_video.engine.parts.shapley import shapley
from fer_video.engine.parts.stage import parts_of, read_hidings
from fer_video.exporters.augment.warping import aligned_affine, warp
from fer_video.exporters.data.alignment import LandmarkFinder, find_landmarks
from fer_video.exporters.data.datasets import Image, Split
from fer_video.exporters.data.images import read_image
from fer_video.exporters.data.layouts import read_dataset

_FOUND_AT = 256
"""Longer side in pixels of the pictures in which landmarks are found, as for training."""
_ALL, _PARTS_ALONE, _REST_ALONE = 31, 15, 16
"""Coalitions of five players of which the fifth is all around the parts."""
_MASK = (120, 160, 200)
"""Colour of the mask that is drawn, RGB."""

Hide = Callable[[Image], Image]
"""Gives the picture that is seen where a crop is hidden."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A labelled face, as a network reads it."""

    crop: Image
    landmarks: Landmarks
    """In pixels of the crop."""
    label: str


def cut_faces(
    sets: Sequence[tuple[Path, str]], split: Split, count: int, classifier: Classifier
) -> list[Cut]:
    """Some faces of each label, as many of each as there are, in no particular order.

    Args:
        sets: path and layout of each data set.
        split: to take them from.
        count: about how many in all.
        classifier: that will read them.
    """
    rng, finder = np.random.default_rng(1), LandmarkFinder.load("detector", _FOUND_AT)
    samples = [s for path, layout in sets for s in read_dataset(path, layout).split(split).samples]
    labels = classifier.card.labels
    cuts: list[Cut] = []
    for label in labels:
        those = [sample for sample in samples if sample.label == label]
        chosen = [those[i] for i in rng.permutation(len(those))[: count // len(labels)]]
        pictures = [read_image(sample) for sample in chosen]
        found = zip(pictures, find_landmarks(pictures, finder.detector), strict=True)
        cuts += [_cut(p, points, label, classifier) for p, points in found if points is not None]
    return cuts


def _cut(picture: Image, landmarks: Landmarks, label: str, classifier: Classifier) -> Cut:
    card = classifier.card
    side = card.input_height
    affine = aligned_affine(landmarks, side, card.crop_scale, card.crop_shift)
    points = np.linalg.solve(affine[:, :2], (landmarks - affine[:, 2]).T).T
    return Cut(warp(picture, affine, side), points.astype(np.float32), label)


def _fills(cuts: Sequence[Cut]) -> Mapping[str, Hide]:
    """The ways of hiding that are compared."""
    grays = [cv2.cvtColor(cut.crop, cv2.COLOR_RGB2GRAY).astype(np.float32) for cut in cuts]
    mean = np.mean(grays, axis=0)
    pattern = (mean - mean.mean()) / mean.std()

    def mean_face(crop: Image) -> Image:
        flat = crop.reshape(-1, 3)
        face = flat.mean(axis=0) + pattern[..., None] * flat.std() * 0.8
        return np.asarray(face.clip(0, 255), np.uint8)

    def ring(crop: Image) -> Image:
        side = np.arange(len(crop)) / (len(crop) - 1) * 2 - 1
        around = np.abs(np.hypot(side[:, None], side) - 0.8) < 0.15
        return np.full_like(crop, crop[around].mean(axis=0))

    return {
        "blur of .07 sides": lambda crop: np.asarray(blurred(crop, 0, 0.07), np.uint8),
        "**blur of .12 sides**": lambda crop: np.asarray(blurred(crop, 0), np.uint8),
        "mean face, in level and contrast of each": mean_face,
        "colour of what is around": ring,
        "gray": lambda crop: np.full_like(crop, 128),
    }


def _all_five(cut: Cut, hide: Hide, classifier: Classifier) -> Scores:
    """(32, labels): scores of all coalitions of the parts and what is around them."""
    masks = part_masks(len(cut.crop), cut.landmarks)
    masks = np.concatenate([masks, 1 - masks.sum(axis=0, keepdims=True)])
    crops = all_hidings(cut.crop, hide(cut.crop), masks[..., None])
    crops[_ALL] = cut.crop
    return classifier(to_input(cast("NDArray[np.uint8]", crops), classifier.card))


def _five(seen: Scores) -> Scores:
    return shapley(seen)


def _around_last(seen: Scores) -> Scores:
    parts = shapley(seen[:_REST_ALONE])
    return np.concatenate([parts, (seen[_ALL] - seen[_PARTS_ALONE])[None]])


def _around_first(seen: Scores) -> Scores:
    return np.concatenate([shapley(seen[_REST_ALONE:]), (seen[_REST_ALONE] - seen[0])[None]])


_GAMES = {
    "five players (32 crops)": _five,
    "**around joins last (16)**": _around_last,
    "around joins first (17)": _around_first,
}


def _areas(order: Sequence[int], seen: Scores, shown: int) -> tuple[float, float]:
    """Mean score of a label while players leave in an order, and while they join in it."""
    bits = np.cumsum([1 << player for player in order])
    leaving, joining = [_ALL, *(_ALL - bits)], [0, *bits]
    means = [float(np.trapezoid(seen[path, shown]) / len(order)) for path in (leaving, joining)]
    return means[0], means[1]


def fills_table(cuts: Sequence[Cut], classifier: Classifier) -> Iterator[str]:
    """A row for each game and way of hiding, on the label that is shown; then the engine's way."""
    fills = _fills(cuts)
    tables = {
        name: [_all_five(cut, hide, classifier) for cut in cuts] for name, hide in fills.items()
    }
    yield "| players | hidden by | own deletion | own insertion | deletion | insertion | between |"
    yield "|---|---|---|---|---|---|---|"
    for game, values in _GAMES.items():
        for name in fills:
            rows = []
            for number, seen in enumerate(tables[name]):
                shown = int(seen[_ALL].argmax())
                order = _order(values(seen), shown)
                own = _areas(order, seen, shown)
                rows.append([*own, *_judged(order, [each[number] for each in tables.values()])])
            yield f"| {game} | {name} | {_summed_up(rows)} |"
    rows = []
    for number, cut in enumerate(cuts):
        scores, parts = _read(cut, classifier)
        said = np.stack([*(parts.of[name].evidence for name in PARTS), parts.rest])
        order = _order(said, int(scores.argmax()))
        rows.append(_judged(order, [each[number] for each in tables.values()]))
    yield f"| **the same, two looked at** | **blur of .12 sides** | | | {_summed_up(rows)} |"


def _order(values: Scores, shown: int) -> list[int]:
    """Players, by what they say for a label."""
    return [int(player) for player in np.argsort(-values[:, shown], kind="stable")]


def _judged(order: Sequence[int], tables: Sequence[Scores]) -> list[float]:
    """Areas of an order of leaving and joining, the mean over the ways of hiding."""
    areas = [_areas(order, seen, int(seen[_ALL].argmax())) for seen in tables]
    return [float(mean) for mean in np.mean(areas, axis=0)]


def _summed_up(rows: Sequence[Sequence[float]]) -> str:
    """Cells of a row: means, and what lies between the last two, with its standard error."""
    means, between = np.mean(rows, axis=0), np.diff(np.array(rows)[:, -2:])[:, 0]
    error = between.std() / len(rows) ** 0.5
    cells = " | ".join(f"{mean:.3f}" for mean in means)
    return f"{cells} | {between.mean():.3f} ± {error:.3f}"


def _read(cut: Cut, classifier: Classifier) -> tuple[Scores, Parts]:
    """As the engine reads it."""
    crop = to_input(cut.crop[None], classifier.card)
    seen = read_hidings(crop[0], cut.landmarks, classifier.split)
    scores = classifier(crop)[0]
    return scores, parts_of(seen, scores, classifier.card.labels)


def shares_table(cuts: Sequence[Cut], classifier: Classifier) -> Iterator[str]:
    """A row for each expression: mean evidence for it, on the faces that show it."""
    read = [(cut.label, *_read(cut, classifier)) for cut in cuts]
    names = [*(name.replace("_", " ") for name in PARTS), "around", "hidden face"]
    yield f"| {classifier.card.name} | faces | " + " | ".join([*names, "score"]) + " | leads |"
    yield "|---|---|" + "---|" * (len(names) + 2)
    for index, label in enumerate(classifier.card.labels):
        rows = [
            [p.of[name].evidence[index] for name in PARTS]
            + [p.rest[index], p.baseline[index], scores[index]]
            for said, scores, p in read
            if said == label
        ]
        if not rows:
            continue
        means = np.mean(rows, axis=0)
        leads = names[int(means[: len(PARTS)].argmax())]
        cells = " | ".join(f"{mean:.2f}" for mean in means)
        yield f"| {label} | {len(rows)} | {cells} | {leads} |"


def covered(cut: Cut) -> Cut:
    """The face in a mask, from under the nose's tip to below the chin."""
    right, left, nose, *mouth = cut.landmarks
    eyes, lips = (right + left) / 2, np.mean(mouth, axis=0)
    down, across = lips - eyes, (left - right) * 0.85
    upper, lower = nose + down * 0.12, lips + down * 0.75
    corners = [upper - across, upper, upper + across, lower + across / 2, lower - across / 2]
    crop = cut.crop.copy()
    cv2.fillPoly(crop, [np.rint(corners).astype(np.int32)], _MASK, cv2.LINE_AA)
    return Cut(crop, cut.landmarks, cut.label)


def covered_table(cuts: Sequence[Cut], classifier: Classifier) -> Iterator[str]:
    """What a mask changes: of the mouth's evidence, and of the confidence."""
    yield (
        f"| {classifier.card.name} | faces | evidence of the mouth | in a mask | confidence | "
        + ("in a mask | less confident |")
    )
    yield "|---|---|---|---|---|---|---|"
    rows = []
    for cut in cuts:
        scores, parts = _read(cut, classifier)
        masked, without = _read(covered(cut), classifier)
        said = [np.abs(each.of["mouth"].evidence).sum() / 2 for each in (parts, without)]
        rows.append((cut.label, *said, scores.max(), masked.max(), masked.max() <= scores.max()))
    for label in (*classifier.card.labels, "all"):
        those = np.array([row[1:] for row in rows if label in (row[0], "all")], float)
        if len(those):
            means = those.mean(axis=0)
            cells = " | ".join(f"{mean:.2f}" for mean in means[:4])
            yield f"| {label} | {len(those)} | {cells} | {means[4]:.0%} |"


_TABLES = {"fills": fills_table, "shares": shares_table, "covered": covered_table}


def main() -> None:
    """Print a table for each network."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.exporters.evaluation.parts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("table", choices=_TABLES)
    parser.add_argument("--data", action="append", required=True, help="PATH:LAYOUT of a data set")
    parser.add_argument("--split", default="test", choices=("train", "valid", "test", "all"))
    parser.add_argument("--model", action="append", help="default: cnn and mobilenetv2")
    parser.add_argument("--faces", type=int, default=200, help="about so many, alike of each label")
    wanted = parser.parse_args()
    sets = [(Path(path), layout) for path, _, layout in (d.rpartition(":") for d in wanted.data)]
    for model in wanted.model or ("cnn", "mobilenetv2"):
        classifier = Classifier(find_model(model), SessionOptions())
        cuts = cut_faces(sets, cast("Split", wanted.split), wanted.faces, classifier)
        for line in _TABLES[wanted.table](cuts, classifier):
            sys.stdout.write(f"{line}\n")
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except FerError as error:
        sys.exit(str(error))
