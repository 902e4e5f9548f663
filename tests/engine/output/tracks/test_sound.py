"""Sound of the written video: all of it there, in step with the pictures, in any container."""

import logging
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import OutputError, SourceError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.tracks import soundtrack
from fer_video.engine.output.tracks.trial import can_write
from tests.engine.output.film.test_video import transcribe
from tests.films.broadcast import OWN_SOUND, radio_beside_television
from tests.films.clapper import HERTZ, SECONDS, changed, clap, clicks, flashes
from tests.films.restamping import joined
from tests.media import sound_packets

TARGETS = ["mp4", "mov", "mkv", "ts", "flv"]


def assert_in_step(path: Path, films: int = 1, track: int = 0) -> None:
    """As many clicks as flashes, and none further from its flash than lips may be from a voice."""
    seen, heard = flashes(path), clicks(path, track)
    assert len(seen) == films * SECONDS
    assert heard == pytest.approx(seen, abs=0.02)


def codecs(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.codec_context.codec.canonical_name for stream in container.streams.audio]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


@pytest.mark.parametrize("extension", TARGETS)
@pytest.mark.parametrize(
    ("name", "sound"),
    [("a.avi", "pcm_s16le"), ("a.mkv", "pcm_s24le"), ("a.avi", "adpcm_ima_wav"),
     ("a.mov", "pcm_mulaw"), ("a.avi", "pcm_u8")],
)  # fmt: skip
def test_sound_of_any_codec_is_in_step_in_every_container(
    tmp_path: Path, name: str, sound: str, extension: str
) -> None:
    source = clap(tmp_path / name, sound, layout="stereo")
    assert_in_step(source)
    assert_in_step(transcribe(source, tmp_path / f"out.{extension}"))


def test_sound_that_must_be_encoded_anew_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = clap(tmp_path / "a.avi", "adpcm_ima_wav")
    assert codecs(transcribe(source, tmp_path / "out.mkv")) == ["opus"]
    assert codecs(transcribe(source, tmp_path / "out.mp4")) == ["aac"]
    (first, second) = warnings(caplog)
    assert first.endswith("hold the source's sound (adpcm_ima_wav); it is encoded anew as Opus")
    assert second.endswith("hold the source's sound (adpcm_ima_wav); it is encoded anew as AAC")


@pytest.mark.parametrize(
    ("sound", "extension", "advice"),
    [("pcm_s16le", "mp4", r"\.mkv"), ("pcm_s16le", "flv", r"\.mkv"), ("flac", "ts", r"\.mkv"),
     ("adpcm_ima_wav", "mkv", r"anew$")],
)  # fmt: skip
def test_sound_that_cannot_be_copied_is_refused_if_it_has_to_be(
    tmp_path: Path, sound: str, extension: str, advice: str
) -> None:
    source = open_source(
        clap(tmp_path / ("a.avi" if "adpcm" in sound else "a.mkv"), sound), keep_audio=True
    )
    target = tmp_path / f"out.{extension}"
    target.write_text("old")
    with pytest.raises(
        OutputError, match=rf"out\.{extension}.*the source's sound \({sound}.*{advice}"
    ):
        VideoWriter(target, source.info, copy_sound=True)
    source.close()
    assert target.read_text() == "old"
    assert not list(tmp_path.glob(".*"))


def test_sound_that_only_a_trial_shows_to_be_impossible_is_refused_in_the_same_words(
    tmp_path: Path,
) -> None:
    whole = clap(tmp_path / "whole.mkv", "ac3")
    silent = changed(whole, tmp_path / "a.mkv", lambda _packet, kind, _number: kind != "audio")
    source = open_source(silent, keep_audio=True)
    first = RecognizedFrame(next(iter(source.frames())), ())
    with (
        pytest.raises(OutputError, match=r"^\S*out\.mp4: mp4 cannot hold the source's sound \(ac3"),
        VideoWriter(tmp_path / "out.mp4", source.info, copy_sound=True) as video,
    ):
        video.write(first)
    source.close()
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize("extension", TARGETS)
@pytest.mark.parametrize("latm", [False, True])
def test_aac_of_a_broadcast_goes_into_every_container(
    tmp_path: Path, extension: str, latm: bool
) -> None:
    options = {"mpegts_flags": "+latm"} if latm else {}
    source = clap(tmp_path / "a.ts", "aac", options=options)
    written = transcribe(source, tmp_path / f"out.{extension}")
    assert len(flashes(written)) == SECONDS
    assert clicks(written) == pytest.approx(flashes(written), abs=0.02)
    with av.open(str(written)) as container:
        assert len(container.streams) == 2


