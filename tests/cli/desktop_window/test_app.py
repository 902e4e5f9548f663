"""The window in Tk, for real, on a screen without a monitor."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event, get_ident
from threading import enumerate as threads
from time import monotonic, process_time

import numpy as np
import pytest
from av import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageGrab

from fer_video.engine import open_pipeline
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.errors import OutputError, SourceError
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.output.film.video import VideoWriter
from tests.conftest import Cli
from tests.fakes import Gate, GeneratedSource, wait_until
from tests.media import Encoding, patches, write_video
from tests.programs.display import lasting_screen

tkinter = pytest.importorskip("tkinter", reason="needs a Python with Tk")
from fer_video.cli.desktop_window.actions import ACTIONS  # noqa: E402 - needs Tk
from fer_video.cli.desktop_window.app import App  # noqa: E402 - needs Tk
from fer_video.cli.desktop_window.playing.session import Phase  # noqa: E402 - needs Tk
from fer_video.cli.desktop_window.playing.shelf import Shelf  # noqa: E402 - needs Tk
from fer_video.cli.desktop_window.widgets.scaler import Scaler  # noqa: E402 - needs Tk

_PATIENCE = 60.0
OPTIONS = EngineOptions(parts=5.0)
SHELF = Shelf()
"""Networks of all these tests."""


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """What is compiled for this machine once, which may take a minute."""
    options = replace(OPTIONS, max_frames=2, draw=True)
    with open_pipeline("demo", options, networks=SHELF(options)) as pipeline:
        assert len(list(pipeline)) == 2


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's face, smiling, twice: a large one and a small one beside it."""
    frame = next(islice(open_demo().frames(), 120, None))
    rgb = frame.to_bgr()[..., ::-1]
    small = Image.fromarray(rgb).resize((640, 360))
    picture = Image.new("RGB", (1920, 720))
    picture.paste(Image.fromarray(rgb), (0, 0))
    picture.paste(small, (1280, 180))
    path = tmp_path_factory.mktemp("pictures") / "two.png"
    picture.save(path)
    return path


@pytest.fixture(autouse=True)
def _screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", lasting_screen())


@contextmanager
def window(folder: Path, **settings: object) -> Iterator[App]:
    app = App(OPTIONS, load=SHELF, folder=folder, **settings)  # type: ignore[arg-type]
    try:
        yield app
    finally:
        app.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with window(tmp_path) as app:
        yield app


def until(app: App, condition: Callable[[], bool]) -> None:
    """Let the window live until something holds; fail rather than hang."""
    end = monotonic() + _PATIENCE
    while not condition():
        assert monotonic() < end, (app.player.phase, app.player.said)
        app.root.update()
        Event().wait(0.002)
    app.root.update()


def opened(app: App, *sources: object, paused: bool = False) -> App:
    """Open sources, and wait until a frame is shown."""
    app.player.open(sources, paused=paused)  # type: ignore[arg-type]
    until(app, lambda: app.player.phase is Phase.FAILED or bool(app.screen.view.shown))
    return app


def is_over(app: App) -> bool:
    return app.player.phase is Phase.OVER


def press(app: App, key: str) -> None:
    app.root.focus_force()
    app.root.update()
    app.root.event_generate(f"<Key-{key}>")
    app.root.update()


