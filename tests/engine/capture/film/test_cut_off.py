"""Files of which a part is missing where their formats hide it, and whole ones that seem to be."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from PIL import Image

from fer_video.engine.capture.open import open_source
from tests.capturing import every, until_error
from tests.films.restamping import copied
from tests.media import Encoding, moving, write_video

VP8 = Encoding(codec="libvpx", options={"cpu-used": "8", "deadline": "realtime"})
FILMS = {
    "a.avi": Encoding(codec="mjpeg", pixel_format="yuvj420p", sound="pcm_s16le"),
    "b.avi": Encoding(codec="mpeg4", options={"bf": "2"}, sound="mp3"),
    "a.wmv": Encoding(codec="wmv2", sound="mp3"),
    "a.mxf": Encoding(codec="mpeg2video"),
    "a.ivf": VP8,
}


def film(path: Path) -> Path:
    return write_video(path, moving(64, 48, 50), FILMS[path.name])


def places(path: Path) -> list[int]:
    """The bytes at which packets begin."""
    with av.open(str(path)) as container:
        return sorted(packet.pos or 0 for packet in container.demux() if packet.size)


def animation(path: Path) -> Path:
    first, *rest = map(Image.fromarray, moving(64, 48, 20))
    first.save(path, save_all=True, append_images=rest, duration=40)
    return path


@pytest.mark.parametrize("name", FILMS)
def test_file_that_is_cut_off_between_two_packets_says_so(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name)
    at = places(path)
    path.write_bytes(path.read_bytes()[: at[len(at) // 2]])
    frames = until_error(open_source(path), f"{name}: the file ends after .* it was cut off")
    assert 20 < len(frames) < 30


@pytest.mark.parametrize("name", FILMS)
def test_whole_file_is_whole(tmp_path: Path, name: str) -> None:
    assert len(every(open_source(film(tmp_path / name)))) == 50


def without_index(avi: bytes) -> bytes:
    return avi[: avi.rindex(b"idx1")]


def made_by_a_pipe(avi: bytes) -> bytes:
    """Its sizes are those of a film that nobody knew the length of."""
    for mark in (b"RIFF", b"LIST"):
        at = avi.index(mark) if mark == b"RIFF" else avi.index(b"movi") - 8
        avi = avi[: at + 4] + bytes(4) + avi[at + 8 :]
    return avi


@pytest.mark.parametrize("harm", [without_index, made_by_a_pipe])
def test_avi_that_has_all_its_pictures_is_whole(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    path = film(tmp_path / "a.avi")
    path.write_bytes(harm(path.read_bytes()))
    assert len(every(open_source(path))) == 50


def test_avi_whose_sound_begins_late_is_whole(tmp_path: Path) -> None:
    """Its header counts the silence before the sound, FFmpeg does not."""
    whole, path = film(tmp_path / "b.avi"), tmp_path / "late.avi"

    def later(packet: "av.Packet[av.AudioStream]", _number: int) -> None:
        if packet.stream.type == "audio":
            ticks = round(1.2 / packet.time_base)
            packet.pts, packet.dts = (packet.pts or 0) + ticks, (packet.dts or 0) + ticks

    assert len(every(open_source(copied(whole, path, later)))) == 50


@pytest.mark.parametrize("name", ["a.gif", "a.ogv"])
def test_file_that_is_cut_off_within_a_picture_says_so(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    animation(path) if name == "a.gif" else write_video(path, moving(64, 48, 20), VP8)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    frames = until_error(open_source(path), f"{name}: the file ends .* it was cut off")
    assert 0 < len(frames) < 20


def test_gif_that_lacks_nothing_but_its_end_marker_is_whole(tmp_path: Path) -> None:
    path = animation(tmp_path / "a.gif")
    path.write_bytes(path.read_bytes()[:-1])
    assert len(every(open_source(path))) == 20
