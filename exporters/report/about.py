"""What is known of the run that wrote some records, from the file beside them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_video.engine.errors import DataError
from fer_video.exporters.report.records import Recording

About = Mapping[str, Mapping[str, Any]]
"""By the video's name: what the run that wrote its records told of itself."""


def about_file(records: Path) -> Path:
    """Where a run tells of itself: `in.about.json` beside `in.jsonl`."""
    return records.with_name(f"{records.stem}.about.json")


def read_about(recordings: list[Recording]) -> dict[str, dict[str, Any]]:
    """What the runs told of themselves, of those that did.

    Raises:
        DataError: such a file is there and is no JSON object.
    """
    found = {one.name: about_file(one.origin) for one in recordings}
    return {name: _read(path) for name, path in found.items() if path.is_file()}


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove it, or run again") from error
    if not isinstance(told, dict):
        raise DataError(f"{path}: is no JSON object; remove it, or run again")
    return told


def networks_of(about: About, video: str) -> dict[str, dict[str, Any]]:
    """The networks of a run by name, with what is told of each; none if nothing is known."""
    told = about.get(video, {}).get("networks", [])
    return {str(one.get("name")): one for one in told if isinstance(one, dict)}