def shot(app: App) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, RGB: the screen where the picture is."""
    app.root.update()
    view = app.screen.view
    left, top = view.winfo_rootx(), view.winfo_rooty()
    box = (left, top, left + view.winfo_width(), top + view.winfo_height())
    return np.asarray(ImageGrab.grab(box, xdisplay="").convert("RGB"))


def result(app: App) -> str:
    return app.screen.transport.words


# what is shown


def test_photograph_stays_with_its_result_its_parts_and_both_faces(
    app: App, photograph: Path
) -> None:
    app._ask_file = lambda **_: str(photograph)
    app.screen.toolbar.buttons["select_image"].invoke()
    until(app, lambda: is_over(app) and bool(app.screen.view.shown))
    assert result(app).startswith("happy 9")
    (shown,) = app.screen.view.shown.values()
    large = max(shown.readings, key=lambda reading: reading.face.box.area)
    assert app.screen.detail == (shown.frame.source, large.face.id)
    assert app.screen.tiles.said["mouth"].startswith("happy")
    assert set(app.screen.tiles.said) == {"left_eye", "right_eye", "nose", "mouth"}
    assert not app.player.seekable
    Event().wait(0.3)
    app.root.update()
    assert app.screen.view.shown
    press(app, "r")
    assert "photograph" in app.player.said


def test_picture_on_the_screen_is_the_frame_in_its_proportions_at_any_size(
    app: App, photograph: Path
) -> None:
    opened(app, photograph)
    for size in ("1000x700", "900x640"):
        app.root.geometry(size)
        until(app, lambda size=size: app.root.geometry().startswith(size))  # type: ignore[misc]
        (place,) = app.screen.view.places.values()
        assert place.width / place.height == pytest.approx(1920 / 720, rel=0.01)
        assert place.width % 2 == 0  # see `Cell.fit`
        seen = shot(app)[place.top : place.top + place.height // 8, place.left :][:, : place.width]
        picture = Image.open(photograph).convert("RGB").resize((place.width, place.height))
        expected = np.asarray(picture)[: place.height // 8]
        assert np.abs(seen.astype(int) - expected).mean() < 6


def test_the_face_clicked_on_is_shown_in_detail(app: App, photograph: Path) -> None:
    opened(app, photograph)
    (shown,), (place,) = app.screen.view.shown.values(), app.screen.view.places.values()
    small = min(shown.readings, key=lambda reading: reading.face.box.area)
    left, top, right, bottom = place.corners(small.face.box)
    x, y = int(left + right) // 2, int(top + bottom) // 2
    app.screen.view.event_generate("<Button-1>", x=x, y=y)
    app.root.update()
    assert app.screen.detail == (shown.frame.source, small.face.id)
    app.screen.view.event_generate("<Button-1>", x=1, y=1)
    app.root.update()
    assert app.screen.detail != (shown.frame.source, small.face.id)


def test_parts_predict_outlines_the_parts_and_complete_predict_does_not(
    app: App, photograph: Path
) -> None:
    opened(app, photograph)
    complete = shot(app)
    app.screen.toolbar.buttons["parts_predict"].invoke()
    assert not np.array_equal(complete, shot(app))
    app.screen.toolbar.buttons["complete_predict"].invoke()
    assert np.array_equal(complete, shot(app))


def test_another_network_reads_what_is_open_again(app: App, photograph: Path) -> None:
    opened(app, photograph)
    before = result(app)
    press(app, "2")
    until(app, lambda: is_over(app) and result(app) not in ("", before))
    assert app.player.session is not None
    assert app.player.session.wanted.options.model == "mobilenetv2"
    assert result(app).startswith("happy")


def test_film_plays_at_its_own_speed_and_stays_on_its_last_frame(app: App, face_clip: Path) -> None:
    opened(app, face_clip, paused=True)
    press(app, "space")
    start = monotonic()
    until(app, lambda: is_over(app))
    assert monotonic() - start > 0.8 * 10 / 25
    until(app, lambda: app.player.shown is not None and app.player.shown.frame.index == 11)
    until(app, lambda: "at its end" in app.screen.transport.said)
    assert app.screen.view.shown


def test_film_is_stepped_both_ways_and_sought(app: App, face_clip: Path) -> None:
    opened(app, face_clip, paused=True)

    def at(index: int) -> bool:
        return app.player.shown is not None and round(app.player.time * 25) == index

    for key, index in (("Right", 1), ("period", 2), ("Left", 1), ("Left", 0), ("Right", 1)):
        press(app, key)
        until(app, partial(at, index))
    app.player.seek(8 / 25)
    until(app, partial(at, 8))
    assert app.player.paused
    press(app, "Left")  # which is not kept: the film is opened there
    until(app, partial(at, 7))
    app.player.seek(99)
    until(app, lambda: app.player.shown is not None and app.player.time > 8 / 25)
    press(app, "space")
    until(app, lambda: is_over(app))
    press(app, "Home")
    until(app, lambda: not is_over(app))


@pytest.mark.parametrize(("action", "at"), [("skip", 8.0), ("skip_back", 1.0)])
def test_key_held_while_the_film_is_opened_anew_goes_on_from_there(
    app: App, action: str, at: float
) -> None:
    opened(app, "demo", paused=True)
    app.player.seek(3.0 if action == "skip" else 6.0)
    session = app.player.session
    assert session is not None
    wait_until(lambda: bool(session.infos))
    app.do(action)
    until(app, lambda: app.player.shown is not None)
    assert app.player.time == pytest.approx(at, abs=0.05)
    assert app.player.paused


def test_network_chosen_while_the_film_is_opened_anew_reads_it_there(app: App) -> None:
    opened(app, "demo", paused=True)
    app.player.seek(6.0)
    press(app, "2")
    until(app, lambda: app.player.shown is not None)
    assert app.player.time == pytest.approx(6.0, abs=0.05)
    assert app.player.paused


def test_film_plays_as_well_where_tk_cannot_be_woken(app: App) -> None:
    app._waker.close()
    app._waker.works = False  # as on Windows
    opened(app, "demo")
    until(app, lambda: app.player.time > 0.5)
    assert int(str(app.shown).split()[0]) > 5


@pytest.mark.parametrize(("at", "earlier"), [(14, 9), (8, 2), (400, 32)])
def test_frame_before_is_that_however_far_apart_they_are(
    app: App, tmp_path: Path, at: int, earlier: int
) -> None:
    times = [0, 1, 2, 8, 9, 14, *range(15, 33), 400, 401]
    film = write_video(tmp_path / "a.mp4", [patches(64, 48)] * len(times), Encoding(times=times))
    opened(app, film, paused=True)
    app.player.seek(at / 25)
    until(app, lambda: app.player.shown is not None and round(app.player.time * 25) == at)
    session = app.player.session
    press(app, "Left")
    until(app, lambda: app.player.session is not session and app.player.shown is not None)
    assert round(app.player.time * 25) == earlier
    assert app.player.paused


def test_lanes_end_with_the_frame_at_which_somebody_pauses(app: App) -> None:
    opened(app, "demo")
    for moment in (0.3, 0.6, 0.9):
        until(app, lambda moment=moment: app.player.time > moment)  # type: ignore[misc]
        press(app, "space")
        until(app, lambda: app.player.phase is Phase.SHOWING and app.player.paused)
        end = monotonic() + 0.4
        until(app, lambda end=end: monotonic() > end)  # type: ignore[misc]
        assert app.screen.strip.now == app.player.time
        press(app, "space")


def test_pictures_of_a_film_are_scaled_beside_the_window_s_thread(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaled, scale = list[int](), Scaler.__call__

    def noted(scaler: Scaler, picture: VideoFrame, width: int, height: int) -> Image.Image:
        scaled.append(get_ident())
        return scale(scaler, picture, width, height)

    monkeypatch.setattr(Scaler, "__call__", noted)
    opened(app, "demo")
    until(app, lambda: app.player.time > 1.0)
    assert len(scaled) > 40  # the picture, and the parts of the face
    assert scaled.count(get_ident()) < len(scaled) / 4  # of the first, whose place is not known


@pytest.mark.parametrize("live", [False, True])
def test_paused_costs_nothing(app: App, face_clip: Path, live: bool) -> None:
    app.player.options = replace(app.player.options, realtime=live)
    opened(app, "demo" if live else face_clip, paused=True)
    used = []
    for _ in range(6):  # at first what had come already is read
        before = process_time()
        app.root.after(600, app.root.quit)
        app.root.mainloop()
        used.append(process_time() - before)
        if used[-1] < 0.05 * 0.6:
            break
    assert used[-1] < 0.05 * 0.6, used


# several sources


def test_source_that_is_lost_turns_dark_and_says_since_when(app: App) -> None:
    gate = Gate(3)
    lost = GeneratedSource(5, live=True, before=gate)
    app.open((lost, open_demo()), ("Hall", "Door"))
    name = "Hall"
    until(app, lambda: name in app.screen.view.shown)
    bright = shot(app).mean()
    app.player.pause()
    app.player.pause()
    until(app, lambda: name in app.screen.view.lost)
    assert app.screen.view.lost[name].startswith("no picture since ")
    assert list(app.screen.view.lost) == [name]
    assert bright > 0
    gate.open()


def test_one_of_several_that_cannot_be_opened_is_said_and_the_others_are_shown(
    app: App, face_clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened(app, str(face_clip), "77")
    assert "camera 77: there is no such camera" in app.player.said
    assert list(app.screen.view.shown) == [str(face_clip)]
    caplog.clear()


# what is written


def test_recording_has_the_records_of_the_command_line(
    app: App, face_clip: Path, tmp_path: Path, cli: Cli
) -> None:
    opened(app, str(face_clip), paused=True)
    app.screen.transport.buttons["record"].invoke()
    app.screen.transport.buttons["pause"].invoke()
    until(app, lambda: is_over(app) and app.player.said.startswith("saved"))
    assert cli("--source", str(face_clip), "--json", "cli.jsonl", "--parts", "5").returncode == 0
    (recorded,) = tmp_path.glob("fer-video *.jsonl")
    lines = [path.read_text().splitlines() for path in (recorded, tmp_path / "cli.jsonl")]
    ours, theirs = ([json.loads(line) for line in some] for some in lines)
    assert len(ours) == 12
    assert ours == theirs


def test_recording_what_is_over_plays_and_records_it_whole(
    app: App, face_clip: Path, tmp_path: Path
) -> None:
    opened(app, face_clip)
    until(app, lambda: is_over(app))
    press(app, "r")
    until(app, lambda: is_over(app) and app.player.said.startswith("saved"))
    (recorded,) = tmp_path.glob("*.jsonl")
    assert len(recorded.read_text().splitlines()) == 12


def test_picture_is_saved_with_what_was_read(app: App, photograph: Path, tmp_path: Path) -> None:
    opened(app, photograph)
    press(app, "s")
    (path,) = tmp_path.glob("*.png")
    saved, plain = (np.asarray(Image.open(one).convert("RGB")) for one in (path, photograph))
    assert saved.shape == plain.shape
    assert (np.abs(saved.astype(int) - plain).max(2) > 60).mean() > 0.005


def test_picture_that_is_saved_of_several_is_the_one_in_detail(
    app: App, photograph: Path, tmp_path: Path
) -> None:
    film = write_video(tmp_path / "a.mp4", [patches(64, 48)])
    opened(app, photograph, film)
    until(app, lambda: is_over(app) and len(app.screen.view.shown) == 2)
    for shown in app.screen.view.shown.values():
        app.player.shown = shown  # whichever came last
        press(app, "s")
    sizes = {Image.open(path).size for path in tmp_path.glob("*.png")}
    assert sizes == {Image.open(photograph).size}


def test_closing_at_any_moment_ends_soon_and_leaves_nothing_half_written(
    tmp_path: Path, face_clip: Path
) -> None:
    moments = random.Random(7)
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        with window(folder) as app:
            app.player.open([str(face_clip)], record=True)
            end = monotonic() + moments.uniform(0, 0.5)
            while monotonic() < end:
                app.root.update()
            start = monotonic()
            app.close()
            assert monotonic() - start < 10  # on a machine at rest it is under one
        assert not list(folder.glob(".*"))
        assert len(list(folder.glob("*.mp4"))) == len(list(folder.glob("*.jsonl")))
        assert not [one for one in threads() if one.name.startswith("fer-video")]


@pytest.fixture(params=["write", "close"])
def full_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no space for a video's frames, or for its end."""
    close = VideoWriter.close

    def full(video: VideoWriter, *_: object) -> None:
        close(video)
        raise OutputError("the disk is full")

    monkeypatch.setattr(VideoWriter, request.param, full)


