"""What the schema of ELAN's format (EAF 3.0, December 2016) demands of the elements that we write.

The schema itself is ELAN's, under its own licence, and lies with it; these are its rules in our
words: which attributes an element has and of what kind, which children and in what order, which
names are unique, and what they may refer to.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element

_ID = re.compile(r"[A-Za-z_][\w.-]*")
_NUMBER, _TRUTH = re.compile(r"\d{1,10}"), re.compile(r"true|false|0|1")
_FOREIGN = "{http://www.w3.org/2001/XMLSchema-instance}"

CHILDREN: dict[str, tuple[str, ...]] = {
    "ANNOTATION_DOCUMENT": (
        *("LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE"),
        *("CONSTRAINT", "CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET", "EXTERNAL_REF"),
    ),
    "HEADER": ("MEDIA_DESCRIPTOR", "LINKED_FILE_DESCRIPTOR", "PROPERTY"),
    "TIME_ORDER": ("TIME_SLOT",),
    "TIER": ("ANNOTATION",),
    "ANNOTATION": ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"),
    "ALIGNABLE_ANNOTATION": ("ANNOTATION_VALUE",),
    "CONTROLLED_VOCABULARY": ("DESCRIPTION", "CV_ENTRY_ML"),
    "CV_ENTRY_ML": ("CVE_VALUE",),
}
"""Children that an element may have, in their order; others have text or nothing."""
ONCE = {("ANNOTATION_DOCUMENT", "HEADER"), ("ANNOTATION_DOCUMENT", "TIME_ORDER")} | {
    ("ALIGNABLE_ANNOTATION", "ANNOTATION_VALUE"),
    ("ANNOTATION", "ALIGNABLE_ANNOTATION"),
}
"""Children that there has to be exactly one of."""
ATTRIBUTES: dict[str, dict[str, str]] = {
    "ANNOTATION_DOCUMENT": {"DATE": "time!", "AUTHOR": "!", "VERSION": "!", "FORMAT": ""},
    "HEADER": {"MEDIA_FILE": "", "TIME_UNITS": "unit"},
    "MEDIA_DESCRIPTOR": {"MEDIA_URL": "!", "MIME_TYPE": "!", "RELATIVE_MEDIA_URL": ""},
    "PROPERTY": {"NAME": ""},
    "TIME_SLOT": {"TIME_SLOT_ID": "id!", "TIME_VALUE": "number"},
    "TIER": {"TIER_ID": "!", "PARTICIPANT": "", "LINGUISTIC_TYPE_REF": "!"},
    "ALIGNABLE_ANNOTATION": {
        "ANNOTATION_ID": "id!",
        "TIME_SLOT_REF1": "ref!",
        "TIME_SLOT_REF2": "ref!",
        "CVE_REF": "",
    },
    "LINGUISTIC_TYPE": {
        "LINGUISTIC_TYPE_ID": "!",
        "TIME_ALIGNABLE": "truth",
        "GRAPHIC_REFERENCES": "truth",
        "CONTROLLED_VOCABULARY_REF": "",
    },
    "LANGUAGE": {"LANG_ID": "id!", "LANG_LABEL": "", "LANG_DEF": ""},
    "CONTROLLED_VOCABULARY": {"CV_ID": "!"},
    "DESCRIPTION": {"LANG_REF": "ref!"},
    "CV_ENTRY_ML": {"CVE_ID": "!"},
    "CVE_VALUE": {"LANG_REF": "ref!", "DESCRIPTION": ""},
}
"""Attributes of each element and their kinds; `!` marks those that it has to have."""
KEYS = (
    ("TIER", "TIER_ID", ()),
    ("LINGUISTIC_TYPE", "LINGUISTIC_TYPE_ID", (("TIER", "LINGUISTIC_TYPE_REF"),)),
    ("CONTROLLED_VOCABULARY", "CV_ID", (("LINGUISTIC_TYPE", "CONTROLLED_VOCABULARY_REF"),)),
    (
        "TIME_SLOT",
        "TIME_SLOT_ID",
        (("ALIGNABLE_ANNOTATION", "TIME_SLOT_REF1"), ("ALIGNABLE_ANNOTATION", "TIME_SLOT_REF2")),
    ),
    ("LANGUAGE", "LANG_ID", (("CVE_VALUE", "LANG_REF"), ("DESCRIPTION", "LANG_REF"))),
    ("CV_ENTRY_ML", "CVE_ID", (("ALIGNABLE_ANNOTATION", "CVE_REF"),)),
)
"""Names that are unique among elements of a kind, and the attributes that refer to them."""


def offences(root: Element) -> list[str]:
    """What of a document breaks a rule."""
    return [*_of_elements(root), *_of_ids(root), *_of_keys(root)]


def _of_elements(element: Element) -> Iterator[str]:
    allowed, order = ATTRIBUTES.get(element.tag, {}), CHILDREN.get(element.tag, ())
    for name, value in element.attrib.items():
        kind = allowed.get(name, "unknown").rstrip("!")
        if not name.startswith(_FOREIGN) and not _fits(kind, value):
            yield f"{element.tag}: {name}={value!r} is {kind or 'no text'}"
    missing = [name for name, kind in allowed.items() if kind.endswith("!")]
    yield from (f"{element.tag} has no {name}" for name in missing if name not in element.attrib)
    tags = [child.tag for child in element]
    yield from (f"{element.tag} holds {tag}" for tag in tags if tag not in order)
    if [*filter(order.__contains__, tags)] != sorted(
        filter(order.__contains__, tags), key=order.index
    ):
        yield f"{element.tag}: its children are not in order"
    for parent, child in ONCE:
        if parent == element.tag and tags.count(child) != 1:
            yield f"{parent} has {tags.count(child)} {child}"
    for child_ in element:
        yield from _of_elements(child_)


def _fits(kind: str, value: str) -> bool:
    if kind == "time":
        return datetime.fromisoformat(value) is not None and "T" in value
    patterns = {"id": _ID, "ref": _ID, "number": _NUMBER, "truth": _TRUTH}
    if kind == "unit":
        return value in ("milliseconds", "NTSC-frames", "PAL-frames")
    return kind == "" or (kind in patterns and patterns[kind].fullmatch(value) is not None)


def _of_ids(root: Element) -> Iterator[str]:
    """An ID is unique in all of the document, and every IDREF is one."""
    found = [(kind, value) for one in root.iter() for kind, value in _ids(one)]
    ids = [value for kind, value in found if kind == "id"]
    yield from (f"{one} is an ID twice" for one in {*ids} if ids.count(one) > 1)
    yield from (f"{one} is no ID" for kind, one in found if kind == "ref" and one not in ids)


def _ids(element: Element) -> Iterator[tuple[str, str]]:
    for name, kind in ATTRIBUTES.get(element.tag, {}).items():
        if kind.rstrip("!") in ("id", "ref") and name in element.attrib:
            yield kind.rstrip("!"), element.attrib[name]


def _of_keys(root: Element) -> Iterator[str]:
    for tag, name, references in KEYS:
        keys = [element.attrib.get(name) for element in root.iter(tag)]
        yield from (f"{tag}: {name} {one} is there twice" for one in {*keys} if keys.count(one) > 1)
        for other, reference in references:
            said = {one.attrib[reference] for one in root.iter(other) if reference in one.attrib}
            yield from (f"{other}: {reference} {one} leads nowhere" for one in said - {*keys})
