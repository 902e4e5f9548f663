"""BIDS: events as tab-separated values, with the sidecar that tells of their columns."""

from pathlib import Path

from fer_video.exporters.data.atomic import write_json, write_text
from fer_video.exporters.report.analysis.study import Video

_COLUMNS = {
    "onset": {"Description": "Begin of the episode, from the beginning of the video", "Units": "s"},
    "duration": {"Description": "Time that the episode lasts", "Units": "s"},
    "trial_type": {"Description": "Expression that is shown"},
    "person": {"Description": "Name of the person, or the number of the identity"},
    "peak": {"Description": "Highest smoothed score, 0 to 1"},
    "mean": {"Description": "Mean smoothed score, 0 to 1"},
}


def write_bids(video: Video, stem: Path) -> None:
    """Write STEM_events.tsv, one row an episode, and STEM_events.json.

    Raises:
        OutputError: they cannot be written.
    """
    rows = sorted(
        (one.start, one.duration, one.label, subject.name, one.peak, one.mean)
        for subject in video.subjects
        for one in subject.episodes
    )
    lines = ["\t".join(_COLUMNS)]
    lines += [
        f"{start:.3f}\t{lasting:.3f}\t{label}\t{_plain(person)}\t{peak:.4f}\t{mean:.4f}"
        for start, lasting, label, person, peak, mean in rows
    ]
    write_text(stem.with_name(f"{stem.name}_events.tsv"), "\n".join(lines) + "\n")
    levels = dict.fromkeys(video.recording.labels, "label of the network")
    told = _COLUMNS | {"trial_type": {**_COLUMNS["trial_type"], "Levels": levels}}
    write_json(stem.with_name(f"{stem.name}_events.json"), told)


def _plain(name: str) -> str:
    """Without tabs and line breaks."""
    return " ".join(name.split()) or "n/a"
