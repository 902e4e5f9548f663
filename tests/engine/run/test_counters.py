"""Counters: where frames are while a pipeline runs, and at its end."""

from dataclasses import replace

import pytest

from fer_video.engine.run.counters import Counters
from fer_video.engine.run.pipeline import Pipeline
from tests.engine.run.running import FILE, pipeline_of
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait


def test_counters_of_several_are_their_sums() -> None:
    one = Counters(offered=9, processed=4, dropped={"late": 2}, waiting=1, in_flight=2)
    other = Counters(offered=5, processed=1, dropped={"late": 1, "asked": 1}, waiting=2)
    assert Counters.total([one, other]) == Counters(14, 5, {"late": 3, "asked": 1}, 3, 2)
    assert Counters.total([]) == Counters()


def test_frames_are_expected_where_every_source_declares_them() -> None:
    known, other, unknown = (GeneratedSource(count) for count in (5, 7, 9))
    unknown.info = replace(unknown.info, frames=None)
    chain = FakeStages().chain()
    expected = [
        Pipeline([lane_of(source, chain) for source in sources]).frames_expected
        for sources in ((known, other), (known, unknown))
    ]
    assert expected == [12, None]


def test_counters_add_up_while_it_runs_and_at_the_end() -> None:
    gate, options = Gate(3), {"in_flight": 4}
    chain = FakeStages(lambda stage, index: gate(index) if stage == "smooth" else None).chain()
    with Pipeline([lane_of(GeneratedSource(20, files=(FILE,)), chain, **options)]) as pipeline:
        assert pipeline.counters().processed <= 3
        first = next(pipeline)
        second = [next(pipeline), next(pipeline)][-1]
        wait(gate.reached)
        stuck = pipeline.counters("generated")
        gate.open()
        rest = list(pipeline)
        end = pipeline.counters()
    assert (first.frame.index, second.frame.index, len(rest)) == (0, 2, 17)
    assert (stuck.processed, stuck.dropped) == (3, {})
    assert stuck.in_flight == stuck.offered - 2  # the caller still has the third
    assert stuck.waiting <= stuck.offered - 4  # the fourth stands in its stage
    assert end == Counters(offered=20, processed=20)
    with pytest.raises(KeyError):
        pipeline.counters("nobody")


def test_counters_of_a_live_source_tell_why_frames_are_missing() -> None:
    with pipeline_of(GeneratedSource(500, live=True), FakeStages()) as pipeline:
        frames = list(pipeline)
        end = pipeline.counters()
    assert end.offered == 500
    assert end.processed == len(frames)
    assert sum(end.dropped.values()) == 500 - len(frames) == pipeline.dropped
    assert set(end.dropped) <= {"late"}
    assert (end.waiting, end.in_flight) == (0, 0)
