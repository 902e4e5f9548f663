"""A person's resting face as the zero from which expressions are read.

Some faces look angry or disgusted to a network when they rest. What it says of a face while that
face rests is subtracted from all that it says of it later, as logits, so that the resting face
reads as neutral and a change from it as what has changed.
"""

from dataclasses import dataclass, field

import numpy as np

from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS, Scores
from fer_video.engine.options.engine import REST_SECONDS

_LEAST_SCORE = np.float32(1e-4)
"""What a score counts as at least, so that its logarithm is finite."""
_CALM = 0.9
"""Score of the neutral label in a resting face once its baseline is known."""
_MEMORY = 2.0
"""Seconds without being seen after which a face is forgotten; the tracker forgets sooner."""


@dataclass(slots=True)
class _Face:
    requests: int
    """How many requests there had been when it came, or began to rest for the last of them."""
    rest: float
    """Seconds for which it rests; 0 leaves its scores as they are."""
    since: float
    """When it began to rest, in seconds of the video."""
    seen: float
    """When it was last seen, in seconds of the video."""
    rows: list[Scores] = field(default_factory=list)
    """Logarithms of its scores while it rests."""
    shift: Scores | None = None
    """What is added to the logarithms of its scores once it has rested."""


@dataclass(slots=True)
class _Shared:
    """What a baseline and its clones have in common."""

    requests: list[float]
    """Seconds of rest, an item for each call of `calibrate`."""
    resting: Scores
    """Scores of a resting face once its baseline is known; empty where no label is neutral."""
    labels: tuple[str, ...]
    """Labels of the network."""


class NeutralBaseline:
    """Learns the resting scores of each face in its first seconds, or of those in view when asked.

    Faces are known by their identities, so there is one of these for each source; a clone is asked
    whenever the one that it was made from is.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        """Begin without any face.

        Args:
            seconds: how long each face rests from when it is first seen; 0 leaves the scores of
                a face as they are unless it is in view when `calibrate` is called.
        """
        self._seconds = seconds
        self._faces: dict[int, _Face] = {}
        self._shared = _Shared([], _resting(EXPRESSIONS, "neutral"), EXPRESSIONS)

    def clone(self) -> "NeutralBaseline":
        """One for another source, which knows none of this one's faces."""
        other = NeutralBaseline(self._seconds)
        other._shared = self._shared
        return other

    def fit(self, labels: tuple[str, ...], neutral: str) -> None:
        """Read scores of a network with other labels than the packaged ones, as do all clones.

        Args:
            labels: of the network, in the order of its scores.
            neutral: the one that a face at rest has.

        Raises:
            OptionsError: faces are to rest, and there is no such label.
        """
        self._shared.resting, self._shared.labels = _resting(labels, neutral), labels
        if self._seconds:
            self._check(self._seconds)

    def _check(self, seconds: float) -> None:
        if not self._shared.resting.size:
            raise OptionsError(
                f"calibrate {seconds:g}: none of the network's labels is neutral "
                f"({', '.join(self._shared.labels)}); leave it off, or name the label of a face at "
                "rest in the field neutral of the network's card"
            )

    def calibrate(self, seconds: float = REST_SECONDS) -> None:
        """Let every face that is in view now rest, then count from there; from any thread.

        Faces that come later are read as if this had not been asked for.

        Args:
            seconds: how long they rest, from when they are next seen.

        Raises:
            OptionsError: none of the network's labels is neutral.
        """
        self._check(seconds)
        self._shared.requests.append(seconds)

    def __call__(self, identity: int, raw: Scores, time: float) -> Scores:
        """Take in what was read on a face, and give it as the change from the resting face.

        Args:
            identity: of the face, the same from frame to frame.
            raw: its scores in this frame.
            time: of the frame, in seconds.
        """
        face = self._face(identity, time)
        face.seen = time
        if not face.rest:
            return raw
        logs = np.log(np.maximum(raw, _LEAST_SCORE))
        if face.shift is None:
            face.rows.append(logs)
            if time - face.since < face.rest:
                return raw
            face.shift = np.log(self._shared.resting) - np.median(face.rows, axis=0)
            face.rows.clear()
        powers = np.exp(logs + face.shift)
        return np.asarray(powers / powers.sum(), np.float32)

    def has_rested(self, identity: int) -> bool:
        """Whether the scores of a face are counted from its rest by now."""
        face = self._faces.get(identity)
        return face is not None and face.shift is not None

    def _face(self, identity: int, time: float) -> _Face:
        """What is known of a face; one that is new, or was asked to rest, begins to do so now."""
        face, requests = self._faces.get(identity), len(self._shared.requests)
        if face is None:
            self._forget(time)
            face = self._faces[identity] = _Face(requests, self._seconds, time, time)
        elif face.requests < requests:
            face = self._faces[identity] = _Face(requests, self._shared.requests[-1], time, time)
        return face

    def _forget(self, time: float) -> None:
        """Drop faces that went, so that a long run holds no more than a short one."""
        self._faces = {
            identity: face
            for identity, face in self._faces.items()
            if 0 <= time - face.seen <= _MEMORY
        }


def _resting(labels: tuple[str, ...], neutral: str) -> Scores:
    """What a face at rest is read as; nothing where there is no such label."""
    if neutral not in labels:
        return np.empty(0, np.float32)
    others = (1 - _CALM) / (len(labels) - 1)
    return np.array([_CALM if label == neutral else others for label in labels], np.float32)
