"""Films some tracks of which are encrypted, as those that are sold are."""

from pathlib import Path

import av

from tests.films.clapper import changed

_CIPHER = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "76" * 16,
    "encryption_kid": "a7" * 16,
}
_TITLE = b"T" * 60


def with_encrypted_sound(source: Path, target: Path) -> Path:
    """An mp4 of H.264 and sound, of which only the sound is encrypted (ISO 23001-7).

    FFmpeg encrypts all or nothing, and without a change of length: so the pictures are put back,
    and the boxes that tell of their encryption are renamed.
    """
    clear = changed(source, target.with_suffix(".clear.mp4"), lambda *_: None)
    with av.open(str(clear)) as old, av.open(str(target), "w", options=dict(_CIPHER)) as new:
        twins = {stream: new.add_stream_from_template(stream) for stream in old.streams}
        for packet in old.demux():
            if packet.size:
                packet.stream = twins[packet.stream]
                new.mux(packet)
    data = target.read_bytes()
    end = data.index(b"trak", data.index(b"trak") + 4)
    pictures = data[:end].replace(b"encv", b"avc1")
    for told in (b"sinf", b"senc", b"saio", b"saiz"):
        pictures = pictures.replace(told, b"free")
    whole = bytearray(pictures + data[end:])
    for (at, _), (_, picture) in zip(_pictures(target), _pictures(clear), strict=True):
        whole[at : at + len(picture)] = picture
    target.write_bytes(whole)
    return target


def _pictures(path: Path) -> list[tuple[int, bytes]]:
    """Where in a file each picture lies, and its bytes."""
    with av.open(str(path)) as film:
        return [(p.pos or 0, bytes(p)) for p in film.demux(video=0) if p.size]


def called_encrypted(source: Path, target: Path, kind: str) -> Path:
    """A Matroska whose header says that the pictures, or the sound, are encrypted.

    FFmpeg writes no such header (ContentEncodings): it takes the place of the track's title.
    """
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        twins = {stream: new.add_stream_from_template(stream) for stream in old.streams}
        for stream, twin in twins.items():
            if stream.type == kind:
                twin.metadata["title"] = _TITLE.decode()
        for packet in old.demux():
            if packet.size:
                packet.stream = twins[packet.stream]
                new.mux(packet)
    key = _element("5035", _element("47e1", b"\5") + _element("47e2", b"k" * 16))
    told = _element("5031", b"\0") + _element("5032", b"\1") + _element("5033", b"\1") + key
    header, title = _element("6d80", _element("6240", told)), _element("536e", _TITLE)
    header += _element("ec", bytes(len(title) - len(header) - 2))
    data = target.read_bytes()
    assert data.count(title) == 1
    target.write_bytes(data.replace(title, header))
    return target


def _element(name: str, content: bytes) -> bytes:
    """One of EBML (RFC 8794)."""
    return bytes.fromhex(name) + bytes([0x80 | len(content)]) + content
