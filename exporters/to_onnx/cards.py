"""From a training's record to a model card, and the card as Markdown."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from fer_video.engine.errors import ModelError
from fer_video.engine.network.card import ModelCard
from fer_video.exporters.data.labels import usual
from fer_video.exporters.to_onnx.limits import limits_of
from fer_video.exporters.training.record import labels_in

_ARCHITECTURES = {
    "cnn": "5-layer CNN: five blocks of Conv2D 5x5 (8, 16, 32, 64, 128, same, ReLU) and MaxPool "
    "2x2, Dense 128, Dropout {dropout:g}, Dense {labels} sigmoid",
    "mobilenetv2": "MobileNetV2 (Sandler et al., 2018), top removed, global average pooling, "
    "Dropout, Dense {labels} softmax",
}
NETWORKS = tuple(_ARCHITECTURES)
"""Names of the two networks of the paper, as the command line gives them."""

_ACTIVATIONS: dict[str, Literal["softmax", "sigmoid"]] = {
    "cnn": "sigmoid",
    "mobilenetv2": "softmax",
}
_INHERITED = {
    "terms of the start": "the weights that it began with: ",
    "terms of the teacher": "what it learnt from a teacher: ",
}
"""What a record calls the terms of others, and how a card tells them."""
_TERMS = {
    "affectnet": "AffectNet: non-commercial research only",
    "rafdb": "RAF-DB: non-commercial research only",
    "ferplus": "FER+ labels MIT, FER2013 images for research use",
    "fer2013": "FER2013: research use",
    "kdef": "KDEF: non-commercial research only, no redistribution",
    "cfee": "CFEE: research use",
    "web_faces": "faces of the web, from several collections: research use",
    "faces_all_ages": "UTKFace: non-commercial research only",
    "everyday_scenes": "Flickr8k: research use",
    "portraits_unlabelled": "press photographs of third parties",
    "scenes_unlabelled": "Caltech-101 and photographs of third parties: research use",
}


def card_of(record: dict[str, Any], reports: Sequence[dict[str, Any]] = ()) -> ModelCard:
    """The card of a network from its training's record, and from what was measured of it.

    Args:
        record: content of run.json.
        reports: contents of the report.json of its evaluations, on test splits.

    Raises:
        ModelError: a report is of a network that tells other labels apart.
    """
    name, recipe, labels = record["network"], record["recipe"], labels_in(record)
    for report in reports:
        _check_own(report, labels)
    return ModelCard(
        name=name,
        task="expressions",
        input_height=180,
        input_width=180,
        labels=labels,
        activation=_ACTIVATIONS[name],
        temperature=record.get("temperature", 1.0),
        min_confidence=record.get("min_confidence", 0.0),
        crop_scale=recipe["crop_scale"],
        crop_shift=recipe["crop_shift"],
        architecture=_ARCHITECTURES[name].format(labels=len(labels), dropout=_dropout(recipe)),
        trained_on=_trained_on(record),
        terms=terms_in(record),
        limits=limits_of(reports, always_sure=_always_sure(record)),
        figures={"training minutes": _minutes(record)} | figures_of(reports),
        recipe=recipe | _start(record) | _earlier(record),
        tools=record.get("tools", {}),
    )


def _dropout(recipe: dict[str, Any]) -> float:
    """Of the CNN, which has a half of its own."""
    share = recipe.get("dropout")
    return 0.5 if share is None else share


def _always_sure(record: dict[str, Any]) -> bool:
    """Whether no validation face showed none of the labels; older records do not tell."""
    return not record.get("min_confidence") and "uncertain, showing none" not in record


def _check_own(report: dict[str, Any], labels: Sequence[str]) -> None:
    """A report names all labels of its network: those that were measured, and those left out."""
    theirs = {usual(label) for label in (*report["labels"], *report.get("left_out", ()))}
    if theirs != set(map(usual, labels)):
        raise ModelError(
            f"the report on {report['data']} is of {report['model']}, which tells apart "
            f"{', '.join(sorted(theirs))}, and not of this network of {', '.join(labels)}; give "
            "what `fer-video evaluate` wrote of this one"
        )


def _trained_on(record: dict[str, Any]) -> tuple[str, ...]:
    labelled = [f"{d['name']}: {d['train']} faces" for d in record.get("data", [])]
    found = record.get("unlabelled", {}).items()
    missing = [f"no face that shows {name}" for name in record.get("classes without faces", ())]
    unlabelled = [f"{name}: {count} faces without labels" for name, count in found]
    return (*labelled, *missing, *unlabelled)


def _minutes(record: dict[str, Any]) -> float:
    """Of all phases, validation included."""
    phases = [*record.get("phases", []), record]
    seconds: float = sum(epoch["seconds"] for phase in phases for epoch in phase["history"])
    return round(seconds / 60, 1)


def _start(record: dict[str, Any]) -> dict[str, str]:
    """Where it came from; `note` is for what was done by hand, written into run.json."""
    start = {"start": record.get("start", "fresh weights")}
    return start | {name: record[name] for name in ("teacher", "note") if record.get(name)}


def _earlier(record: dict[str, Any]) -> dict[str, str]:
    """The phases before the last, in which settings they differ from it."""
    return {
        f"phase {number}": ", ".join(
            f"{name} {value}"
            for name, value in phase["recipe"].items()
            if value != record["recipe"][name]
        )
        for number, phase in enumerate(record.get("phases", []), start=1)
    }


def terms_in(record: dict[str, Any]) -> str:
    """The terms of what a training learnt from, by the content of its run.json."""
    return "; ".join(_all_terms(record))


def _all_terms(record: dict[str, Any]) -> Iterator[str]:
    """Of the data, of the weights that training began with, and of its teachers, each once."""
    told = [_terms(data["name"], data["layout"]) for data in record.get("data", [])]
    told += [_terms(name, "") for name in record.get("unlabelled", {})]
    yield from dict.fromkeys(told)
    for key, words in _INHERITED.items():
        more = [one for one in _single(record.get(key) or "") if one not in told]
        if more:
            yield words + "; ".join(more)
        told += more


def _single(terms: str) -> list[str]:
    """The terms in what another card tells, whoever brought them in there."""
    single = re.sub("|".join(_INHERITED.values()), "", terms)
    return [one for one in single.split("; ") if one]


def _terms(name: str, layout: str) -> str:
    words = f"{layout} {name}".lower()
    found = [terms for key, terms in _TERMS.items() if key in words]
    return found[0] if found else f"{name}: its owner's terms"


def read_reports(name: str, folders: Sequence[Path]) -> list[dict[str, Any]]:
    """What was measured of a network.

    Args:
        name: stem of its file.
        folders: that `fer-video evaluate` wrote.

    Returns:
        The content of each report.json.

    Raises:
        ModelError: one has no report.json, or one of a face detector or of a file of another name.
    """
    reports = []
    for folder in folders:
        with evaluated(folder) as report:
            figures_of([report])
            limits_of([report])  # or what it lacks is told here, with its folder
            theirs = report["model"]
        if theirs != name:
            raise ModelError(
                f"{folder}: a report on {theirs}, not on {name}; evaluate this network, or export "
                "it under that name"
            )
        reports.append(report)
    return reports


def figures_of(reports: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Accuracies and recalls of evaluations, as a card's figures.

    Args:
        reports: of `read_reports`.
    """
    figures: dict[str, float] = {}
    for report in reports:
        figures |= _figures(report)
    return figures