@pytest.mark.usefixtures("full_disk")
def test_recording_whose_end_is_lost_is_told_wherever_somebody_went(
    app: App, face_clip: Path
) -> None:
    opened(app, face_clip, paused=True)
    press(app, "r")
    assert app.player.recorded
    app.player.seek(0.2)
    until(app, lambda: "the disk is full" in app.player.said)
    until(app, lambda: app.player.shown is not None)
    press(app, "r")
    app.close()
    assert app.player.unsaved.startswith("the disk is full")


@pytest.mark.usefixtures("full_disk")
def test_recording_that_is_lost_with_its_source_is_told_as_well(app: App) -> None:
    error = SourceError("generated: the cable was pulled")
    app.player.open([GeneratedSource(1, live=True, error=error)], record=True)
    until(app, lambda: "the disk is full" in app.player.said)
    assert app.player.said.startswith("generated: the cable was pulled")


def test_recording_that_is_kept_is_no_failure_nor_is_one_without_a_frame(
    app: App, face_clip: Path
) -> None:
    opened(app, face_clip, paused=True)
    press(app, "r")
    app.player.seek(0.2)
    until(app, lambda: app.player.said.startswith("saved"))
    app.player.open(["demo"], record=True)
    app.close()
    assert app.player.unsaved == ""


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("action", ["record", "calibrate"])
def test_what_needs_more_frames_is_refused_where_none_come(
    app: App, tmp_path: Path, face_clip: Path, failed: bool, action: str
) -> None:
    if failed:
        error = SourceError("generated: the cable was pulled")
        opened(app, GeneratedSource(2, live=True, error=error))
    else:
        opened(app, face_clip, face_clip)
    until(app, lambda: app.player.phase in (Phase.OVER, Phase.FAILED))
    app.do(action)
    assert app.player.recorded == ()
    assert "nothing comes any more" in app.player.notice
    app.close()
    assert not list(tmp_path.iterdir())


