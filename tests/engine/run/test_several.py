"""Several sources: order, isolation of faults, common batches, and where their results go."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import av
import numpy as np
import pytest

from fer_video.engine.assembly.pipelines import open_pipelines
from fer_video.engine.capture.live.feed import Feed
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.contracts.source import unique_names
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.output.files.targets import file_names
from fer_video.engine.output.window.mosaic import HEIGHT, WIDTH, Mosaic
from fer_video.engine.run.pipeline import Pipeline
from tests.command_line import assert_one_complaint, complaints, records
from tests.conftest import Cli
from tests.engine.run.running import FILE
from tests.fakes import FakeCapture, FakeStages, Gate, GeneratedSource, fail_in, lane_of, wait
from tests.media import Encoding, cut, decoded, moving, patches, write_image, write_video


def several(*sources: GeneratedSource) -> Pipeline:
    return Pipeline([lane_of(source, FakeStages().chain()) for source in sources])


def counted(frames: Sequence[RecognizedFrame]) -> Counter[str]:
    return Counter(recognized.frame.source for recognized in frames)


def alive() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("fer-video")]


def test_every_frame_of_every_source_comes_in_its_order() -> None:
    with several(*(GeneratedSource(20) for _ in range(3))) as pipelines:
        frames = list(pipelines)
    for name in ("generated", "generated (2)", "generated (3)"):
        indices = [r.frame.index for r in frames if r.frame.source == name]
        assert indices == list(range(20))
    assert not alive()


def test_nothing_comes_outside_the_with_block() -> None:
    with pytest.raises(RuntimeError, match="inside `with`"):
        next(iter(several(GeneratedSource(1))))


def test_stalled_source_holds_up_nobody() -> None:
    gate = Gate(0)
    with several(GeneratedSource(5, before=gate), GeneratedSource(30)) as pipelines:
        stream = iter(pipelines)
        first = [next(stream) for _ in range(30)]
        wait(gate.reached)
        gate.open()
        rest = list(stream)
    assert set(counted(first)) == {"generated (2)"}
    assert counted(rest) == {"generated": 5}


def test_films_of_unequal_rates_that_are_waited_for_stay_in_step() -> None:
    """As in a window; given out in turns, the faster film came at half its speed."""
    sources = [Arrays(moving(32, 24, 2 * rate), frame_rate=rate) for rate in (25, 50)]
    late: dict[str, float] = {}
    with Pipeline([lane_of(source, FakeStages().chain()) for source in sources]) as pipeline:
        pipeline.in_step = True
        first = next(pipeline)
        begun = monotonic() - first.frame.time
        for recognized in pipeline:
            behind = monotonic() - begun - recognized.frame.time
            Event().wait(max(-behind, 0))
            late[recognized.frame.source] = behind
            if recognized.frame.time > 1.9:
                break
    assert max(late.values()) < 0.4


def test_source_that_fails_is_told_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    broken, gate = GeneratedSource(3, error=SourceError("clip: broken")), Gate(0)
    frames: list[RecognizedFrame] = []
    pipelines = several(broken, GeneratedSource(50, before=gate))
    pipelines.idle = lambda: gate.open() if "clip: broken" in caplog.text else None
    with pytest.raises(SourceError, match="clip: broken"), pipelines:
        frames.extend(pipelines)
    assert counted(frames) == {"generated": 3, "generated (2)": 50}
    assert "the other sources go on" in caplog.text
    assert not alive()


def test_first_error_of_several_is_raised() -> None:
    gate = Gate(0)
    early = GeneratedSource(1, error=SourceError("early"))
    late = GeneratedSource(1, before=gate, error=SourceError("late"))
    pipelines = several(early, late)
    pipelines.idle = lambda: gate.open() if alive().count("fer-video capture") == 1 else None
    with pytest.raises(SourceError, match="early"), pipelines:
        list(pipelines)


@pytest.mark.parametrize("bug", [ValueError("a bug"), KeyError("another")])
def test_bug_in_a_stage_is_raised_though_another_source_has_failed(bug: Exception) -> None:
    failed = GeneratedSource(1, error=SourceError("clip: broken"))
    gate = Gate(1)
    buggy = lane_of(GeneratedSource(5, before=gate), FakeStages(fail_in("infer", 1, bug)).chain())
    seen: list[RecognizedFrame] = []

    def open_behind(recognized: RecognizedFrame) -> None:
        seen.append(recognized)
        if recognized.frame.source == "generated":
            gate.open()

    with (
        pytest.raises(type(bug)) as caught,
        Pipeline([lane_of(failed, FakeStages().chain()), buggy]) as pipelines,
    ):
        list(map(open_behind, pipelines))
    assert caught.value is bug
    assert not alive()


def test_names_that_are_taken_are_not_given_again() -> None:
    assert unique_names(["a", "b", "a"]) == ["a", "b", "a (2)"]
    assert unique_names(["a", "a", "a (2)", "a"]) == ["a", "a (2)", "a (2) (2)", "a (3)"]
    names = ["a (2)", "a", "a", "a (2)"]
    assert len(set(unique_names(names))) == len(names)


def test_source_behind_which_a_stage_has_failed_is_read_no_more() -> None:
    gate, reading = Gate(5), list[int]()

    def fail(_stage: str, _index: int) -> None:
        raise SourceError("lost")

    def look(recognized: RecognizedFrame) -> None:
        if recognized.frame.index == 4:
            wait(gate.reached)
            end = monotonic() + 10  # before the gate gives up
            while alive().count("fer-video capture") > 1 and monotonic() < end:
                threading.Event().wait(0.01)
            reading.append(alive().count("fer-video capture"))
            gate.open()

    endless = lane_of(GeneratedSource(10**9, live=True), FakeStages(fail).chain())
    other = lane_of(GeneratedSource(9, before=gate), FakeStages().chain())
    with pytest.raises(SourceError), Pipeline([endless, other]) as pipelines:
        list(map(look, pipelines))
    assert reading == [1]


def test_source_that_fails_is_let_go_while_the_others_go_on() -> None:
    gate, broken = Gate(5), GeneratedSource(1, files=(FILE,), error=SourceError("broken"))
    with several(broken, GeneratedSource(9, before=gate)) as pipelines:
        first = [next(pipelines) for _ in range(6)]
        pipelines.idle = lambda: gate.open() if broken.closed else None
        with pytest.raises(SourceError, match="broken"):
            first.extend(pipelines)
    assert counted(first) == {"generated": 1, "generated (2)": 9}


def test_feed_behind_which_a_stage_has_failed_lets_its_producer_go() -> None:
    feed, gate = Feed(delivery=Delivery.WAIT), Gate(0)
    failing = lane_of(feed, FakeStages(fail_in("infer", 1, SourceError("lost"))).chain())
    picture, taken = np.zeros((24, 32, 3), np.uint8), list[bool]()

    def push() -> None:
        while feed.put(picture, timeout=20):
            taken.append(True)
        gate.open()

    other = lane_of(GeneratedSource(9, before=gate), FakeStages().chain())
    with Pipeline([failing, other]) as pipelines:
        producer = threading.Thread(target=push)
        producer.start()
        with pytest.raises(SourceError, match="lost"):
            list(pipelines)
        producer.join()
    assert len(taken) < 9


def test_leaving_early_stops_everything() -> None:
    sources = [GeneratedSource(10_000) for _ in range(3)]
    with several(*sources) as pipelines:
        next(iter(pipelines))
    assert not alive()
    assert [source.closed for source in sources] == [1, 1, 1]


def test_shared_networks_read_what_each_source_alone_reads(face_clip: Path) -> None:
    options = EngineOptions(draw=False, max_frames=4)
    with (
        open_pipelines([face_clip], options) as alone,
        open_pipelines([face_clip] * 3, options) as together,
    ):
        one, three = list(alone), list(together)
    scores = {r.frame.index: r.readings[0].raw_scores for r in one}
    assert len(three) == 12
    for recognized in three:
        expected = scores[recognized.frame.index]
        np.testing.assert_allclose(recognized.readings[0].raw_scores, expected, atol=1e-4)
        assert recognized.readings[0].face.id == 1


def test_where_no_source_is_there_the_first_error_is_raised() -> None:
    with pytest.raises(SourceError, match=r"none\.mp4"):
        open_pipelines(["none.mp4", "nothing.mp4"])


def test_stage_at_no_place_leaves_no_source_open(camera: FakeCapture) -> None:
    with pytest.raises(OptionsError, match="no such place"):
        open_pipelines(["0"], stages={"after nothing": lambda item: item})
    assert not camera.asked


def test_source_that_fails_otherwise_leaves_none_open(camera: FakeCapture) -> None:
    broken = GeneratedSource(1)
    broken.info = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        open_pipelines(["0", broken])
    assert camera.released


def test_source_that_is_not_there_is_told_and_the_others_go_on(cli: Cli, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(64, 48, 4))
    run = cli("-s", "none.mp4", "-s", "a.mp4", "--output", "out", "--json", "o.jsonl")
    assert run.returncode == 1
    told, last = complaints(run)
    assert "none.mp4: no such file" in told
    assert "the other sources go on" in told
    assert last.startswith("fer-video: none.mp4: no such file")
    assert len(records(tmp_path / "o.jsonl")) == 4
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("source", ["clips", "clips/*", "clips/*.mp4"])
def test_videos_of_a_folder_or_pattern_are_a_source_each(
    cli: Cli, tmp_path: Path, source: str
) -> None:
    (tmp_path / "clips").mkdir()
    for number in (1, 2, 10):
        write_video(tmp_path / "clips" / f"talk {number}.mp4", moving(64, 48, number))
    run = cli("--source", source, "--json", "o.jsonl", "--output", "out")
    assert run.returncode == 0, run.stderr
    counts = Counter(record["source"] for record in records(tmp_path / "o.jsonl"))
    assert counts == {f"clips/talk {number}.mp4": number for number in (1, 2, 10)}
    assert {path.name: len(decoded(path)) for path in (tmp_path / "out").iterdir()} == {
        f"talk_{number}.mp4": number for number in (1, 2, 10)
    }


def test_videos_of_a_list_are_sources_beside_its_images(tmp_path: Path) -> None:
    files = [
        write_video(tmp_path / "a.mp4", moving(64, 48, 3)),
        write_image(tmp_path / "b.png", patches()),
        write_video(tmp_path / "no extension.mp4", moving(64, 48, 2)).rename(tmp_path / "c"),
    ]
    with open_pipelines([files], EngineOptions(draw=False)) as pipeline:
        assert counted(list(pipeline)) == {"3 images": 1, str(files[0]): 3, str(files[2]): 2}


@pytest.mark.parametrize("output", ["clips/out", "clips/out.mp4"])
def test_results_of_an_earlier_run_are_no_sources(cli: Cli, tmp_path: Path, output: str) -> None:
    """Where they were written into the folder that is read."""
    (tmp_path / "clips").mkdir()
    if output.endswith(".mp4"):
        write_image(tmp_path / "clips" / "a.png", patches())
    else:
        for name in ("a.mp4", "b.mp4"):
            write_video(tmp_path / "clips" / name, moving(64, 48, 2))
    for _ in range(2):
        run = cli("--source", "clips", "--output", output, "--json", "o.jsonl")
        assert run.returncode == 0, run.stderr
        assert {Path(record["source"]).name for record in records(tmp_path / "o.jsonl")} == (
            {"clips"} if output.endswith(".mp4") else {"a.mp4", "b.mp4"}
        )


@pytest.mark.parametrize("command", ["profile", "tune"])
def test_command_for_one_source_refuses_a_folder_of_videos(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    (tmp_path / "clips").mkdir()
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / "clips" / name, moving(64, 48, 2))
    assert_one_complaint(cli(command, "--source", "clips"), "clips: 2 ", "give one of them")


def test_one_file_for_photographs_and_a_video_is_refused_with_their_names(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "clips").mkdir()
    write_image(tmp_path / "clips" / "a.png", patches())
    write_video(tmp_path / "clips" / "b.mp4", moving(64, 48, 2))
    run = cli("-s", "clips", "--output", "o.mp4")
    assert_one_complaint(run, "2 sources (clips, clips/b.mp4)", "name a folder, such as o")


@contextmanager
def files_more(count: int) -> Iterator[None]:
    """Let this process open so many files more than it has open."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    now_open = len(list(Path("/dev/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (now_open + count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_source_that_ends_early_is_named_once_in_a_line(cli: Cli, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mkv", moving(64, 48, 4))
    cut(write_video(tmp_path / "b.mkv", moving(64, 48, 50)), 0.7)
    run = cli("-s", "a.mkv", "-s", "b.mkv", "--json", "o.jsonl")
    assert run.returncode == 1
    told = [line for line in complaints(run) if "b.mkv" in line]
    assert all(line.count("b.mkv") == 1 for line in told)
    assert told[-1].startswith("fer-video: b.mkv: the file ends after")


def test_forty_videos_of_a_folder_are_read_in_turns(cli: Cli, tmp_path: Path) -> None:
    """Each with its sound, and so few open at once that a small limit of open files holds."""
    (tmp_path / "clips").mkdir()
    video = write_video(tmp_path / "clips" / "0.mp4", moving(64, 48, 3), Encoding(sound="aac"))
    for number in range(1, 40):
        (video.parent / f"{number}.mp4").hardlink_to(video)
    (video.parent / "broken.mp4").write_bytes(b"no video")
    with files_more(70):
        run = cli("-s", "clips", "--json", "o.jsonl", "--output", "out")
    assert run.returncode == 1
    told, last = complaints(run)
    assert "broken.mp4" in told
    assert "the other sources go on" in told
    assert "broken.mp4" in last
    counts = Counter(record["source"] for record in records(tmp_path / "o.jsonl"))
    assert counts == {f"clips/{number}.mp4": 3 for number in range(40)}
    for number in range(40):
        with av.open(str(tmp_path / "out" / f"{number}.mp4")) as container:
            assert sum(1 for _ in container.decode(video=0)) == 3
            assert container.streams.audio


def test_forty_videos_that_are_cut_off_are_not_open_at_once(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "0.mkv", moving(64, 48, 50))
    cut(whole, 0.7)
    films = [whole, *(tmp_path / f"{number}.mkv" for number in range(1, 40))]
    for film in films[1:]:
        film.hardlink_to(whole)
    with open_pipelines(films, EngineOptions(draw=False)) as pipeline, files_more(12):
        with pytest.raises(SourceError, match="ends after"):
            list(pipeline)
        assert all("ends after" in loss for loss in pipeline.losses)


def test_mosaic_shows_each_source_in_its_cell() -> None:
    with several(*(GeneratedSource(1) for _ in range(3))) as pipelines:
        mosaic = Mosaic(pipelines.infos)
        *_, grid = [mosaic([recognized.frame]) for recognized in pipelines]
    assert grid.shape == (HEIGHT, WIDTH, 3)
    cells = [grid[y : y + HEIGHT // 2, x : x + WIDTH // 2] for y in (0, HEIGHT // 2)
             for x in (0, WIDTH // 2)]  # fmt: skip
    assert [bool(cell.any()) for cell in cells] == [True, True, True, False]


def test_records_say_their_source_and_videos_go_into_a_folder(cli: Cli, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_video(tmp_path / f"{name}.mp4", moving(64, 48, 4))
    run = cli("-s", "a.mp4", "-s", "b.mp4", "--output", "out", "--json", "o.jsonl", "--csv", "-")
    assert run.returncode == 0, run.stderr
    sources = Counter(record["source"] for record in records(tmp_path / "o.jsonl"))
    assert sources == {"a.mp4": 4, "b.mp4": 4}
    assert run.stdout.startswith("source,file,frame")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.mp4", "b.mp4"]


def test_sources_go_by_the_names_given_to_them_in_their_order(cli: Cli, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "a.mp4", moving(64, 48, 2))
    flags = ("-s", clip, "-s", clip, "--name", "Hall", "--name", "Door 2", "--output", "out")
    assert cli(*flags, "--json", "o.jsonl").returncode == 0
    counts = Counter(record["source"] for record in records(tmp_path / "o.jsonl"))
    assert counts == {"Hall": 2, "Door 2": 2}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"Hall.mp4", "Door_2.mp4"}
    with open_pipelines([clip], names=["Hall"]) as pipeline:
        assert pipeline.info.name == "Hall"
    assert_one_complaint(cli("-s", clip, "--name", "Hall", "--name", "Door"), "Hall, Door", "1")
    assert_one_complaint(cli("-s", clip, "--name", "a/b"), "a/b", "slash")


def test_folder_that_holds_an_input_does_not_lose_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    clip = write_video(tmp_path / "out" / "a.mp4", moving(64, 48, 2))
    before = clip.read_bytes()
    assert_one_complaint(cli("-s", clip, "-s", "demo", "--output", "out"), "a.mp4", "input")
    assert clip.read_bytes() == before


def test_files_of_sources_of_one_name_are_told_apart() -> None:
    sources = ["a/x.mp4", "b/x.mp4", "b/x.mp4 (2)", "rtsp://host/cam 1", "camera 0"]
    names = file_names(sources)
    assert names == ["x", "x (2)", "x (3)", "host_cam_1", "camera_0"]


def test_one_file_cannot_hold_two_videos(cli: Cli, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(64, 48, 2))
    run = cli("-s", "a.mp4", "-s", "demo", "--output", "out.mp4")
    assert_one_complaint(run, "out.mp4", "folder")
