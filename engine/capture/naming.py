"""Names that somebody gives to sources, in the place of what they are opened by."""

from collections.abc import Sequence

from fer_video.engine.errors import OptionsError


def names_for(count: int, names: Sequence[str]) -> list[str | None]:
    """The name of each source; None where it keeps its own.

    Args:
        count: of the sources, each video of a folder being one.
        names: as given; none at all, or as many as there are sources.

    Raises:
        OptionsError: there are more or fewer names than sources, or one cannot be a name.
    """
    if not names:
        return [None] * count
    for name in names:
        if not name.strip() or "/" in name or not name.isprintable():
            raise OptionsError(
                f"name {name!r}: is shown, and becomes part of files' names; give some letters, "
                "without a slash"
            )
    if len(names) != count:
        raise OptionsError(
            f"names {', '.join(names)}: are {len(names)}, and the sources are {count}; give as "
            "many names, in the order of the sources"
        )
    return list(names)
