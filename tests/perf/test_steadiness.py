"""The measure of steadiness counts what it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from fer_video.engine import EXPRESSIONS, EngineOptions
from fer_video.engine.faces.expressions import Reading
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.perf.studies import steadiness
from fer_video.perf.studies.steadiness import (
    Array,
    Track,
    logits,
    read_track,
    steadied,
    steps,
    uncertain_told,
    untrue_changes,
)
from tests.fakes import GeneratedSource

TRUTH = np.repeat([0, 1, 2], 30)


def track_of(times: Array, raw: Array) -> Track:
    """A face that is always sure."""
    sure = np.zeros(len(times), bool)
    return Track(times, raw, raw.argmax(axis=1), sure, sure)


class Clip(list[RecognizedFrame]):
    """What is read in a clip, by these options."""

    options = EngineOptions(min_confidence=0.5)


def test_true_labels_have_no_untrue_change() -> None:
    changes, delays = untrue_changes(TRUTH, TRUTH)
    assert changes == 0
    assert delays.tolist() == [0, 0, 0]


def test_blip_counts_twice_even_before_a_border_and_a_delay_is_no_change() -> None:
    labels = TRUTH.copy()
    labels[10] = 4
    labels[30:33] = 0
    assert untrue_changes(TRUTH, labels)[0] == 2
    assert untrue_changes(TRUTH, labels)[1].tolist() == pytest.approx([0, 100, 0])
    labels[29] = 4
    assert untrue_changes(TRUTH, labels)[0] == 4


def test_smoothing_removes_most_untrue_changes_of_a_noisy_track() -> None:
    rng = np.random.default_rng(0)
    logits = np.eye(5)[np.repeat([2, 3, 2, 3], 60)] * 4 + rng.normal(0, 1.2, (240, 5))
    raw = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    track = track_of(np.arange(240) / 30, raw)
    truth, scores = steps([track], seed=1)
    before, _ = untrue_changes(truth, scores.argmax(axis=1))
    after, delays = untrue_changes(truth, steadied(scores, 0.1))
    assert after < 0.3 * before
    assert delays.mean() < 150


def test_steps_are_weak_and_full_readings_of_the_clips() -> None:
    """Clips without noise: what a step lacks of its expression's usual logits is its weakness."""
    rows = [np.eye(5)[i] * 0.9 + 0.02 for i in (2, 3)]
    tracks = [track_of(np.arange(60) / 30, np.tile(row, (60, 1))) for row in rows]
    truth, scores = steps(tracks, seed=1)
    strength = logits(scores)[np.arange(len(truth)), truth] / logits(rows[0][None]).max()
    assert set(truth) == {2, 3}
    assert 0.15 <= strength.min() < 0.2
    assert 0.95 < strength.max() <= 1.0 + 1e-9


def test_face_that_is_seen_longest_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = {identity: np.eye(5, dtype=np.float32)[identity] for identity in (1, 2, 3)}
    readings = {
        identity: Reading(Face(Box(0, 0, 9, 9), 1.0, id=identity), row, EXPRESSIONS[identity], row)
        for identity, row in scores.items()
    }
    seen = [(1, 2), (2,), (2, 3), (3,), (2,)]

    @contextmanager
    def clip(_source: str, _options: EngineOptions) -> Iterator[Clip]:
        frames = GeneratedSource(len(seen)).frames()
        yield Clip(
            RecognizedFrame(frame, tuple(readings[identity] for identity in identities))
            for frame, identities in zip(frames, seen, strict=True)
        )

    monkeypatch.setattr(steadiness, "open_pipeline", clip)
    track = read_track("clip", EngineOptions())
    assert track.times == pytest.approx([0.0, 0.04, 0.08, 0.16])
    assert track.shown.tolist() == [2] * 4
    np.testing.assert_array_equal(track.raw, np.tile(scores[2], (4, 1)))
    assert not track.less.any()
    assert not track.uncertain.any()


def test_changes_into_and_out_of_uncertain_are_told_as_they_are_and_as_they_are_shown() -> None:
    """Six seconds, in which the confidence is low twice, and `uncertain` shown once."""
    track = track_of(np.arange(7.0), np.tile(np.eye(5)[2], (7, 1)))
    low, shown = (np.array(flags, bool) for flags in ((0, 1, 0, 1, 1, 1, 0), (0, 0, 0, 0, 1, 1, 1)))
    told = uncertain_told([replace(track, less=low, uncertain=shown)])
    assert "each frame 40.0 changes a minute, 57.1% of the frames" in told
    assert "shown 10.0 changes a minute, 42.9% of the frames" in told


def test_clips_of_a_single_expression_are_refused() -> None:
    raw = np.tile(np.eye(5)[2] * 0.9 + 0.02, (60, 1))
    with pytest.raises(SystemExit, match="one expression only"):
        steps([track_of(np.arange(60) / 30, raw)], seed=1)
