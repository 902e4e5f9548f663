"""How a network of one's own wants its levels, from words to a card's mean and scale."""

from typing import TypeAlias

Level: TypeAlias = float | tuple[float, ...]
"""Of all channels, or of each."""


def scaling(text: str) -> tuple[Level, Level]:
    """Mean and scale of a card, which are of grey levels 0 to 255.

    Args:
        text: `LOW,HIGH`, what black and white become, or `mean R,G,B std R,G,B` of levels 0 to 1.

    Raises:
        ValueError: it is neither.
    """
    if text.startswith("mean "):
        mean, _, std = text.removeprefix("mean ").partition(" std ")
        means, stds = _numbers(mean), _numbers(std)
        if max(map(abs, means)) > 1 or not all(0 < value <= 1 for value in stds):
            raise ValueError(f"mean {mean} and std {std} are not of levels 0 to 1: divide by 255")
        return _level([255 * value for value in means]), _level([1 / (255 * s) for s in stds])
    ends = _numbers(text)
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise ValueError(f"range {text} is not two numbers, the lower one first, such as -1,1")
    scale = (ends[1] - ends[0]) / 255
    return (0 - ends[0]) / scale, scale


def as_words(levels: str | None, mean: str | None, std: str | None) -> str | None:
    """The flags of scaling as one text; None where none is given.

    Raises:
        ValueError: they contradict each other.
    """
    if (mean is None) != (std is None):
        raise ValueError("--mean and --std go together; give both, or --range")
    if mean is not None and levels is not None:
        raise ValueError("--range and --mean both say how levels are scaled; give one")
    return levels if mean is None else f"mean {mean} std {std}"


def _numbers(text: str) -> list[float]:
    try:
        return [float(word) for word in text.split(",")]
    except ValueError as error:
        raise ValueError(f"{text} is not numbers with commas between them") from error


def _level(values: list[float]) -> Level:
    return values[0] if len(values) == 1 else tuple(values)
