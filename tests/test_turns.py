"""Turns of threads that would else push each other out of the cache."""

import threading

import pytest
from fakes import Chain, GeneratedSource, fail_in

from fer_video.engine import turns
from fer_video.engine.pipeline import Pipeline
from fer_video.engine.turns import Turns


def test_so_many_work_at_once_and_no_more() -> None:
    turn, full, working, most = Turns(2), threading.Barrier(2), set[int](), list[int]()

    def work(number: int) -> None:
        for _ in range(50):
            with turn():
                working.add(number)
                most.append(len(working))
                working.discard(number)

    def meet() -> None:
        with turn():
            full.wait(20)  # else they would never meet

    for target, count in ((meet, 2), (work, 5)):
        arguments = [(n,) if target is work else () for n in range(count)]
        threads = [threading.Thread(target=target, args=given) for given in arguments]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()
    assert max(most) <= 2


def test_one_that_is_stuck_ends_them_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 0.01)
    turn, stuck, through = Turns(2), threading.Event(), threading.Event()

    def hang() -> None:
        with turn():
            stuck.set()
            through.wait(20)

    thread = threading.Thread(target=hang)
    thread.start()
    stuck.wait(20)
    with turn():
        second = threading.Thread(target=go, args=[turn, through])
        second.start()
        second.join(20)
    thread.join(20)
    assert through.is_set()
    with turn():
        assert not turn._over


def go(turn: Turns, through: threading.Event) -> None:
    with turn():
        through.set()


@pytest.mark.parametrize("taken", [3, 20])
def test_a_pipeline_gives_its_turn_back(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 60)
    turn = Turns(1)
    with Pipeline(GeneratedSource(20), Chain().stages(), together=True, turn=turn) as pipeline:
        for frame in pipeline:
            if frame.frame.index == taken - 1:
                break
    with turn():
        assert not turn._over


def test_a_stage_that_fails_gives_its_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 60)
    turn, chain = Turns(1), Chain(fail_in("infer", 2, RuntimeError("broken")))
    pipeline = Pipeline(GeneratedSource(9), chain.stages(), together=True, turn=turn)
    with pytest.raises(RuntimeError, match="broken") as kept, pipeline:
        list(pipeline)
    with turn():
        assert not turn._over
    del kept


def test_turns_go_on_when_nobody_is_stuck_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 0.01)
    turn, done = Turns(1), threading.Event()
    with turn():
        thread = threading.Thread(target=go, args=[turn, done])
        thread.start()
        thread.join(20)
        assert done.is_set()
    with turn():
        assert not turn._over
        assert turn._since
