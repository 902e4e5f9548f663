"""Which stream of a file is the film, and pictures that are interlaced or change their size."""

import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from fer_video.engine import open_pipeline
from fer_video.engine.capture.expand import expand
from fer_video.engine.capture.open import open_source
from fer_video.engine.capture.pictures.images import Images
from fer_video.engine.errors import SourceError
from fer_video.engine.output.film.video import VideoWriter
from tests.capturing import every
from tests.media import (
    Encoding,
    Pixels,
    decoded,
    moving,
    patches,
    to_picture,
    write_image,
    write_video,
)

SMALL, LARGE = (64, 48), (160, 120)


def with_preview(path: Path, sizes: list[tuple[int, int]], default: int | None) -> Path:
    """Streams of these sizes in this order; one of them, or none, is marked as the default."""
    with av.open(str(path), "w") as container:
        streams = []
        for number, (width, height) in enumerate(sizes):
            stream = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            marks = Disposition.default if number == default else Disposition(0)
            stream.disposition = marks
            streams.append(stream)
        for pts in range(3):
            for stream in streams:
                picture = av.VideoFrame(stream.width, stream.height, "yuv420p")
                picture.pts, picture.time_base = pts, Fraction(1, 25)
                container.mux(stream.encode(picture))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("extension", ["mkv", "mp4", "mov", "ts"])
@pytest.mark.parametrize("sizes", [[SMALL, LARGE], [LARGE, SMALL]])
def test_film_is_read_and_not_its_preview(
    tmp_path: Path, extension: str, sizes: list[tuple[int, int]]
) -> None:
    film = None if extension == "ts" else sizes.index(LARGE)
    source = open_source(with_preview(tmp_path / f"a.{extension}", sizes, film))
    assert (source.info.width, source.info.height) == LARGE
    assert {(frame.width, frame.height) for frame in every(source)} == {LARGE}


@pytest.mark.parametrize("extension", ["mjpeg", "mjpg"])
def test_pictures_one_behind_the_other_are_a_film_under_its_name(
    tmp_path: Path, extension: str
) -> None:
    """As webcams send them; they begin like a photograph."""
    for index, pixels in enumerate(moving(64, 48, 5)):
        write_image(tmp_path / f"{index}.jpg", pixels)
    jpegs = [path.read_bytes() for path in sorted(tmp_path.glob("*.jpg"))]
    path = tmp_path / f"film.{extension}"
    path.write_bytes(b"".join(jpegs))
    assert [frame.time for frame in every(open_source(path))] == [i / 25 for i in range(5)]


def test_gif_in_a_folder_is_a_film_beside_its_photographs(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", patches())
    gif = write_video(tmp_path / "b.gif", moving(64, 48, 3), Encoding("gif", "rgb8"))
    photographs, film = expand(tmp_path)
    assert isinstance(photographs, Images)
    assert film == gif


def test_stream_that_is_marked_is_the_film_though_another_is_larger(tmp_path: Path) -> None:
    source = open_source(with_preview(tmp_path / "a.mkv", [LARGE, SMALL], 1))
    assert {(frame.width, frame.height) for frame in every(source)} == {SMALL}


def combed(count: int) -> list[Pixels]:
    """A bright bar that moves eight pixels from field to field, upper lines first."""
    pictures = []
    for index in range(count):
        picture = np.full((96, 256, 3), 40, np.uint8)
        for field in (0, 1):
            left = 8 * (2 * index + field)
            picture[field::2, left : left + 32] = 200
        pictures.append(picture)
    return pictures


def comb(luma: np.ndarray) -> float:
    """How much more lines differ from their neighbours than from those after next."""
    lines = luma[8:-8].astype(float)
    near, far = lines[1:-1] - lines[2:], lines[:-2] - lines[2:]
    return float(np.abs(near).mean() - np.abs(far).mean())


@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
def test_interlaced_film_is_deinterlaced_told_and_loses_no_frame_and_no_time(
    tmp_path: Path, extension: str, caplog: pytest.LogCaptureFixture
) -> None:
    options = {"flags": "+ildct+ilme", "x264-params": "tff=1", "crf": "10"}
    how = Encoding(options=options)
    path = write_video(tmp_path / f"i.{extension}", combed(8), how)
    stored = decoded(path)
    assert comb(stored[3].to_ndarray(format="gray")) > 5
    caplog.set_level(logging.WARNING)
    frames = every(open_source(path))
    assert max(comb(frame.luma) for frame in frames) < 2
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(8)], abs=0.002)
    last = frames[-1].picture.duration * frames[-1].time_base
    assert float(last) == pytest.approx(1 / 25, abs=0.002)
    told = [text for text in caplog.messages if "is interlaced; its pictures are dei" in text]
    assert len(told) == 1


