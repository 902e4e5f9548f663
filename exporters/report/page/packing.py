"""Packs what a page draws of a video into one compressed text, a few bytes a face."""

import base64
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.report.analysis.missing import stretches
from fer_video.exporters.report.analysis.parts import PartLane, has_quality, part_lanes, spoken
from fer_video.exporters.report.analysis.study import Subject, Video
from fer_video.exporters.report.pictures.colours import colours
from fer_video.exporters.report.recorded.recording import Floats
from fer_video.exporters.report.recorded.tracks import Track

TICKS = 10_000
"""Ticks a second: times are whole numbers of 0.1 ms, exact enough for 1,000 frames a second."""
STEPS = 250
"""Steps of a score from 0 to 1: half a step is less than a line's width."""
NOTHING = 255
"""In place of a label, or of a quality, that is not there."""
_BOX_STEPS = 2
"""Steps of a pixel in which boxes are kept, of up to 16,383 pixels."""


@dataclass
class _Blob:
    """Arrays behind each other, each at a multiple of four bytes."""

    data: bytearray = field(default_factory=bytearray)

    def add(self, values: NDArray[Any], kind: str) -> dict[str, Any]:
        """Append an array; where it is and of what kind, as the page reads it."""
        place = {"kind": kind, "offset": len(self.data), "length": int(values.size)}
        self.data += np.ascontiguousarray(values, np.dtype(kind)).tobytes()
        self.data += bytes(-len(self.data) % 4)
        return place


def packed(video: Video, subjects: list[Subject]) -> str:
    """A video's frames and the faces of some people, deflated, in base64.

    The page finds a JSON object of so many bytes as the first four say, and arrays behind it.

    Args:
        video: the video.
        subjects: who is drawn.
    """
    recording, blob = video.recording, _Blob()
    told = {
        "labels": recording.labels,
        "colours": list(colours(recording.labels).values()),
        "end": recording.end,
        "size": None if recording.sizes is None else recording.sizes[0].tolist(),
        "ticks": TICKS,
        "steps": STEPS,
        "boxSteps": _BOX_STEPS,
        "times": blob.add(np.round(recording.times * TICKS), "<u4"),
        "durations": blob.add(np.round(recording.durations * TICKS), "<u4"),
        "numbers": blob.add(recording.frames, "<u4"),
        "marks": [[mark.kind, mark.label, mark.start, mark.end] for mark in video.marks],
        "people": [_person(subject, blob) for subject in subjects],
    }
    head = json.dumps(told).encode()
    head += b" " * (-len(head) % 4)
    whole = np.array([len(head)], "<u4").tobytes() + head + bytes(blob.data)
    return base64.b64encode(zlib.compress(whole)).decode()


def _person(subject: Subject, blob: _Blob) -> dict[str, Any]:
    track = subject.track
    boxes = np.clip(np.round(_boxes(track) * _BOX_STEPS), -32768, 32767)
    scores = np.round(track.scores * STEPS)
    labels = np.where(track.valid & (track.expressions >= 0), track.expressions, NOTHING)
    return {
        "name": subject.name,
        "frames": blob.add(track.frames, "<u4"),
        "boxes": blob.add(boxes.T, "<i2"),  # side by side they compress better
        "scores": blob.add(scores.T, "u1"),
        "shown": blob.add(labels, "u1"),
        "parts": [_part(lane, blob) for lane in part_lanes(track)],
        "quality": _quality(track, blob),
        "missing": [
            [one.status, one.start, one.end] for one in stretches(subject) if one.status != "ok"
        ],
        "episodes": [
            [one.label, one.start, one.end, one.peak, one.peak_time]
            for one in sorted(subject.episodes, key=lambda one: one.start)
        ],
    }


def _boxes(track: Track) -> Floats:
    """In pixels of the video's first picture, (N, 4): a browser shows those of another size in the
    same place."""
    boxes, sizes = track.recording.boxes[track.faces], track.recording.sizes
    return boxes if sizes is None else boxes * np.tile(sizes[0] / sizes[track.frames], 2)


def _part(lane: PartLane, blob: _Blob) -> dict[str, Any]:
    return {
        "name": spoken(lane.name),
        "labels": blob.add(lane.labels, "u1"),
        "starts": blob.add(np.round(lane.starts * TICKS), "<u4"),
        "ends": blob.add(np.round(lane.ends * TICKS), "<u4"),
    }


def _quality(track: Track, blob: _Blob) -> dict[str, Any] | None:
    """Of each face; None where none was measured."""
    if track.recording.quality is None or not has_quality(track):
        return None
    quality = np.round(np.clip(track.recording.quality[track.faces], 0, 1) * STEPS)
    return blob.add(np.where(np.isnan(quality), NOTHING, quality), "u1")
