"""What a card must say, from flags, from a person, or from a guess that is told."""

from typing import TYPE_CHECKING, Any

import typer

from fer_video.cli.options.offline import say
from fer_video.cli.options.scaling import scaling

if TYPE_CHECKING:
    from fer_video.engine import ModelCard
    from fer_video.engine.network.guess import Guess

Given = dict[str, str | None]
"""What flags say of a field, by its name."""

_RANGE = "0,1"
"""What black and white become where nobody says otherwise."""
_TOLD = {
    "labels": "of all outputs in order, with commas between them",
    "size": "of a side, in pixels",
    "colour": "RGB, BGR, GRAY or RGBX",
    "layout": "NCHW or NHWC",
    "scaling": "what black and white become, such as 0,1, or: mean R,G,B std R,G,B",
    "activation": "softmax, sigmoid or logits",
}
"""What is asked for, by the name of the field."""
_WHY = {
    "labels": "by the file's metadata",
    "size": "by its input",
    "colour": "by the number of channels",
    "layout": "by its input",
    "scaling": "the file does not tell; else give --range, or --mean and --std",
    "activation": "by what it says of noise",
}
"""Where a guess comes from, by the name of the field."""


def answered(name: str, found: "Guess", given: Given, *, ask: bool) -> "ModelCard":
    """A card that says what it must.

    Args:
        name: of the network.
        found: what its file tells.
        given: by flags.
        ask: for what no flag says; else the guess is taken.

    Raises:
        OptionsError: an answer is missing, is none that a card may have, or is to no question.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.engine.network.card import ModelCard  # noqa: PLC0415

    guesses = {
        "labels": None if found.labels is None else ",".join(found.labels),
        "size": None if found.side is None else str(found.side),
        "colour": found.colour,
        "layout": found.layout,
        "scaling": _RANGE,
        "activation": found.activation,
    }
    if found.colour == "RGBX":  # bytes as they are
        guesses.pop("scaling")
        if given["scaling"] is not None:
            raise OptionsError(
                f"{name}: reads four bytes a pixel as they are; leave out --range, --mean and --std"
            )
    said = {field: _answer(field, given[field], guesses[field], ask=ask) for field in guesses}
    labels = tuple(word.strip() for word in said["labels"].split(","))
    try:
        side = int(said["size"])
        mean, scale = scaling(said["scaling"]) if "scaling" in said else (0.0, 1.0)
        kinds: Any = {field: said[field] for field in ("colour", "layout", "activation")}
        kinds |= _neutral(labels, given["neutral"])
        return ModelCard(
            name, "expressions", side, side, mean=mean, scale=scale, labels=labels, **kinds
        )
    except ValueError as error:
        raise OptionsError(f"{name}: no card can say that: {error}") from error


def _answer(field: str, given: str | None, guessed: str | None, *, ask: bool) -> str:
    """What a flag says, else what a person answers, else the guess, which is told.

    Raises:
        OptionsError: there is none of them.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    if given is not None:
        return given
    if ask:
        return str(typer.prompt(f"{field} ({_TOLD[field]})", default=guessed, err=True))
    if guessed is None:
        raise OptionsError(f"{field}: the file does not tell; give --{field} ({_TOLD[field]})")
    say(f"{field}: {guessed} (guessed: {_WHY[field]})")
    return guessed


def _neutral(labels: tuple[str, ...], given: str | None) -> dict[str, str]:
    """The card's field for the label of a face at rest, where there is one.

    Raises:
        ValueError: the one given is none of the labels.
    """
    if given is not None:
        if given not in labels:
            raise ValueError(f"neutral {given} is none of the labels {', '.join(labels)}")
        return {"neutral": given}
    calm = [label for label in labels if label.lower() in ("neutral", "neutrality")]
    say(f"neutral: {calm[0] if calm else 'none, so it cannot be calibrated'} (guessed: by name)")
    return {"neutral": calm[0]} if calm else {}
