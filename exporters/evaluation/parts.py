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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from fer_video.engine.errors import FerError
from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.models import find_model
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.datasets import Split
from fer_video.exporters.evaluation.cuts import Cut, cut_faces, read_cut
from fer_video.exporters.evaluation.hiding import fills_table

_MASK = (120, 160, 200)
"""Colour of the mask that is drawn, RGB."""


def shares_table(cuts: Sequence[Cut], classifier: Classifier) -> Iterator[str]:
    """A row for each expression: mean evidence for it, on the faces that show it."""
    read = [(cut.label, *read_cut(cut, classifier)) for cut in cuts]
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
        scores, parts = read_cut(cut, classifier)
        masked, without = read_cut(covered(cut), classifier)
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
