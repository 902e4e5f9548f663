"""What is kept of a video whose end a full disk cut off."""

from pathlib import Path

import pytest

from fer_video.engine.output.files.salvage import cut_to_whole_fragments

_WHOLE = [(b"ftyp", 16), (b"moov", 40), (b"moof", 24), (b"mdat", 80), (b"moof", 24)]


def box(name: bytes, size: int) -> bytes:
    return size.to_bytes(4, "big") + name + bytes(size - 8)


@pytest.mark.parametrize(
    ("unfinished", "kept"), [(b"mdat", 4), (b"moov", 5), (b"moof", 5), (b"mfra", 5)]
)
def test_unfinished_box_costs_itself_and_pictures_what_tells_of_them(
    tmp_path: Path, unfinished: bytes, kept: int
) -> None:
    path = tmp_path / "a.mp4"
    whole = [box(name, size) for name, size in _WHOLE]
    path.write_bytes(b"".join(whole) + box(unfinished, 90)[:50])
    cut_to_whole_fragments(path)
    assert path.read_bytes() == b"".join(whole[:kept])
