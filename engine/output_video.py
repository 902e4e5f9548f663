"""Annotated video: H.264 with the source's own time stamps and its sound, copied."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error

from fer_video.engine.errors import OptionsError, OutputError
from fer_video.engine.frames import Frame, RecognizedFrame, SoundPacket, SourceInfo
from fer_video.engine.options import PRESETS
from fer_video.engine.partial import Partial
from fer_video.engine.picture import view

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".ts": "mpegts",
    ".flv": "flv",
}
"""Those that hold H.264 with variable time stamps. AVI counts frames; WebM holds no H.264."""
_BOXES = (b"ftyp", b"free", b"moov", b"moof", b"mdat", b"sidx", b"mfra")
_STREAMABLE = "matroska"
_RECOVERABLE = {"movflags": "+hybrid_fragmented", "frag_duration": "500000"}
"""An mp4 that plays even when its end was never written (a full disk, a power cut)."""


class VideoWriter:
    """A sink that encodes the frames' planes as they are; nothing is converted or resampled."""

    def __init__(
        self, target: str | Path, info: SourceInfo, preset: str = "veryfast", *, threads: int = 0
    ) -> None:
        """Create the file beside its target.

        Args:
            target: .mp4, .m4v, .mov, .mkv, .ts or .flv; `-` is Matroska on stdout.
            info: of the source whose frames will come.
            preset: x264's, one of `options.PRESETS`.
            threads: of the encoder; 0 for as many as it likes.

        Raises:
            OptionsError: the extension or the preset is unknown.
            OutputError: the place cannot be written, or the container cannot hold the sound.
        """
        if preset not in PRESETS:
            raise OptionsError(f"preset {preset}: give one of {', '.join(PRESETS)}")
        self._target = str(target)
        self._info = info
        self._preset = preset
        self._threads = threads
        self._partial = None if self._target == "-" else Partial(target)
        self._container = self._open()
        self._stream: av.VideoStream | None = None
        self._audio: av.AudioStream | None = None
        self._check_audio()

    def write(self, recognized: RecognizedFrame) -> None:
        """Encode one frame, and the sound before it.

        Raises:
            OutputError: the disk is full, or the encoder refuses.
        """
        frame = recognized.frame
        with self._explained():
            if self._stream is None:
                self._stream = self._add_video(frame)
                self._audio = self._add_audio()
            for packet in frame.audio:
                self._copy(packet)
            self._container.mux(self._stream.encode(_fitted(frame, self._stream)))

    def close(self) -> None:
        """Finish the file and move it into place; without a frame, leave the old one.

        Raises:
            OutputError: the end cannot be written; what was written is in place and plays.
        """
        if self._stream is None:
            self._abandon()
            return
        try:
            with self._explained():
                try:
                    self._container.mux(self._stream.encode(None))
                finally:
                    self._container.close()
        except OutputError:
            if self._partial is not None and not self._partial.direct:
                _cut_to_whole_fragments(self._partial.path)
            raise
        finally:
            if self._partial is not None:
                self._partial.commit()

    def __enter__(self) -> Self:
        """For `with`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _open(self) -> av.container.OutputContainer:
        suffix = Path(self._target).suffix.lower()
        if self._partial is None or (self._partial.direct and suffix not in CONTAINERS):
            name = _STREAMABLE
        elif suffix in CONTAINERS:
            name = CONTAINERS[suffix]
        else:
            known = " ".join(CONTAINERS)
            raise OptionsError(
                f"{self._target}: video is written as {known}; choose one of these extensions"
            )
        regular = self._partial is not None and not self._partial.direct
        options = _RECOVERABLE if name in ("mp4", "mov") and regular else {}
        if name in ("mp4", "mov") and not regular:
            options = {"movflags": "+frag_keyframe+empty_moov"}
        path = "pipe:1" if self._partial is None else str(self._partial.path)
        with self._explained():
            return av.open(path, "w", format=name, options=dict(options))

    def _check_audio(self) -> None:
        audio = self._info.audio
        if audio is None:
            return
        codec = audio.codec_context.name
        if codec not in self._container.supported_codecs:
            held = self._container.format.name
            self._abandon()
            raise OutputError(
                f"{self._target}: {held} cannot hold the source's sound ({codec}); "
                "give the output the extension .mkv"
            )

    def _add_video(self, frame: Frame) -> av.VideoStream:
        stream = self._container.add_stream(
            "libx264", rate=self._info.frame_rate, options={"preset": self._preset}
        )
        picture, context = frame.picture, stream.codec_context
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
        stream.time_base = context.time_base = frame.time_base
        context.sample_aspect_ratio = self._info.sample_aspect_ratio
        context.colorspace, context.color_range = picture.colorspace, picture.color_range
        context.color_primaries, context.color_trc = picture.color_primaries, picture.color_trc
        stream.thread_type = "FRAME"  # PyAV's default, slices, halves x264's speed
        stream.thread_count = self._threads
        return stream

    def _add_audio(self) -> av.AudioStream | None:
        audio = self._info.audio
        if audio is None:
            return None
        return self._container.add_stream_from_template(audio)

    def _copy(self, packet: SoundPacket) -> None:
        if self._audio is not None:
            packet.stream = self._audio
            self._container.mux(packet)

    def _abandon(self) -> None:
        self._container.close()
        if self._partial is not None:
            self._partial.discard()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """FFmpeg's errors as ours, naming the file."""
        try:
            yield
        except (av.error.FFmpegError, OSError, ValueError) as error:
            cause = getattr(error, "strerror", None) or error
            raise OutputError(
                f"{self._target}: cannot be written ({cause}); check the disk's space, the "
                "permissions and that the container can hold this video and its sound"
            ) from error


def _cut_to_whole_fragments(path: Path) -> None:
    """Drop the mp4 box that a full disk left unfinished, and its header (ISO 14496-12, 4.2)."""
    end = path.stat().st_size
    with path.open("r+b") as file:
        start = fragment = 0
        while len(header := file.read(8)) == 8 and header[4:] in _BOXES:
            fragment = start if header[4:] == b"moof" else fragment
            start += max(int.from_bytes(header[:4]), 8)
            if start > end:
                file.truncate(fragment)
                return
            file.seek(start)


def _fitted(frame: Frame, stream: av.VideoStream) -> av.VideoFrame:
    """The frame's picture in the video's size: odd borders repeated, other sizes letterboxed."""
    picture = frame.picture
    if (picture.width, picture.height) != (stream.width, stream.height):
        return _letterboxed(picture, stream.width, stream.height)
    if frame.width % 2 or frame.height % 2:
        lines = view(picture, 0)
        lines[:, picture.width - 1] = lines[:, frame.width - 1]
        lines[picture.height - 1] = lines[frame.height - 1]
    return picture


def _letterboxed(picture: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    scale = min(width / picture.width, height / picture.height)
    inner = picture.reformat(
        width=max(int(picture.width * scale) // 2 * 2, 2),
        height=max(int(picture.height * scale) // 2 * 2, 2),
        format="yuv420p",
    )
    outer = av.VideoFrame(width, height, "yuv420p")
    corner = (height - inner.height) // 4 * 2, (width - inner.width) // 4 * 2
    for i, source in enumerate(inner.planes):
        step = 1 if i == 0 else 2
        top, left = corner[0] // step, corner[1] // step
        canvas = view(outer, i)
        canvas[:] = 16 if i == 0 else 128
        pixels = view(inner, i)[: source.height, : source.width]
        canvas[top : top + source.height, left : left + source.width] = pixels
    outer.pts, outer.time_base = picture.pts, picture.time_base
    return outer
