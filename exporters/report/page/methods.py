"""Methods to paste into a paper, and how to cite."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from operator import itemgetter
from typing import Any

import numpy as np

from fer_video.engine.smooth.smoother import HELD
from fer_video.exporters.report.analysis.study import Study
from fer_video.exporters.report.page.prose import REASONS_TOLD, seconds, share
from fer_video.exporters.report.recorded.about import (
    About,
    all_networks,
    incomplete,
    options_of,
)
from fer_video.exporters.report.recorded.recording import Recording

_DIGITS = 12
"""Hexadecimal digits of a fingerprint that are enough to tell files apart."""
_FREQUENT_S = 0.2
"""Seconds between two frames up to which a video whose run told nothing is called read frame by
frame."""
_MOST_NAMES = 3
"""Videos that are named where not all were read alike."""


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
        f"Facial expressions ({', '.join(study.labels) or 'none'}) were read "
        f"{_how_often(study, about)} with fer-video {_version(study, about)}{networks}."
        f"{_scores(study, about)} Each frame was weighed by the time "
        "until the next. Episodes of an expression begin where its smoothed score reaches "
        f"{options.enter:.2f} and end where it falls below {options.leave:.2f}; gaps up to "
        f"{options.bridge:g} s were bridged, and episodes shorter than {options.shortest:g} s left "
        f"out. Of {seconds(observed)} of observation of {_who(study)} in "
        f"{_counted(len(study.videos), 'video', 'videos')}, {share(valid, observed)} was valid; "
        f"missing were: {reasons}. Valence is the score of happy minus the larger "
        "of those of the negative expressions."
        + "".join(f" The records of {video} are incomplete." for video, _ in incomplete(about))
    )


def _how_often(study: Study, about: About) -> str:
    """Whether every frame was read, or one now and then."""
    runs = (_often(video.recording, options_of(about, video.name)) for video in study.videos)
    return " or ".join(sorted({*runs}))


def _often(recording: Recording, options: Mapping[str, Any]) -> str:
    """How often one video was read: as the run told, else as it seems by its frames."""
    file = options.get("file")
    every = file.get("every") if isinstance(file, dict) else None
    if not options and (step := _step(recording)) > _FREQUENT_S:
        every = step
    if isinstance(every, (int, float)):
        return f"in one frame every {every:g} s"
    if options.get("classify") == "adaptive":
        return "where a face had changed, and at the latest 0.2 s after the last time,"
    return "frame by frame"


def _step(recording: Recording) -> float:
    """Usual seconds from frame to frame; 0 of a single one."""
    steps = np.diff(recording.times)
    return round(float(np.median(steps)), 2) if len(steps) else 0.0


def _scores(study: Study, about: About) -> str:
    """How scores and labels came about, of the videos together that were read alike."""
    told: dict[str, list[str]] = {}
    for video in study.videos:
        told.setdefault(" ".join(_settings(options_of(about, video.name))), []).append(video.name)
    if len(told) == 1:
        return "".join(f" {sentences}" for sentences in told if sentences)
    return "".join(
        f" In {_listed(names)}: {sentences or 'the settings are not told.'}"
        for sentences, names in told.items()
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _settings(options: Mapping[str, Any]) -> Iterator[str]:
    """What a run was given that bears on scores and labels, a sentence each."""
    smoothing, calibrate, least = (
        float(value) if isinstance(value := options.get(name), (int, float)) else None
        for name in ("smoothing", "calibrate", "min_confidence")
    )
    if smoothing is not None:
        how = f"smoothed with a time constant of {smoothing:g} s" if smoothing else "not smoothed"
        yield f"Scores were {how}."
    if calibrate:
        yield f"They were counted from each face at rest, as in its first {calibrate:g} s."
    if least:
        steadily = (
            f", in a film once it had been so for {HELD * smoothing:g} s" if smoothing else ""
        )
        yield f"A face was uncertain below a confidence of {least:.2f}{steadily}."
    if least == 0:
        yield "Every face was given a label."
    reject = options.get("reject")
    if isinstance(reject, list) and reject:
        yield f"Faces that were {' or '.join(map(str, reject))} were of low quality."


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


def _named(study: Study, about: About) -> str:
    """The networks that read the expressions, with their fingerprints, in brackets."""
    found = all_networks(about, [video.name for video in study.videos], "expressions")
    named = [
        ", ".join(
            filter(None, (name, str(network.get("precision") or ""), sha256 and _print(sha256)))
        )
        for (name, sha256), network in sorted(found.items(), key=itemgetter(0))
    ]
    return f" (network: {'; '.join(named)})" if named else ""


def _print(sha256: str) -> str:
    return f"SHA-256 {sha256[:_DIGITS]}…"


def _version(study: Study, about: About) -> str:
    told = {str(about.get(video.name, {}).get("version", "")) for video in study.videos}
    return ", ".join(sorted(told - {""})) or version("fer-video")


def citation() -> str:
    """How to cite the software."""
    return (
        f"The maintainers of fer-video. fer-video (version {version('fer-video')}): facial "
        "expressions on every face of a video, in real time, on an ordinary CPU [Computer "
        "software]. Please cite the paper of the network as well: MobileNetV2 is of Sandler et "
        "al., 2018 (doi:10.1109/CVPR.2018.00474); title and authors of the CNN's are not known to "
        "us."
    )
