"""Texts of fields where `help` looks for them: Python keeps no docstring under a field."""

import ast
import inspect
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import is_dataclass
from itertools import pairwise
from textwrap import dedent


class _FieldTexts(dict[str, None]):
    """The slots of a class, as `inspect` takes them: a text for each, read when it is asked for."""

    def __init__(self, owner: type, names: Iterable[str]) -> None:
        super().__init__(dict.fromkeys(names))
        self._owner = owner

    def __getitem__(self, name: str) -> str | None:  # type: ignore[override]
        return texts_of(self._owner).get(name)


def show_field_texts(classes: Iterable[object]) -> None:
    """Let `help` show what stands under the fields of the dataclasses among some objects."""
    for each in classes:
        if isinstance(each, type) and is_dataclass(each) and "__slots__" in vars(each):
            type.__setattr__(each, "__slots__", _FieldTexts(each, vars(each)["__slots__"]))


def texts_of(owner: type) -> dict[str, str]:
    """What stands under each field in the source of a class; nothing where there is no source."""
    with suppress(OSError):
        (tree,) = ast.parse(dedent(inspect.getsource(owner))).body
        assert isinstance(tree, ast.ClassDef)
        return {
            field.target.id: inspect.cleandoc(text.value.value)
            for field, text in pairwise(tree.body)
            if isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
    return {}
