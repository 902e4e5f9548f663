"""How large a written video becomes."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import OptionsError, OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.film.video import VideoWriter
from tests.engine.output.kinds import INFO
from tests.media import Encoding, Pixels, write_video


def noisy(count: int = 50) -> list[Pixels]:
    """What costs any encoder many bits."""
    rng = np.random.default_rng(0)
    return [rng.integers(60, 200, (96, 128, 3)).astype(np.uint8) for _ in range(count)]


def bits_a_second(path: Path) -> float:
    with av.open(str(path)) as container:
        size = sum(packet.size for packet in container.demux(video=0))
    return 8 * size / 2  # seconds


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds by an encoder that saves."""
    how = Encoding(options={"preset": "slow", "crf": "38"})
    return write_video(tmp_path_factory.mktemp("talk") / "talk.mp4", noisy(), how)


def written(talk: Path, target: Path, **settings: Any) -> float:
    source = open_source(talk)
    with VideoWriter(target, source.info, **settings) as video:
        for frame in source.frames():
            frame.luma[:] = noisy(1)[0][..., 0]  # as if much was drawn
            frame.luma[frame.index % 90] = 255
            video.write(RecognizedFrame(frame, ()))
    source.close()
    return bits_a_second(target)


def test_video_is_at_most_twice_as_large_as_its_source(tmp_path: Path, talk: Path) -> None:
    """Its limit holds for any two seconds, of which the first may take what is saved by then."""
    source = open_source(talk)
    source.close()
    assert source.info.bit_rate == pytest.approx(bits_a_second(talk), rel=0.1)
    assert written(talk, tmp_path / "o.mp4") < 2.6 * max(bits_a_second(talk), 300_000)


def test_quality_that_is_asked_for_is_not_limited(tmp_path: Path, talk: Path) -> None:
    sizes = [written(talk, tmp_path / f"{crf}.mp4", crf=crf) for crf in (1, 20, 40)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 2 * sizes[2]


def test_bit_rate_that_is_asked_for_is_kept(tmp_path: Path, talk: Path) -> None:
    assert written(talk, tmp_path / "o.mp4", bitrate=400) == pytest.approx(400_000, rel=0.3)


@pytest.mark.parametrize(
    ("bit_rate", "bitrate"), [(10**9, None), (2**29, None), (None, 10**6), (None, 268_436)]
)
def test_rate_of_an_uncompressed_recording_is_no_limit_and_no_error(
    tmp_path: Path, talk: Path, bit_rate: int | None, bitrate: int | None
) -> None:
    source = open_source(talk)
    info = replace(source.info, bit_rate=bit_rate)
    with VideoWriter(tmp_path / "o.mp4", info, bitrate=bitrate) as video:
        for frame in source.frames():
            video.write(RecognizedFrame(frame, ()))
    source.close()
    assert bits_a_second(tmp_path / "o.mp4") > 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"crf": 20, "bitrate": 900}, "not both"), ({"crf": 52}, "crf 52: give 0"),
     ({"crf": -1}, "crf -1"), ({"bitrate": 0}, "bitrate 0: give 10")],
)  # fmt: skip
def test_quality_that_there_is_not_is_refused(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionsError, match=said):
        VideoWriter(tmp_path / "o.mp4", INFO, **settings)
    assert not list(tmp_path.iterdir())


def test_pictures_wider_than_the_encoder_takes_are_refused_before_the_first(tmp_path: Path) -> None:
    wide = SourceInfo("wide", 16_386, 48, Fraction(25), Fraction(1, 25))
    with pytest.raises(OutputError, match=r"o\.mp4: a picture of 16386x48 is larger than x264"):
        VideoWriter(tmp_path / "o.mp4", wide)
    with pytest.raises(OutputError, match="48x16386"):
        VideoWriter(tmp_path / "o.mp4", replace(wide, width=48, height=16_386))
    assert not list(tmp_path.iterdir())
