"""Films whose pictures are clear and whose sound is encrypted: told, and left out."""

import logging
from pathlib import Path

import av
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from tests.engine.output.film.test_video import transcribe
from tests.films.clapper import SECONDS, changed, clap, flashes
from tests.films.encryption import called_encrypted, with_encrypted_sound

TARGETS = ["mp4", "mov", "mkv", "ts", "flv"]


@pytest.mark.parametrize("extension", TARGETS)
def test_encrypted_sound_is_told_and_left_out(
    tmp_path: Path, extension: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Copied as it comes it would be noise."""
    sold = with_encrypted_sound(clap(tmp_path / "a.mp4", "aac", tracks=2), tmp_path / "sold.mp4")
    written = transcribe(sold, tmp_path / f"out.{extension}")
    assert len(flashes(written)) == SECONDS
    with av.open(str(written)) as container:
        assert not container.streams.audio
    assert caplog.messages == [
        f"{sold}: its sound track {number} is left out, since it is encrypted" for number in (1, 2)
    ]


def test_sound_that_begins_late_and_is_encrypted_is_told_once_and_not_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    late = tmp_path / "late.mp4"
    whole = clap(tmp_path / "a.mp4", "aac")
    changed(whole, late, lambda _, kind, number: kind == "video" or number > 127)
    sold = with_encrypted_sound(late, tmp_path / "sold.mp4")
    written = transcribe(sold, tmp_path / "out.mp4")
    with av.open(str(written)) as container:
        assert not any(packet.size for packet in container.demux(audio=0))
    assert len(flashes(written)) == SECONDS
    (told,) = (text for text in caplog.messages if "encrypted" in text)
    assert told.endswith("its sound is encrypted from 2.71 s on, and left out there")


def test_matroska_tells_of_encrypted_sound_and_pictures_in_its_header(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = clap(tmp_path / "a.mkv", "libopus")
    sound = called_encrypted(whole, tmp_path / "sound.mkv", "audio")
    with av.open(str(transcribe(sound, tmp_path / "out.mkv"))) as container:
        assert not container.streams.audio
    assert caplog.messages == [f"{sound}: its sound track 1 is left out, since it is encrypted"]
    with pytest.raises(SourceError, match="its pictures are encrypted"):
        open_source(called_encrypted(whole, tmp_path / "pictures.mkv", "video"))


def test_clear_film_of_the_same_making_keeps_its_sound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    written = transcribe(clap(tmp_path / "a.mp4", "aac"), tmp_path / "out.mp4")
    with av.open(str(written)) as container:
        assert len(container.streams.audio) == 1
    assert not caplog.messages