@pytest.mark.parametrize("extension", TARGETS)
@pytest.mark.parametrize(
    ("name", "sound"), [("a.ts", "mp2"), ("a.ts", "aac"), ("a.mpg", "mp2"), ("a.ts", "ac3")]
)
def test_joined_recordings_keep_all_their_sound_in_step(
    tmp_path: Path, name: str, sound: str, extension: str
) -> None:
    source = clap(tmp_path / name, sound)
    source.write_bytes(source.read_bytes() * 3)
    assert_in_step(transcribe(source, tmp_path / f"out.{extension}"), films=3)


@pytest.mark.parametrize("extension", TARGETS)
@pytest.mark.parametrize("other", [{"hertz": 44_100}, {"layout": "stereo"}])
def test_sound_that_changes_its_rate_or_channels_is_heard_as_it_was(
    tmp_path: Path, extension: str, other: dict[str, Any]
) -> None:
    """44.1 kHz played at 48 would be a semitone and a half too high."""
    one, two = clap(tmp_path / "1.ts", "aac"), clap(tmp_path / "2.ts", "aac", **other)
    written = transcribe(joined(tmp_path / "a.ts", one, two), tmp_path / f"out.{extension}")
    assert_in_step(written, films=2)
    with av.open(str(written)) as container:
        told = {frame.sample_rate for frame in container.decode(audio=0)}
    assert pitches(written) == pytest.approx([1000] * len(pitches(written)), rel=0.06)
    assert extension == "ts" or told == {HERTZ}


@pytest.mark.parametrize("extension", TARGETS)
@pytest.mark.parametrize("other", [{"hertz": 44_100}, {"layout": "stereo"}])
def test_flv_that_tells_of_other_sound_on_the_way_is_heard_as_it_was(
    tmp_path: Path, extension: str, other: dict[str, Any]
) -> None:
    """A recorder goes on in the same file when a caller changes the microphone."""
    one, two = clap(tmp_path / "1.flv", "aac"), clap(tmp_path / "2.flv", "aac", **other)
    source = tmp_path / "a.flv"
    source.write_bytes(one.read_bytes() + two.read_bytes()[13:])  # without a second header
    written = transcribe(source, tmp_path / f"out.{extension}")
    assert_in_step(written, films=2)
    assert pitches(written) == pytest.approx([1000] * len(pitches(written)), rel=0.06)


def pitches(path: Path) -> list[float]:
    """Hertz at which the frames that hold much of a click are loudest."""
    with av.open(str(path)) as container:
        rows = [(frame.to_ndarray()[0], frame.sample_rate) for frame in container.decode(audio=0)]
    return [
        float(np.fft.rfft(row, 1 << 16).__abs__().argmax()) * rate / (1 << 16)
        for row, rate in rows
        if np.sqrt(np.mean(row**2)) > 0.15
    ]