def test_interlaced_film_that_changes_its_size_goes_on(tmp_path: Path) -> None:
    how = Encoding(options={"flags": "+ildct+ilme", "x264-params": "tff=1"})
    parts = [write_video(tmp_path / f"{w}.ts", moving(w, 96, 6), how) for w in (96, 128)]
    (tmp_path / "joined.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = every(open_source(tmp_path / "joined.ts"))
    assert [frame.width for frame in frames] == [96] * 6 + [128] * 6


@pytest.mark.parametrize("extension", ["ts", "mkv"])
def test_video_of_a_film_that_grows_has_the_largest_size(tmp_path: Path, extension: str) -> None:
    parts = [write_video(tmp_path / f"{w}.ts", moving(w, 2 * w // 3, 25)) for w in (96, 192)]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    output = tmp_path / f"o.{extension}"
    with open_pipeline(path) as pipeline, VideoWriter(output, pipeline.info) as video:
        sizes = []
        for result in pipeline:
            video.write(result)
            sizes.append(result.to_dict()["size"])
    assert sizes == [[96, 64]] * 25 + [[192, 128]] * 25
    assert {(picture.width, picture.height) for picture in decoded(output)} == {(192, 128)}


def test_call_of_a_browser_that_grows_and_has_no_length_has_the_largest_size(
    tmp_path: Path,
) -> None:
    """As browsers record: WebM that is written as it comes, small at first."""
    path, output = tmp_path / "call.webm", tmp_path / "o.mkv"
    with av.open(str(path), "w", container_options={"live": "1"}) as container:
        stream = container.add_stream("libvpx", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for part, width in enumerate((96, 192)):
            encoder = av.CodecContext.create("libvpx", "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, 2 * width // 3, "yuv420p"
            encoder.time_base = Fraction(1, 25)
            pictures = [to_picture(rgb) for rgb in moving(width, 2 * width // 3, 25)]
            for index, picture in enumerate(pictures):
                picture.pts, picture.time_base = 25 * part + index, Fraction(1, 25)
            packets = [
                packet for picture in (*pictures, None) for packet in encoder.encode(picture)
            ]
            for packet in packets:
                packet.stream, packet.time_base = stream, Fraction(1, 25)
                container.mux(packet)
    with av.open(str(path)) as container:
        assert container.duration is None
    with open_pipeline(path) as pipeline, VideoWriter(output, pipeline.info) as video:
        for result in pipeline:
            video.write(result)
    sizes = [(picture.width, picture.height) for picture in decoded(output)]
    assert sizes == [(192, 128)] * 50


def test_encrypted_film_is_called_encrypted(tmp_path: Path) -> None:
    cipher = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "76" * 16}
    how = Encoding(container_options=cipher | {"encryption_kid": "a7" * 16})
    for number in range(20):  # of some, by the chance of the cipher, a decoder makes noise
        sold = write_video(tmp_path / f"{number}.mp4", moving(64, 48, 5), how)
        with pytest.raises(SourceError, match="its pictures are encrypted"):
            open_source(sold)


def test_recording_of_which_only_the_beginning_was_written_is_not_called_damaged(
    tmp_path: Path,
) -> None:
    how = Encoding(container_options={"movflags": "frag_keyframe+empty_moov"})
    path = write_video(tmp_path / "begun.mp4", moving(64, 48, 5), how)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"moof") - 4])
    with pytest.raises(SourceError, match=r"no picture of it can be decoded \(it ends before\)"):
        open_source(path)


def test_video_of_photographs_has_the_size_of_the_largest(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, size in (("a.png", (64, 48)), ("b.jpg", (321, 241)), ("c.png", (100, 90))):
        write_image(folder / name, patches(*size))
    with open_pipeline(folder) as pipeline, VideoWriter(tmp_path / "o.mp4", pipeline.info) as video:
        for result in pipeline:
            video.write(result)
    assert {(p.width, p.height) for p in decoded(tmp_path / "o.mp4")} == {(322, 242)}


def test_stream_that_never_tells_of_its_pictures_is_refused_with_the_cause(tmp_path: Path) -> None:
    """H.264 of a broadcast whose parameter sets (SPS) are lost: FFmpeg knows no size."""
    how = Encoding(options={"bf": "0", "x264-params": "annexb=1"})
    path = write_video(tmp_path / "a.ts", moving(64, 48, 10), how)
    path.write_bytes(path.read_bytes().replace(b"\0\0\1\x67", b"\0\0\1\x7f"))
    with pytest.raises(SourceError, match=r"what tells of their size never comes") as refused:
        open_source(path)
    assert "\n" not in str(refused.value)
    assert "0x0" not in str(refused.value)
