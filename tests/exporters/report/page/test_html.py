"""The page: whole in one file, and its overlay on the right frame in a real browser."""

import base64
import json
import re
import zlib
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.study import make_study
from fer_video.exporters.report.page import html
from fer_video.exporters.report.page.html import write_html
from fer_video.exporters.report.page.packing import packed
from fer_video.exporters.report.recorded.about import read_about
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.marks import Mark
from tests.media import Encoding, write_video
from tests.programs.chromium import ask_page
from tests.report_records import face, frame, known, write

TIMES_MS = [0, 40, 80, 120, 330, 340, 350, 600, 900, 933, 966, 1000, 1400, 1410, 1800, 1900]
"""Of a clip of variable frame rate."""
SIDE = 48


class Page(HTMLParser):
    """Everything that a page would ask for, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.asked += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]
        assert tag not in ("link", "iframe", "object")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "in.about.json").write_text(
        '{"version": "9.9", "complete": false, "networks": '
        '[{"name": "cnn", "figures": {"accuracy": 0.8}, "limits": "Not for <b>clinics</b>."}]}'
    )
    videos = read_records([known(folder / "in.jsonl")])
    marks = [Mark("in.mp4", 4, 4, "event", "joke")]
    study = make_study(videos, EpisodeOptions(enter=0.45), marks=marks)
    write_html(study, folder, read_about(videos))
    return folder / "report.html"


def test_the_page_asks_for_nothing_from_anywhere(page: Path) -> None:
    asked = Page(page.read_text()).asked
    assert asked  # pictures, within it
    assert all(one.startswith("data:image/svg+xml;base64,") for one in asked)
    assert not re.search(r"https?://(?!www\.w3\.org)", page.read_text())
    assert "default-src 'none'" in page.read_text()


def test_the_page_tells_what_was_run_how_far_to_trust_it_and_what_is_missing(page: Path) -> None:
    text = " ".join(Page(page.read_text()).words)
    for told in (
        *("9.9", "cnn: accuracy 0.8.", "cnn: Not for <b>clinics</b>."),
        "The records of in.mp4 are incomplete: the run was interrupted.",
        *("In view 14.8 s of 86.0 s; valid 13.4 s (15.6%)", "3 transitions"),
        *("reaches 0.45 and end where it falls below 0.30", "fer-video 9.9 (network: cnn)"),
        *("not calibrated", "low quality: the face was found", "The maintainers of fer-video"),
    ):
        assert told in text, told


def test_the_page_draws_in_a_browser_without_the_video(page: Path) -> None:
    answer = ask_page(
        page,
        """
        await wait(() => document.documentElement.dataset.ready);
        const section = document.querySelector("section.video");
        await wait(() => section.classList.contains("absent"));
        const canvas = section.querySelector(".chart canvas");
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const found = new Set();
        for (let i = 0; i < pixels.length; i += 4) found.add(pixels.slice(i, i + 3).join());
        const rows = [...section.querySelectorAll(".episodes tr[data-start]")];
        rows[1].click();
        return {
          people: [...section.querySelectorAll("option")].map((one) => one.textContent),
          episodes: rows.map((row) => row.textContent),
          happy: found.has("230,159,0"), surprise: found.has("0,114,178"),
          now: section.view.now, range: section.view.range,
        };
        """,
    )
    assert answer["people"] == ["1", "3", "2"]
    assert answer["episodes"][:2] == ["0:00.00neutral2.000.90", "0:02.00happy3.000.95"]
    assert answer["happy"]
    assert answer["surprise"]
    assert answer["now"] == 2
    first, last = answer["range"]
    assert first <= 2
    assert 5 <= last < 20


def test_no_box_stays_where_frames_were_lost_or_behind_the_records(page: Path) -> None:
    answer = ask_page(
        page,
        """
        await wait(() => document.documentElement.dataset.ready);
        const section = document.querySelector("section.video");
        return [19.9, 20.5, 21, 60, 85.95, 86.5].map((time) => {
          section.view.show(time);
          return JSON.parse(section.dataset.boxes).map(([person]) => person);
        });
        """,
    )
    assert answer == [["1", "3"], [], ["3", "2"], [], ["3", "2"], []]


def test_boxes_reach_beyond_the_picture_and_fit_one_of_another_size(tmp_path: Path) -> None:
    frames = (
        {"size": size} | frame(n, n / 10, [face(1, "happy", 0.9) | {"box": box}])
        for n, (size, box) in enumerate(
            (([320, 180], [-20.0, 100.0, 60.0, 90.0]), ([640, 720], [-40.0, 400.0, 120.0, 360.0]))
        )
    )
    study = make_study(read_records([write(tmp_path / "in.jsonl", frames)]), EpisodeOptions())
    (video,) = study.videos
    whole = zlib.decompress(base64.b64decode(packed(video, video.subjects)))
    begin = 4 + int.from_bytes(whole[:4], "little")
    head = json.loads(whole[4:begin])
    place = head["people"][0]["boxes"]
    boxes = np.frombuffer(whole, place["kind"], place["length"], begin + place["offset"])
    assert head["size"] == [320, 180]
    assert (boxes.reshape(4, 2).T / head["boxSteps"]).tolist() == [[-20, 100, 60, 90]] * 2
    kinds = re.search(
        "const KINDS = {(.*)}", (Path(html.__file__).with_name("page.js")).read_text()
    )
    assert kinds
    assert f'"{place["kind"]}": Int16Array' in kinds[1]


def test_the_overlay_sits_on_the_right_frame_of_a_clip_of_variable_frame_rate(
    tmp_path: Path,
) -> None:
    places = [(8 + 16 * n, 20 + 6 * n) for n in range(len(TIMES_MS))]
    pictures = [np.full((192, 320, 3), 20, np.uint8) for _ in places]
    for picture, (left, top) in zip(pictures, places, strict=True):
        picture[top : top + SIDE, left : left + SIDE] = 235
    encoding = Encoding(times=TIMES_MS, time_base=Fraction(1, 1000))
    write_video(tmp_path / "in.mp4", pictures, encoding)
    frames = (
        {"size": [320, 192]}
        | frame(n, ms / 1000, [face(1, "happy", 0.9) | {"box": [float(x), float(y), SIDE, SIDE]}])
        for n, (ms, (x, y)) in enumerate(zip(TIMES_MS, places, strict=True))
    )
    study = make_study(read_records([write(tmp_path / "in.jsonl", frames)]), EpisodeOptions())
    write_html(study, tmp_path, {})
    answer = ask_page(
        tmp_path / "report.html",
        """
        await wait(() => document.documentElement.dataset.ready);
        const section = document.querySelector("section.video"), { view } = section;
        const file = await (await fetch("in.mp4")).blob();  // this server cannot seek in it
        view.video.src = URL.createObjectURL(file);
        await new Promise((done) => view.video.addEventListener("loadeddata", done));
        await wait(() => view.connected);
        const answers = [[section.dataset.frame, section.dataset.boxes]];
        for (const [time, frame] of [[0.345, "5"], [0.7, "7"], [1.402, "12"]]) {
          view.seek(time);
          await wait(() => section.dataset.frame === frame && !view.video.seeking);
          const canvas = document.createElement("canvas");
          canvas.width = view.video.videoWidth; canvas.height = view.video.videoHeight;
          const context = canvas.getContext("2d");
          context.drawImage(view.video, 0, 0);
          const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
          const xs = [], ys = [];
          for (let i = 0; i < data.length; i += 4) {
            if (data[i] > 128) { xs.push((i / 4) % width); ys.push(Math.floor(i / 4 / width)); }
          }
          answers.push([Math.min(...xs), Math.min(...ys), JSON.parse(section.dataset.boxes)[0]]);
        }
        return answers;
        """,
    )
    assert isinstance(answer, list), answer
    assert answer[0] == ["0", f'[["1",{places[0][0]},{places[0][1]},{SIDE},{SIDE}]]']
    for (left, top, box), place in zip(answer[1:], (5, 7, 12), strict=True):
        assert box == ["1", *places[place], SIDE, SIDE]
        assert (left, top) == pytest.approx(places[place], abs=2)
