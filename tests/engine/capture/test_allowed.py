"""A file is opened as what its bytes are, and opens no other; playlists only by their own names."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from tests.capturing import every, until_error
from tests.media import Encoding, brightness, moving, patches, write_image, write_video

COUNT = 5
CONCAT = "ffconcat version 1.0\nfile private.{}\n"
HLS = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:1
#EXT-X-MEDIA-SEQUENCE:0
#EXTINF:0.2,
private.ts
#EXT-X-ENDLIST
"""
SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=x
c=IN IP4 127.0.0.1
t=0 0
m=video 5004 RTP/AVP 96
a=rtpmap:96 H264/90000
"""
DASH = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">
<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000">
<BaseURL>private.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With files that somebody else's file might name."""
    for extension in ("mp4", "ts"):
        write_video(tmp_path / f"private.{extension}", moving(64, 48, COUNT))
    write_image(tmp_path / "private.jpg", patches())
    return tmp_path


@pytest.mark.parametrize("extension", ["mp4", "ts", "gif", "txt", ""])
@pytest.mark.parametrize(
    "script", [CONCAT.format("mp4"), CONCAT.format("ts"), HLS, SDP, DASH, "words\n" * 99]
)
def test_script_under_the_name_of_a_video_is_not_obeyed(
    folder: Path, extension: str, script: str
) -> None:
    path = folder / f"clip.{extension}"
    path.write_text(script)
    begins = re.escape(f"is a text (it begins `{script.splitlines()[0]}`)")
    with pytest.raises(SourceError, match=rf"clip\.{extension}: {begins}") as told:
        open_source(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("way", ["file", "folder", "glob", "list"])
@pytest.mark.parametrize("extension", ["jpg", "png", "tif"])
def test_script_under_the_name_of_an_image_is_not_obeyed(
    folder: Path, way: str, extension: str
) -> None:
    """It names another image, which decodes; nothing of that may come out."""
    pictures = folder / "pictures"
    write_image(pictures / "a.png", patches(16, 12))
    script = pictures / f"b.{extension}"
    script.write_text(CONCAT.format("jpg"))
    write_image(pictures / "private.jpg", patches())
    ways: dict[str, str | Path | list[Path]] = {
        "file": script,
        "folder": pictures,
        "glob": str(pictures / "*.*"),
        "list": [script, pictures / "a.png"],
    }
    frames = until_error(open_source(ways[way]), rf"b\.{extension}: is a text .*ffconcat")
    assert all(not str(frame.file).endswith(f"b.{extension}") for frame in frames)
    assert len(frames) == {"file": 0, "folder": 2, "glob": 2, "list": 1}[way]


def test_name_that_looks_like_a_pattern_is_a_name(tmp_path: Path) -> None:
    write_image(tmp_path / "shot1.png", patches(16, 12))
    path = write_image(tmp_path / "shot%d.png", patches(48, 32))
    (frame,) = every(open_source(path))
    assert (frame.width, frame.height) == (48, 32)


@pytest.mark.parametrize("name", ["12:30 talk.mp4", "concat:a|b.mp4", "subfile,,start,0,:b.mkv"])
def test_name_that_looks_like_a_protocol_is_a_name(tmp_path: Path, name: str) -> None:
    path = write_video(tmp_path / name, moving(64, 48, COUNT))
    assert len(every(open_source(path))) == COUNT


@pytest.mark.parametrize(
    "before",
    ["cache:", "async:", "concat:", "subfile,,start,0,end,0,,:", "crypto:", "concatf:", "unix:"],
)
@pytest.mark.parametrize("between", ["//", "file://"])
def test_address_that_opens_local_files_is_refused(folder: Path, before: str, between: str) -> None:
    with pytest.raises(SourceError, match=r"is no protocol that is read here; send .* rtsp"):
        open_source(f"{before}{between}{folder / 'private.ts'}")


@pytest.mark.parametrize(
    ("name", "text"),
    [("list.m3u8", HLS), ("LIST.M3U8", HLS), ("list.ffconcat", CONCAT.format("mp4"))],
)
def test_playlist_under_its_own_name_is_read(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    assert_rising(folder / name)


def test_playlist_goes_no_further_than_its_segments(folder: Path) -> None:
    """What a list names is opened as what it is, too: here a list again, of another kind."""
    (folder / "private.ts").write_text(CONCAT.format("mp4"))
    (folder / "list.m3u8").write_text(HLS)
    with pytest.raises(SourceError, match=r"list\.m3u8"):
        every(open_source(folder / "list.m3u8"))


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    """The address of `folder`."""
    handler = partial(_Files, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_playlist_over_http_is_read(folder: Path, served: str) -> None:
    (folder / "list.m3u8").write_text(HLS)
    assert_rising(f"{served}/list.m3u8")


def test_playlist_over_http_reaches_no_file_of_this_machine(folder: Path, served: str) -> None:
    (folder / "list.m3u8").write_text(HLS.replace("private.ts", f"file://{folder}/private.ts"))
    with pytest.raises(SourceError):
        every(open_source(f"{served}/list.m3u8"))


def test_script_over_http_is_not_obeyed(folder: Path, served: str) -> None:
    (folder / "clip.mp4").write_text(CONCAT.format("mp4"))
    with pytest.raises(SourceError, match=r"clip\.mp4: .*it is a text, or lists other files"):
        open_source(f"{served}/clip.mp4")


@pytest.mark.parametrize(("stored", "said"), [("mkv", "mp4"), ("gif", "avi"), ("ts", "mov")])
def test_video_under_a_wrong_extension_is_what_its_bytes_are(
    tmp_path: Path, stored: str, said: str
) -> None:
    how = Encoding("gif", "rgb8") if stored == "gif" else None
    path = write_video(tmp_path / f"a.{stored}", moving(64, 48, COUNT), how)
    assert_rising(path.rename(tmp_path / f"b.{said}"))


def assert_rising(source: str | Path) -> None:
    """The pictures of `moving`, all and in order."""
    levels = [brightness(frame) for frame in every(open_source(source))]
    assert len(levels) == COUNT
    assert levels == sorted(set(levels))
