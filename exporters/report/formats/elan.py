"""ELAN: one tier a person, whose values come from a controlled vocabulary of the labels."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as Xml

from fer_video.exporters.data.atomic import replacing
from fer_video.exporters.report.analysis.study import Video
from fer_video.exporters.report.recorded.media import find_video
from fer_video.exporters.report.recorded.recording import spelt

_TYPE, _VOCABULARY, _LANGUAGE = "expression", "expressions", "und"
_NAMESPACE = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
_MIME = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime"}


def write_elan(video: Video, path: Path) -> None:
    """Write the stretches of each person's label as annotations (EAF 3.0, milliseconds).

    Raises:
        OutputError: it cannot be written.
    """
    made = datetime.fromtimestamp(video.recording.origin.stat().st_mtime, UTC)
    root = Xml.Element("ANNOTATION_DOCUMENT")
    root.attrib |= {"AUTHOR": "fer-video", "DATE": made.isoformat(timespec="seconds")}
    root.attrib |= {"FORMAT": "3.0", "VERSION": "3.0"}
    root.set(_NAMESPACE, "http://www.mpi.nl/tools/elan/EAFv3.0.xsd")
    _add_header(root, video)
    slots = Xml.SubElement(root, "TIME_ORDER")
    numbers = count(1)
    for subject in video.subjects:
        tier = Xml.SubElement(root, "TIER", LINGUISTIC_TYPE_REF=_TYPE, TIER_ID=subject.name)
        tier.set("PARTICIPANT", subject.name)
        for run in subject.runs:
            place = f"cve{video.recording.labels.index(run.label)}"
            _annotate(tier, slots, next(numbers), run.start, run.end, run.label, place)
    _add_vocabulary(root, video.recording.labels)
    Xml.indent(root, " ")
    with replacing(path) as partial:
        Xml.ElementTree(root).write(partial, encoding="UTF-8", xml_declaration=True)


def _add_header(root: Xml.Element, video: Video) -> None:
    header = Xml.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    found = find_video(video.recording)
    if found is not None:
        media = Xml.SubElement(header, "MEDIA_DESCRIPTOR", MEDIA_URL=found.resolve().as_uri())
        media.set("MIME_TYPE", _MIME.get(found.suffix.lower(), "video/*"))
        media.set("RELATIVE_MEDIA_URL", f"./{spelt(found.name)}")
    last = Xml.SubElement(header, "PROPERTY", NAME="lastUsedAnnotationId")
    last.text = str(sum(len(subject.runs) for subject in video.subjects))


def _annotate(
    tier: Xml.Element,
    slots: Xml.Element,
    number: int,
    start: float,
    end: float,
    label: str,
    entry: str,
) -> None:
    begin = round(start * 1000)
    for place, ms in ((2 * number - 1, begin), (2 * number, max(begin + 1, round(end * 1000)))):
        Xml.SubElement(slots, "TIME_SLOT", TIME_SLOT_ID=f"ts{place}", TIME_VALUE=str(ms))
    outer = Xml.SubElement(tier, "ANNOTATION")
    inner = Xml.SubElement(outer, "ALIGNABLE_ANNOTATION", ANNOTATION_ID=f"a{number}")
    inner.attrib |= {"CVE_REF": entry, "TIME_SLOT_REF1": f"ts{2 * number - 1}"}
    inner.set("TIME_SLOT_REF2", f"ts{2 * number}")
    Xml.SubElement(inner, "ANNOTATION_VALUE").text = label


def _add_vocabulary(root: Xml.Element, labels: tuple[str, ...]) -> None:
    kind = Xml.SubElement(root, "LINGUISTIC_TYPE", CONTROLLED_VOCABULARY_REF=_VOCABULARY)
    kind.attrib |= {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": _TYPE}
    kind.set("TIME_ALIGNABLE", "true")
    language = Xml.SubElement(root, "LANGUAGE", LANG_ID=_LANGUAGE)
    language.set("LANG_LABEL", "undetermined (und)")
    vocabulary = Xml.SubElement(root, "CONTROLLED_VOCABULARY", CV_ID=_VOCABULARY)
    Xml.SubElement(vocabulary, "DESCRIPTION", LANG_REF=_LANGUAGE).text = "Labels of the network"
    for place, label in enumerate(labels):
        entry = Xml.SubElement(vocabulary, "CV_ENTRY_ML", CVE_ID=f"cve{place}")
        Xml.SubElement(entry, "CVE_VALUE", LANG_REF=_LANGUAGE, DESCRIPTION="").text = label