@contextmanager
def evaluated(folder: Path) -> Iterator[dict[str, Any]]:
    """The report.json in a folder; what it lacks is told in one line.

    Raises:
        ModelError: it is missing, damaged, or not of the kind that is looked for in it.
    """
    try:
        yield json.loads((folder / "report.json").read_text())
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{folder}: no report of such a network ({error!r}); give a folder that `fer-video "
            "evaluate` wrote"
        ) from error


def _figures(report: dict[str, Any]) -> dict[str, float]:
    data, figures = report["data"], {}
    for name in ("accuracy", "balanced_accuracy", "ece"):
        figures[f"{data}: {name}"] = round(report[name], 4)
    for label, row in report["per_class"].items():
        if row["recall"] is not None:
            figures[f"{data}: {label} recall"] = round(row["recall"], 4)
    for name, share in report.get("uncertain", {}).items():
        figures[f"{data}: {name}"] = round(share, 4)
    for name, share in report.get("conditions", {}).items():
        figures[f"{data}, {name}: accuracy"] = round(share, 4)
    return figures


def to_markdown(card: ModelCard) -> str:
    """The card for people: every field that has something to say."""
    height, width = card.input_height, card.input_width
    sections = [
        f"# {card.name}\n\n{card.architecture}.",
        f"**Input** {width}x{height} {card.colour}, {card.layout}, "
        f"(grey level - {_each(card.mean, 'g')}) * {_each(card.scale, '.6g')}. "
        f"**Output** {', '.join(card.labels)}; "
        f"{card.activation}, temperature {card.temperature:g}{_sureness(card)}. "
        f"**Crop** side {card.crop_scale:g}, shift {card.crop_shift:g} eye-to-mouth distances.",
        "## Trained on\n\n" + "\n".join(f"- {line}" for line in card.trained_on),
        f"## Terms\n\n{card.terms}.",
        f"## Limits\n\n{card.limits}",
        "## Figures\n\n| what | value |\n|---|---|\n" + _table(card.figures),
        "## Recipe\n\n| setting | value |\n|---|---|\n" + _table(card.recipe),
        "## Made with\n\n" + ", ".join(f"{k} {v}" for k, v in card.tools.items()) + ".",
    ]
    return "\n\n".join(sections) + "\n"


def _sureness(card: ModelCard) -> str:
    """From which confidence on a face is labelled; nothing where all are."""
    least = card.min_confidence
    return f", `uncertain` under a confidence of {least:g}" if least else ""


def _each(values: float | tuple[float, ...], style: str) -> str:
    """One number, or one for each channel."""
    if isinstance(values, tuple):
        return f"({', '.join(format(value, style) for value in values)})"
    return format(values, style)


def _table(values: dict[str, Any]) -> str:
    return "\n".join(
        f"| {name} | {f'{value:.4g}' if isinstance(value, float) else value} |"
        for name, value in values.items()
    )
