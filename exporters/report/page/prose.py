"""The report in words: how far to trust it, methods to paste into a paper, and the citation."""

from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

from fer_video.engine.smooth.smoother import HELD
from fer_video.exporters.report.analysis.study import Study
from fer_video.exporters.report.page.credentials import credentials
from fer_video.exporters.report.recorded.about import About, all_networks, incomplete
from fer_video.exporters.report.recorded.recording import Recording

REASONS_TOLD = {
    "no_face": "the person was not found: out of the picture, turned away, or hidden.",
    "low_quality": "the face was found, and too small, dark, blurred or turned to be read.",
    "uncertain": "no expression reached the confidence that was asked for, or the network's.",
    "dropped": "there is no picture: frames were dropped, or the stream was away.",
    "excluded": "it was left out by hand.",
}
"""What each reason means, by its name."""
_DIGITS = 12
"""Hexadecimal digits of a fingerprint that are enough to tell files apart."""
_FREQUENT_S = 0.2
"""Seconds between two frames up to which a video is called read frame by frame."""
_SMALL = 48
"""Pixels of a face's height below which expressions are read badly."""


def seconds(time: float) -> str:
    """A time for people: 12.3 s, or 1:02:03."""
    if time < 120:
        return f"{time:.1f} s"
    whole = round(time)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02} min"


def share(part: float, whole: float) -> str:
    """A part of something in percent; a dash of nothing."""
    return f"{part / whole:.1%}" if whole else "-"


def trust(study: Study, about: About) -> Iterator[str]:
    """What speaks for and against the numbers, a sentence each."""
    yield (
        "A score is what a network says of a picture, not what a person feels. A small share of "
        "an expression may be the network's errors alone."
    )
    yield from (
        f"The records of {video} are incomplete: {lost}." for video, lost in incomplete(about)
    )
    told = all_networks(about, [video.name for video in study.videos])
    known = [name for name, sha256 in told if sha256]
    if len(set(known)) < len(known):
        yield "The videos were read by different networks of one name: see their SHA-256."
    yield from dict.fromkeys(
        sentence for (name, _), network in told.items() for sentence in credentials(name, network)
    )
    if not told:
        yield (
            "Which network read the faces is not told: there is no about.json of these records "
            "beside them. `fer-video models` prints the figures and limits of the packaged ones."
        )
    for video in study.videos:
        if stale := about.get(video.name, {}).get("stale"):
            yield f"{video.name}: {stale}"
        if video.subjects:
            yield f"{video.name}: {_faces(video.recording)}"


def _faces(recording: Recording) -> str:
    heights, surety = recording.boxes[:, 3], recording.detection
    small = share(float((heights < _SMALL).sum()), len(heights))
    return (
        f"half of the faces are higher than {np.median(heights):.0f} pixels, {small} are under "
        f"{_SMALL}; the detector's confidence is {np.median(surety):.2f} in the median; {_rest(recording)}."
    )


def _rest(recording: Recording) -> str:
    """Of how many faces the scores are counted from the face at rest, and what else may be wrong."""
    if recording.calibrated.all():
        return "scores are counted from each face's rest (calibrated)"
    calibrated = (
        f"of {share(float(recording.calibrated.sum()), len(recording.ids))} of the faces scores are "
        "counted from the face's rest (calibrated), of the others not"
        if recording.calibrated.any()
        else "scores are not calibrated"
    )
    return f"{calibrated}: a face that rests sourly may be read as angry or disgusted"


def methods(study: Study, about: About) -> str:
    """A paragraph for a paper's section of methods."""
    options, summaries = (
        study.options,
        [one.summary for video in study.videos for one in video.subjects],
    )
    networks = _named(study, about)
    observed, valid = sum(s.observed for s in summaries), sum(s.valid for s in summaries)
    reasons = ", ".join(
        f"{reason.replace('_', ' ')} {share(sum(s.missing[reason] for s in summaries), observed)}"
        for reason in REASONS_TOLD
    )
    return (
        f"Facial expressions ({', '.join(study.labels) or 'none'}) were read {_how_often(study)} "
        f"with fer-video {_version(study, about)}{networks}. Each frame was weighed by the time "
        "until the next. Episodes of an expression begin where its smoothed score reaches "
        f"{options.enter:.2f} and end where it falls below {options.leave:.2f}; gaps up to "
        f"{options.bridge:g} s were bridged, and episodes shorter than {options.shortest:g} s left "
        f"out. Of {seconds(observed)} of observation of {_who(study)} in "
        f"{_counted(len(study.videos), 'video', 'videos')}, {share(valid, observed)} was valid; "
        f"missing were: {reasons}.{_least(about)} Valence is the score of happy minus the larger "
        "of those of the negative expressions."
        + "".join(f" The records of {video} are incomplete." for video, _ in incomplete(about))
    )


def _how_often(study: Study) -> str:
    """Whether every frame was read, as it seems, or one now and then."""
    steps = {_step(video.recording) for video in study.videos}
    rare = " or ".join(f"{step:g}" for step in sorted(steps) if step > _FREQUENT_S)
    each = "" if rare and min(steps) > _FREQUENT_S else "frame by frame"
    return " or ".join(filter(None, (each, rare and f"in one frame every {rare} s")))


def _step(recording: Recording) -> float:
    """Usual seconds from frame to frame; 0 of a single one."""
    steps = np.diff(recording.times)
    return round(float(np.median(steps)), 2) if len(steps) else 0.0


def _who(study: Study) -> str:
    """Persons, each once in however many videos, and identities, which may be of one person."""
    names = [one.name for video in study.videos for one in video.subjects]
    persons = study.names.intersection(names)
    identities = sum(name not in persons for name in names)
    told = []
    if persons or not identities:
        told.append(_counted(len(persons), "person", "persons"))
    if identities:
        told.append(_counted(identities, "unnamed identity", "unnamed identities"))
    return " and ".join(told)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _least(about: About) -> str:
    """From which confidence on a face counted, where a run tells of one, and how steadily."""
    least = " or ".join(f"{one:.2f}" for one in _asked(about, "min_confidence"))
    times = " or ".join(f"{HELD * one:g}" for one in _asked(about, "smoothing"))
    steadily = f", in a film once it had been so for {times} s" if times else ""
    return f" A face was uncertain below a confidence of {least}{steadily}." if least else ""


def _asked(about: About, option: str) -> list[float]:
    """What the runs were given as an option, where that is not 0, in rising order."""
    given = [run["options"] for run in about.values() if isinstance(run.get("options"), dict)]
    told = {one.get(option) for one in given if isinstance(one.get(option), (int, float))}
    return sorted(told - {0})


def _named(study: Study, about: About) -> str:
    """The networks that read the expressions, with their fingerprints, in brackets."""
    found = all_networks(about, [video.name for video in study.videos], "expressions")
    named = [
        name + (f", SHA-256 {sha256[:_DIGITS]}…" if sha256 else "")
        for name, sha256 in sorted(found)
    ]
    return f" (network: {'; '.join(named)})" if named else ""


def _version(study: Study, about: About) -> str:
    told = {str(about.get(video.name, {}).get("version", "")) for video in study.videos}
    return ", ".join(sorted(told - {""})) or version("fer-video")


def citation() -> str:
    """How to cite the software."""
    return (
        f"The maintainers of fer-video. fer-video (version {version('fer-video')}): facial "
        "expressions on every face of a video, in real time, on an ordinary CPU [Computer "
        "software]. Please cite the paper of the network that you used as well; "
        "`fer-video models` names it."
    )
