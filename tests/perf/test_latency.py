"""The table of latency: what frames waited for before they were shown."""

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.picture import to_frame
from fer_video.perf.latency import latency_table
from fer_video.perf.recorder import Recorder
from tests.fakes import RATE
from tests.media import patches, to_picture


def frame(index: int) -> Frame:
    picture = to_picture(patches(16, 12))
    return to_frame(picture, index=index, pts=index, time_base=1 / RATE, source="a")


def told(recorder: Recorder) -> dict[str, list[str]]:
    """The words of each line, by the first."""
    return {words[0]: words[1:] for words in map(str.split, latency_table(recorder))}


def test_waiting_is_told_from_working_and_frames_that_were_not_shown_are_left_out() -> None:
    recorder = Recorder()
    for index in range(4):
        recorder("capture", frame(index), 0.0, 1.0)
        recorder("detect", frame(index), 1.002, 1.005)
        recorder("output", frame(index), 1.005, 1.1)
        if index < 3:
            recorder("show", frame(index), 1.006, 1.010)
    recorder("parts", frame(0), 1.0, 1.06)
    lines = told(recorder)
    assert list(lines) == ["milliseconds", "detect", "show", "parts"]
    assert lines["detect"] == ["2.0,", "2.0", "3.0,", "3.0"]
    assert lines["show"] == ["1.0,", "1.0", "4.0,", "4.0"]
    assert lines["parts"] == ["beside", "the", "frames", "60.0,", "60.0"]


def test_frame_that_leaves_a_stage_out_waited_since_the_stage_before_that() -> None:
    recorder = Recorder()
    for index in range(2):
        recorder("capture", frame(index), 0.0, 1.0)
        recorder("show", frame(index), 1.010, 1.020)
    recorder("detect", frame(0), 1.002, 1.004)
    recorder.timings["show"] = recorder.timings.pop("show")  # as they meet them
    lines = told(recorder)
    assert lines["detect"][:2] == ["2.0,", "2.0"]
    assert lines["show"][:2] == ["8.0,", "9.8"]


def test_without_a_frame_that_was_shown_there_is_nothing_to_tell() -> None:
    recorder = Recorder()
    recorder("capture", frame(0), 0.0, 1.0)
    assert list(latency_table(recorder)) == []
