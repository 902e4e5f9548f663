"""What is known of the run that wrote some records, from the file beside them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fer_video.engine.errors import DataError
from fer_video.engine.output.about import about_file
from fer_video.exporters.report.recorded.recording import Recording

About = Mapping[str, Mapping[str, Any]]
"""By the video's name: what the run that wrote its records told of itself, see `read_about`."""


def read_about(recordings: list[Recording]) -> dict[str, dict[str, Any]]:
    """What the runs told of themselves, of those that did.

    Of a run of several sources, each video has what was told of it alone as `source`, and
    `complete` is its own. A file that was written for other records than those that lie there now
    tells nothing but that, as `stale`.

    Raises:
        DataError: such a file is there and is no JSON object.
    """
    found = {one.name: (one, about_file(one.origin)) for one in recordings}
    return {name: _of(one, path) for name, (one, path) in found.items() if path.is_file()}


def told_film(recording: Recording) -> tuple[Path, int] | None:
    """The file that a run told to have read, as it was named, and its size in bytes.

    None where the run told of no file, or of other records.

    Raises:
        DataError: what it told is no JSON object.
    """
    path = about_file(recording.origin)
    source = _dict(_of(recording, path).get("source")) if path.is_file() else {}
    file, size = source.get("file"), source.get("size")
    return (Path(file), size) if isinstance(file, str) and isinstance(size, int) else None


def _of(recording: Recording, path: Path) -> dict[str, Any]:
    told = _read(path)
    stale = _stale(recording.origin, told.get("records"), path)
    if stale:
        return {"stale": stale}
    source = _source(recording, told.pop("sources", None))
    return told | {"source": source, "complete": source.get("complete", told.get("complete"))}


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove it, or run again") from error
    if not isinstance(told, dict):
        raise DataError(f"{path}: is no JSON object; remove it, or run again")
    return told


def _stale(records: Path, sizes: Any, path: Path) -> str:
    """Why it tells of other records, such as those of a run before; empty if it does not.

    Records that were given another name since are told by their size.
    """
    told, there = _dict(sizes), records.stat().st_size
    if not told or there == told.get(records.name):
        return ""
    if records.name not in told:
        if [*told.values()].count(there) == 1:
            return ""
        return (
            f"{path.name} tells of {', '.join(told)}, not of {records.name}: another run replaced "
            "what was told, and how these records were made is not known."
        )
    size = told[records.name]
    return (
        f"{path.name} tells of records of {size} bytes, and {records.name} has {there}: the "
        "records were replaced or changed since, and how they were made is not told."
    )


def _source(recording: Recording, sources: Any) -> dict[str, Any]:
    """What is told of the video itself."""
    told = [_dict(one) for one in sources] if isinstance(sources, list) else []
    return next((one for one in told if one.get("name") == recording.source), {})


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def options_of(about: About, video: str) -> Mapping[str, Any]:
    """What a video's run was asked for, by the names of `EngineOptions`; empty if it is unknown."""
    return _dict(about.get(video, {}).get("options"))


def networks_of(about: About, video: str, task: str | None = None) -> dict[str, dict[str, Any]]:
    """The networks of a run by name, with what is told of each; none if nothing is known.

    Args:
        about: what is known of the runs.
        video: its name.
        task: what they tell, `expressions` or `faces`; None for both.
    """
    told = about.get(video, {}).get("networks", [])
    networks = [one for one in told if isinstance(one, dict)]
    return {
        str(one.get("name")): one
        for one in networks
        if task is None or one.get("task", "expressions") == task
    }


def all_networks(
    about: About, videos: Iterable[str], task: str | None = None
) -> dict[tuple[str, str], dict[str, Any]]:
    """The networks of several runs by name and SHA-256, which tells two of one name apart.

    Args:
        about: what is known of the runs.
        videos: their names.
        task: what they tell, `expressions` or `faces`; None for both.
    """
    return {
        (name, str(network.get("sha256") or "")): network
        for video in videos
        for name, network in networks_of(about, video, task).items()
    }


def incomplete(about: About) -> Iterator[tuple[str, str]]:
    """Each video whose records are incomplete, and what is missing of it, as a sentence."""
    for video, run in about.items():
        if run.get("complete") is False:
            source = run.get("source", {})
            lost = source.get("lost") or "the run was interrupted"
            yield video, f"{lost}; {_how_far(source)}" if source else str(lost)


def _how_far(source: Mapping[str, Any]) -> str:
    until, frames, expected = (source.get(key) for key in ("until", "frames", "frames_expected"))
    if until is None:
        return "there is no frame of it"
    of_all = f" of {expected}" if expected else ""
    return f"the records end at {until:.1f} s, after {frames}{of_all} frames"
