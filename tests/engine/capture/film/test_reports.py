"""Files that other programs stumbled over, as docs/robustness.md lists them, made anew."""

import struct
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from fer_video.engine.capture.open import open_source
from tests.capturing import every, until_error
from tests.films.restamping import copied
from tests.media import Encoding, moving, write_video


def jpeg(rgb: Any, **how: Any) -> bytes:
    file = BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", subsampling=1, **how)
    return file.getvalue()


def of_a_webcam(rgb: Any) -> bytes:
    """It begins twice, and has bytes too many before its markers (libjpeg-turbo#157)."""
    data = b"\xff\xd8" + jpeg(rgb, restart_marker_rows=1)
    for marker in (b"\xff\xd0", b"\xff\xd3"):
        data = data.replace(marker, b"\x12\x34\x56" + marker)
    return data


def without_tables(rgb: Any) -> bytes:
    """Its Huffman tables are those that everybody knows, and left out, as in AVI files of old."""
    data, kept, at = jpeg(rgb), bytearray(b"\xff\xd8\xff\xe0\0\x10AVI1" + bytes(10)), 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        kept += b"" if data[at + 1] in (0xC4, 0xE0) else data[at:end]
        at = end
    return bytes(kept + data[at:])


@pytest.mark.parametrize("coded", [of_a_webcam, without_tables])
def test_pictures_of_webcams_are_whole(tmp_path: Path, coded: Callable[[Any], bytes]) -> None:
    pictures = moving(64, 48, 5)
    with av.open(str(tmp_path / "a.avi"), "w") as out:
        stream = out.add_stream("mjpeg", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj422p"
        for number, rgb in enumerate(pictures):
            packet: Any = av.Packet(coded(rgb))
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 25), True
            packet.pts = packet.dts = number
            out.mux(packet)
    frames = every(open_source(tmp_path / "a.avi"))
    assert len(frames) == 5
    for frame, rgb in zip(frames, pictures, strict=True):
        grey = np.asarray(Image.fromarray(rgb).convert("L")).astype(int)
        assert np.abs(frame.luma.astype(int) - grey).mean() < 4


def test_length_that_a_browser_writes_in_the_wrong_unit_is_not_believed(tmp_path: Path) -> None:
    """A thirtieth of the film's length in its track (CozyClay#13)."""
    path = write_video(tmp_path / "a.mp4", moving(64, 48, 60), Encoding(sound="aac"))
    data = bytearray(path.read_bytes())
    for _ in range(2):
        at = data.index(b"mdhd") + 16
        data[at - 16 : at - 12] = b"mdhD"
        unit, length = struct.unpack_from(">II", data, at)
        struct.pack_into(">I", data, at + 4, length * 1000 // unit)
    path.write_bytes(data.replace(b"mdhD", b"mdhd"))
    frames = every(open_source(path))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(60)])


@pytest.mark.parametrize("extension", ["mkv", "mp4", "ts"])
def test_film_cut_at_a_picture_that_others_refer_across_begins_there(
    tmp_path: Path, extension: str
) -> None:
    """H.265 as phones and editors cut it (spdl#1236): what cannot be decoded is not in the film."""
    x265 = "log-level=none:keyint=15:min-keyint=15:open-gop=1:bframes=3:scenecut=0"
    how = Encoding("libx265", options={"x265-params": x265})
    whole, keys = write_video(tmp_path / "whole.mkv", moving(64, 48, 45), how), []

    def behind_the_second_key(packet: Any, _number: int) -> bool:
        keys.extend([packet] * packet.is_keyframe)
        return len(keys) > 1

    cut = copied(whole, tmp_path / f"cut.{extension}", behind_the_second_key)
    frames = every(open_source(cut))
    assert len(frames) == 30
    steps = [after.time - before.time for before, after in pairwise(frames)]
    assert steps == pytest.approx([0.04] * len(steps), abs=0.002)


def test_one_picture_that_cannot_be_decoded_ends_nothing(tmp_path: Path) -> None:
    """Others stop there, 18 pictures into a film of ten minutes (DVR-Scan#118)."""
    path = write_video(tmp_path / "a.mp4", moving(64, 48, 40), Encoding(options={"bf": "0"}))
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data, (at, size) = bytearray(path.read_bytes()), places[17]
    assert at is not None
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    frames = until_error(open_source(path), "1 frames are damaged or missing")
    assert [round(frame.time * 25) for frame in frames] == [i for i in range(40) if i != 17]