def test_sound_of_high_efficiency_aac_keeps_its_rate_in_every_container(tmp_path: Path) -> None:
    """Coded at half its rate, of which a header says the double (ISO 14496-3, 1.6.5)."""
    plain, source = clap(tmp_path / "plain.mp4", "aac", hertz=HERTZ // 2), tmp_path / "a.mp4"
    with av.open(str(plain)) as old, av.open(str(source), "w") as new:
        twins = [new.add_stream_from_template(stream) for stream in old.streams]
        twins[1].codec_context.extradata = bytes.fromhex("2b098800")
        for packet in old.demux():
            if packet.size:
                packet.stream = twins[packet.stream_index]
                new.mux(packet)
    for extension in ("mp4", "mov", "mkv", "flv"):
        written = transcribe(source, tmp_path / f"out.{extension}")
        with av.open(str(written)) as container:
            assert container.streams.audio[0].rate == HERTZ
        assert clicks(written) == pytest.approx(flashes(written), abs=0.025)


@pytest.mark.parametrize("extension", TARGETS)
def test_sound_stamps_that_repeat_are_said_once_and_nothing_is_lost(
    tmp_path: Path, extension: str, caplog: pytest.LogCaptureFixture
) -> None:
    def back(packet: "av.Packet[Any]", kind: str, number: int) -> None:
        if kind == "audio" and number in (20, 50):
            packet.pts = packet.dts = (packet.pts or 0) - 32

    whole = clap(tmp_path / "whole.mkv", "ac3")
    source = changed(whole, tmp_path / "a.mkv", back)
    written = transcribe(source, tmp_path / f"out.{extension}")
    assert_in_step(written)
    assert len([line for line in warnings(caplog) if "its sound" in line]) == 1
    with av.open(str(written)) as container, av.open(str(whole)) as before:
        assert sum(p.size > 0 for p in container.demux(audio=0)) == sum(
            p.size > 0 for p in before.demux(audio=0)
        )


@pytest.mark.parametrize("extension", TARGETS)
def test_packets_shorter_than_a_tick_of_the_file_are_in_step_without_a_warning(
    tmp_path: Path, extension: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As those of TrueHD, which films from discs have: Matroska gives six of them five stamps."""
    source = in_pieces(clap(tmp_path / "whole.mkv", "pcm_s16le"), tmp_path / "a.mkv")
    assert_in_step(transcribe(source, tmp_path / f"out.{extension}"))
    assert not [line for line in warnings(caplog) if "its sound" in line]


def in_pieces(source: Path, target: Path, samples: int = 40) -> Path:
    """A film whose sound, 16 bits and mono, comes by so many samples."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        twins = {stream: new.add_stream_from_template(stream) for stream in old.streams}
        for packet in old.demux():
            stream, data, start = packet.stream, bytes(packet), packet.pts
            step = 2 * samples if stream.type == "audio" else max(len(data), 1)
            for at in range(0, len(data), step):
                piece = av.Packet(data[at : at + step])
                piece.stream, piece.time_base = twins[stream], packet.time_base
                piece.pts = piece.dts = (start or 0) + at * 1000 // (2 * HERTZ) * (step < len(data))
                piece.is_keyframe = packet.is_keyframe
                new.mux(piece)
    return target


@pytest.mark.parametrize("extension", ["mp4", "mkv", "flv"])
@pytest.mark.parametrize("sound", ["mp2", "aac", "ac3"])
@pytest.mark.parametrize("place", range(2))
def test_lost_packets_of_a_broadcast_cost_no_more_than_themselves(
    tmp_path: Path, extension: str, sound: str, place: int
) -> None:
    source = clap(tmp_path / "a.ts", sound)
    data = source.read_bytes()
    packets = [data[i : i + 188] for i in range(0, len(data), 188)]
    of_sound = [i for i, p in enumerate(packets) if (p[1] & 31) << 8 | p[2] == 0x101]
    lost = of_sound[len(of_sound) * (place + 1) // 4 + place]
    source.write_bytes(b"".join(p for i, p in enumerate(packets) if i != lost))
    written = tmp_path / f"out.{extension}"
    with pytest.raises(SourceError, match="sound is damaged or missing in 1 place"):
        transcribe(source, written)
    assert len(flashes(written)) == SECONDS
    for heard in clicks(written):
        assert min(abs(heard - seen) for seen in flashes(written)) < 0.02
    assert len(clicks(written)) >= SECONDS - 1


@pytest.mark.parametrize("extension", TARGETS)
def test_damaged_packet_that_is_longer_than_sound_can_be_costs_no_picture(
    tmp_path: Path, extension: str
) -> None:
    """The lengths of a transport stream's AAC end at 8 kB, and FFmpeg tells at a later picture."""
    source = tmp_path / "long.mkv"
    with av.open(str(clap(tmp_path / "a.mkv", "aac"))) as old, av.open(str(source), "w") as new:
        copies = [new.add_stream_from_template(stream) for stream in old.streams]
        for number, packet in enumerate(old.demux()):
            if packet.dts is None:
                continue
            copy = packet
            if packet.stream.type == "audio" and number in range(60, 64):
                copy = av.Packet(bytes(packet) + bytes(40_000))
                copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
            copy.stream = copies[packet.stream.index]
            new.mux(copy)
    written = transcribe(source, tmp_path / f"out.{extension}")
    assert len(flashes(written)) == SECONDS


@pytest.mark.parametrize("extension", TARGETS)
@pytest.mark.parametrize("sound", ["ac3", "eac3", "aac", "pcm_s16le"])
def test_track_without_any_sound_costs_no_picture(
    tmp_path: Path, sound: str, extension: str
) -> None:
    """An mp4 of AC-3 says only at its end that it cannot be written without a packet of it."""
    whole = clap(tmp_path / "whole.mkv", sound)
    source = changed(whole, tmp_path / "a.mkv", lambda _packet, kind, _number: kind != "audio")
    assert len(flashes(transcribe(source, tmp_path / f"out.{extension}"))) == SECONDS


@pytest.mark.parametrize("layout", ["7.1", "5.1(side)", "quad", "3.0", "octagonal"])
@pytest.mark.parametrize("extension", ["mp4", "ts"])
def test_any_number_of_channels_is_encoded_anew(
    tmp_path: Path, layout: str, extension: str
) -> None:
    source = clap(tmp_path / "a.mkv", "pcm_s16le", layout=layout)
    assert_in_step(transcribe(source, tmp_path / f"out.{extension}"))


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "mp2"), ("a.mkv", "vorbis")])
def test_two_videos_of_one_source_have_each_the_sound_that_one_has(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = clap(tmp_path / name, codec, layout="stereo")
    alone, *targets = [tmp_path / f"{name}.flv" for name in ("alone", "one", "other")]
    transcribe(path, alone)
    source = open_source(path, keep_audio=True)
    with ExitStack() as stack:
        videos = [stack.enter_context(VideoWriter(target, source.info)) for target in targets]
        for frame in source.frames():
            for video in videos:
                video.write(RecognizedFrame(frame, ()))
    source.close()
    for target in targets:
        assert_in_step(target)
        assert sound_packets(target) == sound_packets(alone)


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_gap_in_sound_that_is_encoded_anew_is_silent(tmp_path: Path, extension: str) -> None:
    """Half a second is missing; what follows does not come earlier for that."""
    whole = clap(tmp_path / "whole.mkv", "pcm_s16le")
    source = tmp_path / "a.mkv"
    changed(whole, source, lambda _, kind, number: not (kind == "audio" and 13 <= number < 26))
    assert_in_step(transcribe(source, tmp_path / f"out.{extension}"))


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv", "ts"])
@pytest.mark.parametrize("sound", ["aac", "pcm_s16le"])
def test_every_track_is_kept_with_its_language(tmp_path: Path, extension: str, sound: str) -> None:
    source = clap(tmp_path / "a.mkv", sound, tracks=2)
    written = transcribe(source, tmp_path / f"out.{extension}")
    for track in (0, 1):
        assert_in_step(written, track=track)
    with av.open(str(written)) as container:
        told = [stream.language for stream in container.streams.audio]
    assert told == ["ger" if extension == "mov" else "deu", "eng"]


def test_sound_is_that_of_the_picture_s_programme(tmp_path: Path) -> None:
    """FFmpeg meets the radio first."""
    path = radio_beside_television(tmp_path / "a.ts")
    source = open_source(path, keep_audio=True)
    assert [stream.id for stream in source.info.audio] == [OWN_SOUND]
    source.close()
    assert_in_step(transcribe(path, tmp_path / "out.mkv"))


def test_container_of_one_track_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = clap(tmp_path / "a.mkv", "aac", tracks=2)
    assert_in_step(transcribe(source, tmp_path / "out.flv"))
    assert [line for line in warnings(caplog) if "holds one track of sound" in line]


def test_track_without_a_decoder_is_left_out_with_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = clap(tmp_path / "a.mp4", "aac", tracks=2)
    data = source.read_bytes()
    source.write_bytes(data.replace(b"mp4a", b"apac", 1).replace(b"esds", b"dapa", 1))
    written = transcribe(source, tmp_path / "out.mp4")
    assert_in_step(written)
    with av.open(str(written)) as container:
        assert [stream.language for stream in container.streams.audio] == ["eng"]
    assert [line for line in warnings(caplog) if "sound track 1 is left out" in line]


@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
def test_sound_that_an_edit_list_cut_away_is_not_heard(tmp_path: Path, extension: str) -> None:
    """The first click belongs to a flash that is not shown either."""
    whole = clap(tmp_path / "whole.mp4", "aac")
    source = tmp_path / "a.mp4"

    def earlier(packet: "av.Packet[Any]", _kind: str, _number: int) -> None:
        shift = round(1 / packet.time_base)
        packet.pts, packet.dts = (packet.pts or 0) - shift, (packet.dts or 0) - shift

    changed(whole, source, earlier)
    written = transcribe(source, tmp_path / f"out.{extension}")
    assert len(clicks(written)) == SECONDS - 1
    assert clicks(written) == pytest.approx(flashes(written), abs=0.02)


def test_each_track_is_copied_or_encoded_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first fails when it is tried; the second is one that the container does not hold."""
    source = clap(tmp_path / "a.mkv", "mp2", tracks=2)
    answers = iter([False])
    monkeypatch.setattr(
        soundtrack, "can_write", lambda *of: next(answers, None) is None and can_write(*of)
    )
    held = iter([True, False])
    monkeypatch.setattr(soundtrack, "holds", lambda *_: next(held, True))
    target = transcribe(source, tmp_path / "out.mkv")
    assert "mp2" not in codecs(target)
    assert len(codecs(target)) == 2
