"""Every number of a record file of known truth: see `tests.report_records.known`."""

from pathlib import Path

import pytest

from fer_video.exporters.report.analysis.episodes import Episode, EpisodeOptions
from fer_video.exporters.report.analysis.study import Study, make_study
from fer_video.exporters.report.analysis.summary import Summary, together
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.marks import Mark
from tests.report_records import Record, face, known, steady

OBSERVED = 86.0
LOST = 1.0 + 59.05
"""The dropped frames' second, and the gap's minute without the second that its frame counts."""
LASTING = OBSERVED - LOST


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = known(tmp_path_factory.mktemp("records") / "in.jsonl")
    return make_study(read_records([path]), EpisodeOptions())


def of(study: Study, person: str) -> Summary:
    (found,) = (one for one in study.summaries() if one.person == person)
    return found


def episodes_of(study: Study, person: str, label: str) -> list[Episode]:
    (subject,) = (one for one in study.videos[0].subjects if one.name == person)
    return [episode for episode in subject.episodes if episode.label == label]


def test_people_come_in_the_order_of_their_first_sight(study: Study) -> None:
    assert [one.person for one in study.summaries()] == ["1", "3", "2"]


@pytest.mark.parametrize(
    ("person", "in_view", "valid", "low_quality", "uncertain"),
    [("1", 14.8, 13.4, 1.0, 0.4), ("2", 5.95, 5.95, 0, 0), ("3", LASTING, LASTING, 0, 0)],
)
def test_every_second_is_valid_or_missing_for_a_reason(
    study: Study, person: str, in_view: float, valid: float, low_quality: float, uncertain: float
) -> None:
    one = of(study, person)
    assert one.observed == pytest.approx(OBSERVED)
    assert one.in_view == pytest.approx(in_view)
    assert one.valid == pytest.approx(valid)
    assert one.missing == pytest.approx(
        {
            "no_face": LASTING - in_view,
            "low_quality": low_quality,
            "uncertain": uncertain,
            "dropped": LOST,
            "excluded": 0,
        }
    )
    assert one.valid + sum(one.missing.values()) == pytest.approx(OBSERVED)


def test_shares_are_of_seconds_not_of_frames(study: Study) -> None:
    labels = of(study, "1").labels
    seconds = {"angry": 0, "disgust": 0, "happy": 2.8, "neutral": 8, "surprise": 2.6}
    assert {name: one.share for name, one in labels.items()} == pytest.approx(
        {name: shown / 13.4 for name, shown in seconds.items()}
    )
    assert labels["happy"].mean == pytest.approx(
        (0.95 * 0.1 + 0.8 * 2.7 + 0.025 * 7 + 0.1 * 2.6 - 0.0625 * 1 + 0.05 * 1) / 13.4, abs=0.002
    )
    assert labels["happy"].peak == 0.95


def test_a_bridged_gap_and_a_score_between_the_limits_do_not_end_an_episode(study: Study) -> None:
    (happy,) = episodes_of(study, "1", "happy")
    assert (happy.start, happy.end, happy.peak, happy.peak_time) == (2.0, 5.0, 0.95, 3.0)
    assert happy.mean == pytest.approx((27 * 0.8 + 0.95) / 28)
    (surprise,) = episodes_of(study, "1", "surprise")
    assert (surprise.start, surprise.end) == pytest.approx((16.4, 19.0))
    assert surprise.mean == pytest.approx((0.6 * 1.6 + 0.4 * 1.0) / 2.6)
    neutral = episodes_of(study, "1", "neutral")
    assert [(one.start, one.end) for one in neutral] == [(0, 2), (5, 10), (19, 20)]


def test_a_dip_is_bridged_and_what_is_too_short_is_no_episode(study: Study) -> None:
    angry = episodes_of(study, "2", "angry")
    assert [(one.start, one.end) for one in angry] == [(21.0, 24.95), (84.0, 86.0)]
    assert angry[0].mean == pytest.approx((0.6 * 3.9 + 0.1 * 0.05) / 3.95)
    assert not episodes_of(study, "2", "disgust")


@pytest.mark.parametrize("seen", [True, False])
def test_a_dip_is_bridged_as_a_lost_face_also_where_the_score_stays_between_the_limits(
    tmp_path: Path, seen: bool
) -> None:
    scores = {10: 0.25} | dict.fromkeys(range(10), 0.6) | dict.fromkeys(range(11, 31), 0.4)

    def shown(time: float) -> list[Record]:
        place = round(10 * time)
        there = seen or place != 10
        return [face(1, "happy", scores.get(place, 0.1), neutral=0.2)] if there else []

    study = make_study(read_records([steady(tmp_path / "a.jsonl", 5, shown)]), EpisodeOptions())
    (happy,) = episodes_of(study, "1", "happy")
    assert (happy.start, happy.end) == pytest.approx((0, 3.1))


