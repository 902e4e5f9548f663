"""The measure of steadiness counts what it says."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from fer_video.engine import EXPRESSIONS, EngineOptions
from fer_video.engine.faces.expressions import Reading
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.perf.studies import steadiness
from fer_video.perf.studies.steadiness import (
    Track,
    logits,
    read_track,
    steadied,
    steps,
    untrue_changes,
)
from tests.fakes import GeneratedSource

TRUTH = np.repeat([0, 1, 2], 30)


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
    track = Track(np.arange(240) / 30, raw, raw.argmax(axis=1))
    truth, scores = steps([track], seed=1)
    before, _ = untrue_changes(truth, scores.argmax(axis=1))
    after, delays = untrue_changes(truth, steadied(scores, 0.1))
    assert after < 0.3 * before
    assert delays.mean() < 150


def test_steps_are_weak_and_full_readings_of_the_clips() -> None:
    """Clips without noise: what a step lacks of its expression's usual logits is its weakness."""
    rows = [np.eye(5)[i] * 0.9 + 0.02 for i in (2, 3)]
    tracks = [Track(np.arange(60) / 30, np.tile(row, (60, 1)), np.zeros(60, int)) for row in rows]
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
    def clip(_source: str, _options: EngineOptions) -> Iterator[list[RecognizedFrame]]:
        frames = GeneratedSource(len(seen)).frames()
        yield [
            RecognizedFrame(frame, tuple(readings[identity] for identity in identities))
            for frame, identities in zip(frames, seen, strict=True)
        ]

    monkeypatch.setattr(steadiness, "open_pipeline", clip)
    track = read_track("clip", EngineOptions())
    assert track.times == pytest.approx([0.0, 0.04, 0.08, 0.16])
    assert track.shown.tolist() == [2] * 4
    np.testing.assert_array_equal(track.raw, np.tile(scores[2], (4, 1)))


def test_clips_of_a_single_expression_are_refused() -> None:
    raw = np.tile(np.eye(5)[2] * 0.9 + 0.02, (60, 1))
    with pytest.raises(SystemExit, match="one expression only"):
        steps([Track(np.arange(60) / 30, raw, raw.argmax(axis=1))], seed=1)
