"""Compares ways of hiding the parts of faces, and games in which they are players.

By deletion and insertion area (RISE; Petsiuk, Das and Saenko, 2018).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.faces.expressions import Scores
from fer_video.engine.faces.regions import part_masks
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.parts.hiding import all_hidings, blurred
from fer_video.engine.parts.shapley import shapley
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.evaluation.cuts import Cut, read_cut

_ALL, _PARTS_ALONE, _REST_ALONE = 31, 15, 16
"""Coalitions of five players of which the fifth is all around the parts."""

Hide = Callable[[Image], Image]
"""Gives the picture that is seen where a crop is hidden."""


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
    read = _summed_up(list(_judged_as_read(cuts, classifier, list(tables.values()))))
    yield f"| **the same, as the engine reads it** | **blur of .12 sides** | | | {read} |"


def _judged_as_read(
    cuts: Sequence[Cut], classifier: Classifier, tables: Sequence[Sequence[Scores]]
) -> Iterator[list[float]]:
    """Areas of the orders by what the engine says of the parts."""
    for number, cut in enumerate(cuts):
        scores, parts = read_cut(cut, classifier)
        said = np.stack([*(parts.of[name].evidence for name in PARTS), parts.rest])
        yield _judged(_order(said, int(scores.argmax())), [each[number] for each in tables])


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