def test_a_dip_longer_than_a_bridged_gap_ends_an_episode_until_the_score_rises_again(
    tmp_path: Path,
) -> None:
    def shown(time: float) -> list[Record]:
        low = 1 <= time < 1.35
        high = time < 1 or time >= 2
        return [face(1, "happy", 0.6 if high else 0.25 if low else 0.4, neutral=0.2)]

    study = make_study(read_records([steady(tmp_path / "a.jsonl", 3, shown)]), EpisodeOptions())
    found = episodes_of(study, "1", "happy")
    assert [(one.start, one.end) for one in found] == [(0, 1), (2, 3)]


def test_lost_time_ends_an_episode(study: Study) -> None:
    happy = episodes_of(study, "3", "happy")
    assert [(one.start, one.end) for one in happy] == [(0, 20), (21.0, 24.95), (84.0, 86.0)]


def test_episodes_are_summed_up(study: Study) -> None:
    neutral = of(study, "1").labels["neutral"]
    assert neutral.episodes == 3
    assert neutral.per_minute == pytest.approx(3 / 13.4 * 60)
    assert neutral.episode_mean == pytest.approx(8 / 3)
    assert neutral.episode_median == pytest.approx(2)
    assert neutral.episode_longest == pytest.approx(5)
    assert neutral.latency == 0
    assert of(study, "1").labels["surprise"].latency == pytest.approx(16.4)
    angry = of(study, "1").labels["angry"]
    assert (angry.episodes, angry.per_minute, angry.episode_mean, angry.latency) == (
        0,
        0,
        None,
        None,
    )


def test_latency_is_counted_of_the_time_that_is_summed_up(tmp_path: Path) -> None:
    def shown(time: float) -> list[Record]:
        happy = 3 <= time < 4 or time >= 12.5
        return [face(1, "happy" if happy else "neutral", 0.9)]

    recordings = read_records([steady(tmp_path / "a.jsonl", 14, shown)])
    marks = [
        Mark("a", 0, 2, "exclude", ""),
        *(Mark("a", start, start + 2, "condition", "film") for start in (6, 12)),
    ]
    whole, film = make_study(recordings, EpisodeOptions(), marks=marks).summaries()
    assert whole.labels["happy"].latency == pytest.approx(1)
    assert film.condition == "film"
    assert film.labels["happy"].latency == pytest.approx(2.5)
    assert film.labels["neutral"].latency is None  # it began before


def test_transitions_entropy_and_valence(study: Study) -> None:
    first, second, third = (of(study, person) for person in "123")
    assert first.transitions == 3  # the last one's beginning was after a gap
    assert first.transitions_per_minute == pytest.approx(3 / 13.4 * 60)
    assert (second.transitions, third.transitions) == (2, 0)
    assert third.entropy == 0
    assert second.entropy == pytest.approx(0.0700, abs=1e-4)  # of 0.05 s and 5.9 s
    assert third.valence == pytest.approx(0.9 - 0.025)
    assert second.valence == pytest.approx((5.9 * (0.1 - 0.6) + 0.05 * (0.0333 - 0.8)) / 5.95)


def test_one_person_over_two_videos_has_the_seconds_of_both(study: Study) -> None:
    one = of(study, "1")
    both = together("all", [one, one])
    assert both.valid == 2 * one.valid
    assert both.missing == {name: 2 * seconds for name, seconds in one.missing.items()}
    assert both.labels["happy"].share == pytest.approx(one.labels["happy"].share)
    assert both.labels["neutral"].episodes == 6
    assert both.labels["neutral"].per_minute == pytest.approx(one.labels["neutral"].per_minute)
    assert both.entropy == pytest.approx(one.entropy)
    assert both.labels["angry"].latency is None


def test_thresholds_change_the_episodes_alone(tmp_path: Path) -> None:
    path = steady(tmp_path / "a.jsonl", 2, lambda t: [face(1, "happy", 0.6 if t < 1 else 0.4)])
    recordings = read_records([path])
    loose = make_study(recordings, EpisodeOptions())
    tight = make_study(recordings, EpisodeOptions(leave=0.5))
    assert [one.end for one in episodes_of(loose, "1", "happy")] == [2.0]
    assert [one.end for one in episodes_of(tight, "1", "happy")] == [1.0]
    assert of(loose, "1").labels["happy"].share == of(tight, "1").labels["happy"].share == 1


def test_a_video_without_faces_has_nobody(tmp_path: Path) -> None:
    study = make_study(
        read_records([steady(tmp_path / "a.jsonl", 1, lambda _: [])]), EpisodeOptions()
    )
    assert study.summaries() == []
    assert study.labels == ()


def test_a_single_frame_lasts_no_time_and_divides_by_nothing(tmp_path: Path) -> None:
    path = steady(tmp_path / "a.jsonl", 0.1, lambda _: [face(1, "happy", 0.9)])
    (one,) = make_study(read_records([path]), EpisodeOptions()).summaries()
    assert (one.observed, one.valid, one.valence, one.entropy) == (0, 0, None, None)
    assert one.labels["happy"].share is None
