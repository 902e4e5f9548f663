"""Which weights a training starts from, as `train` was told, and what is kept of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fer_video.cli.offline.material import Material
from fer_video.cli.options.offline import say

if TYPE_CHECKING:
    from fer_video.engine.network.card import ModelCard
    from fer_video.exporters.training.recipe import Recipe


def check_start(phases: Sequence["Recipe"], name: str, start: str | None) -> None:
    """Refuse a recipe that goes on from weights where there are none.

    Raises:
        OptionsError: it keeps something of what it begins with.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    if start is None and any(phase.kept or phase.blended < 1 for phase in phases):
        raise OptionsError(f"the recipe {name} goes on from weights; give them with --from")


def kept(material: Material, weights: Path | None, network: str, recipe: "Recipe") -> Material:
    """What training goes on from said of the data sets that it learnt, mixed into their targets.

    Raises:
        OptionsError: it learnt none of them, and nothing but what it said is to be learnt.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    if weights is None or not recipe.kept:
        return material
    from fer_video.exporters.training.start import labels_of, trained_network  # noqa: PLC0415
    from fer_video.exporters.training.teachers.keeping import temperature_of, with_own_scores  # noqa: PLC0415

    card = _card_of(weights)
    learnt = {entry.partition(":")[0] for entry in card.trained_on} if card else set()
    names = {faces.name for faces in material.train}
    known = learnt & names
    if not known or labels_of(weights) != material.labels:
        if recipe.tempered:
            raise OptionsError(
                f"{weights.stem} learnt none of {', '.join(sorted(names))}: the recipe "
                f"{recipe.name} goes on with what it learnt"
            )
        return material
    model = trained_network(network, weights, recipe.side, len(material.labels))
    say(f"keeps {recipe.kept:.0%} of what {weights.stem} says of {', '.join(sorted(known))}")
    count = sum(len(faces.images) for faces in material.train if faces.name in known)
    say(f"  it reads {count} faces for that")
    temperatures = dict.fromkeys(known, 1.0)
    if recipe.tempered:
        temperatures = {n: temperature_of(material.valid_of(n), model, recipe) for n in known}
        say("tempered by " + ", ".join(f"{temperatures[n]:.2f} ({n})" for n in sorted(known)))
    train = [
        with_own_scores(f, model, recipe, temperatures[f.name]) if f.name in known else f
        for f in material.train
    ]
    return replace(material, train=train)


def weights_to_start_from(start: str | None, network: str) -> Path | None:
    """The file of the weights to start from; a network's name is the package's file.

    Raises:
        OptionsError: there is no such file.
        ModelError: it holds another network.
    """
    from fer_video.engine.errors import ModelError, OptionsError  # noqa: PLC0415
    from fer_video.engine.network.models import MODELS, find_model  # noqa: PLC0415
    from fer_video.exporters.to_onnx.cards import NETWORKS  # noqa: PLC0415
    from fer_video.exporters.training.start import check_weights, labels_of, name_of  # noqa: PLC0415

    if start is None:
        return None
    if start not in MODELS and not Path(start).is_file():
        raise OptionsError(f"--from {start}: no such file; give one, or {' or '.join(NETWORKS)}")
    weights = find_model(start)
    labels_of(weights)  # or it is refused before anything is read
    found = name_of(weights)
    if found != network and (found in NETWORKS or weights.suffix != ".onnx"):
        raise ModelError(f"{start}: holds {found}, not {network}; choose the network with --model")
    check_weights(network, weights)
    return weights


def described_start(weights: Path | None, labels: tuple[str, ...]) -> str:
    """Where the weights come from, and which labels they know, for people and for the card."""
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415
    from fer_video.exporters.training.start import labels_of, taken_over  # noqa: PLC0415

    if weights is None:
        return "fresh weights"
    head = taken_over(labels_of(weights), labels)
    if weights.suffix == ".onnx":
        return f"weights of {weights.name}{head}"
    recipe = read_record(weights.parent)["recipe"]
    return f"weights of the recipe {recipe.get('name')}, {recipe.get('epochs')} epochs{head}"


def terms_of(weights: Path | None) -> str:
    """The terms that a network inherits from weights or a teacher; "" where none are known."""
    from fer_video.exporters.to_onnx.cards import terms_in  # noqa: PLC0415
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415
    from fer_video.exporters.training.start import card_in  # noqa: PLC0415

    if weights is None:
        return ""
    if weights.suffix != ".onnx":
        return terms_in(read_record(weights.parent))
    card = card_in(weights)
    return "" if card is None else card.terms


def terms_of_teachers(teachers: Sequence[str]) -> str:
    """The same of all teachers, by their names or files; each terms once."""
    from fer_video.engine.network.models import find_model  # noqa: PLC0415

    terms = [terms_of(find_model(teacher)) for teacher in teachers]
    return "; ".join(dict.fromkeys(filter(None, terms)))


def _card_of(weights: Path) -> "ModelCard | None":
    """What is known of weights; None of an .onnx file without a card."""
    from fer_video.exporters.to_onnx.cards import card_of  # noqa: PLC0415
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415
    from fer_video.exporters.training.start import card_in  # noqa: PLC0415

    return card_in(weights) if weights.suffix == ".onnx" else card_of(read_record(weights.parent))
