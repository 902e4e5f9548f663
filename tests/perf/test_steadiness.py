"""The measure of steadiness counts what it says."""

import numpy as np
import pytest

from fer_video.perf.studies.steadiness import Track, steadied, steps, untrue_changes

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


def test_clips_of_a_single_expression_are_refused() -> None:
    raw = np.tile(np.eye(5)[2] * 0.9 + 0.02, (60, 1))
    with pytest.raises(SystemExit, match="one expression only"):
        steps([Track(np.arange(60) / 30, raw, raw.argmax(axis=1))], seed=1)
