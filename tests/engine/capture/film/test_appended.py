"""Films joined by `cat`: all are read, or it is said that one is not."""

from pathlib import Path

import av
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from tests.media import Encoding, moving, write_video


def joined(folder: Path, suffix: str) -> Path:
    one, other = (
        write_video(folder / f"{i}.{suffix}", moving(64, 48, 40, seed=i)) for i in range(2)
    )
    path = folder / f"both.{suffix}"
    path.write_bytes(one.read_bytes() + other.read_bytes())
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mov", "flv", "mkv", "ts", "avi"])
def test_film_behind_another_is_read_or_told(tmp_path: Path, suffix: str) -> None:
    source = open_source(joined(tmp_path, suffix))
    frames = source.frames()
    read = 0
    try:
        for _ in frames:
            read += 1
        assert read >= 79  # all of both
    except SourceError as error:
        assert "another film begins at byte" in str(error), error  # noqa: PT017 - after reading
        assert read == 40
    finally:
        source.close()


@pytest.mark.parametrize(("suffix", "codec"), [("mkv", "libx264"), ("webm", "libvpx")])
def test_third_film_of_matroska_is_told(tmp_path: Path, suffix: str, codec: str) -> None:
    one = write_video(tmp_path / f"one.{suffix}", moving(64, 48, 40), Encoding(codec=codec))
    path = tmp_path / f"three.{suffix}"
    path.write_bytes(one.read_bytes() * 3)
    source = open_source(path)
    with pytest.raises(SourceError, match="another film begins at byte"):
        list(source.frames())
    source.close()


@pytest.mark.parametrize("suffix", ["mp4", "mov", "flv", "mkv"])
def test_single_film_has_nothing_behind_it(tmp_path: Path, suffix: str) -> None:
    source = open_source(write_video(tmp_path / f"one.{suffix}", moving(64, 48, 5)))
    assert sum(1 for _ in source.frames()) == 5
    source.close()


def test_fragments_that_are_joined_with_their_headers_are_read_without_a_word(
    tmp_path: Path,
) -> None:
    """As a page that saves a stream's pieces one behind the other writes them."""
    path = tmp_path / "pieces.mp4"
    with av.open(
        str(path), "w", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    ) as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for rgb in moving(64, 48, 40):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    head, second = data.index(b"moof") - 4, data.rindex(b"moof") - 4
    path.write_bytes(data[:second] + data[:head] + data[second:])
    source = open_source(path)
    assert sum(1 for _ in source.frames()) == 40
    source.close()