# what goes wrong, and all the rest of the keys


def test_window_that_is_closed_beneath_a_dialog_takes_it_along(app: App) -> None:
    def closed_meanwhile(**_: object) -> str:
        app.close()
        raise tkinter.TclError("can't invoke 'wm' command: application has been destroyed")

    app._ask_file = closed_meanwhile
    app.do("open_video")
    assert app.closed


def test_what_cannot_be_opened_is_said_and_the_window_goes_on(
    app: App, photograph: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    for source, said in (("77", "camera 77: there is no such camera"), (str(text), "notes.txt")):
        app.screen.toolbar.source.set(source)
        press(app, "l")
        until(app, lambda: app.player.phase is Phase.FAILED)
        until(app, lambda said=said: said in app.screen.transport.said)  # type: ignore[misc]
    opened(app, photograph)
    assert result(app).startswith("happy")


def test_stream_that_dies_is_said_and_its_last_picture_stays(app: App) -> None:
    opened(app, GeneratedSource(3, error=SourceError("generated: the cable was pulled")))
    until(app, lambda: "the cable was pulled" in app.screen.transport.said)
    assert app.screen.view.shown


def test_every_key_and_every_menu_entry_does_something_and_none_is_forgotten(
    app: App, photograph: Path
) -> None:
    app._ask_file = lambda **_: str(photograph)
    opened(app, photograph)
    done: list[str] = []

    def noted(name: str, run: Callable[[], None]) -> None:
        done.append(name)
        run()

    for name, run in list(app._actions.items()):
        app._actions[name] = partial(noted, name, run)
    keys = {action.keys[0]: name for name, action in ACTIONS.items() if name != "close"}
    for key in keys:
        press(app, key)
        for modifier in ("Control", "Alt"):  # such as Ctrl-C, which is not ours
            app.root.event_generate(f"<{modifier}-Key-{key}>")
    assert done == list(keys.values())
    done.clear()
    for key in "ISC":  # as under Caps Lock
        press(app, key)
    assert done == ["select_image", "save", "calibrate"]
    app.screen.toolbar.focus_source()
    app.root.update()
    done.clear()
    app.root.focus_get().event_generate("<Key-r>")  # type: ignore[union-attr]
    app.root.update()
    assert not done
    app.root.focus_set()
    press(app, "q")
    assert app.closed


def test_window_is_no_larger_than_its_screen(tmp_path: Path) -> None:
    with window(tmp_path, size=(4000, 3000)) as app:
        app.root.update()
        assert app.root.winfo_width() <= app.root.winfo_screenwidth()
        assert app.root.winfo_height() < app.root.winfo_screenheight()


def test_without_parts_the_tiles_show_the_pictures_alone(app: App, photograph: Path) -> None:
    app.player.options = replace(app.player.options, parts=0.0)
    opened(app, photograph)
    assert not any(app.screen.tiles.said.values())
    assert result(app).startswith("happy")
