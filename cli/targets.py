"""Where the results of a run go: files, folders, a window."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fer_video.engine import Pipeline
    from fer_video.engine.frames import SourceInfo
    from fer_video.engine.output.sinks import Sinks
    from fer_video.engine.output.video import VideoWriter
    from fer_video.engine.output.window.window import Window
    from fer_video.engine.smooth.baseline import NeutralBaseline


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """How videos are encoded, see `VideoWriter`."""

    preset: str
    crf: int | None = None
    bitrate: int | None = None
    copy_sound: bool = False


@dataclass(frozen=True, slots=True)
class Targets:
    """As the flags name them."""

    output: Path | None
    """A video, or for several sources a folder of videos."""
    json: Path | None
    csv: Path | None
    display: bool
    video: VideoSettings
    excel: bool = False
    """Whether the CSV is one for spreadsheets with decimal commas."""

    def __str__(self) -> str:
        """For people: what was written."""
        files = (path for path in (self.output, self.json, self.csv) if path is not None)
        return ", ".join("stdout" if str(path) == "-" else str(path) for path in files)

    def open(
        self, sinks: "Sinks", pipeline: "Pipeline", baseline: "NeutralBaseline", threads: int
    ) -> "Callable[[], None]":
        """Open a sink for each; `threads` are a video's encoder's, see `VideoWriter`.

        Returns:
            What to do when all frames have come, before the sinks are closed: a window with nothing
            but files in it stays until somebody closes it.

        Raises:
            OutputError: a target cannot be written, or would replace an input or another target.
        """
        from fer_video.engine.output.targets import check_targets  # noqa: PLC0415

        infos = pipeline.infos
        several = pipeline.several
        videos = [] if self.output is None else video_files(self.output, infos, several=several)
        records = [path for path in (self.json, self.csv) if path is not None]
        check_targets([file for info in infos for file in info.files], [*videos, *records])
        if videos:
            self._open_videos(sinks, pipeline, videos, threads)
        if records:
            self._open_records(sinks)
        if not self.display:
            return lambda: None
        alone = not (videos or records)
        window = _open_window(sinks, pipeline, baseline, alone=alone)
        stays = alone and not any(info.live for info in infos)
        return window.stay if stays else lambda: None

    def _open_videos(
        self, sinks: "Sinks", pipeline: "Pipeline", files: list[Path], threads: int
    ) -> None:
        """Those of files whose turn has not come, of which little is known yet, later."""
        from fer_video.engine.output.sinks import BySource  # noqa: PLC0415
        from fer_video.engine.run.scheduler import AT_ONCE  # noqa: PLC0415

        videos = BySource()
        sinks.add(videos)
        pipeline.over = videos.finish
        for number, (info, file) in enumerate(zip(pipeline.infos, files, strict=True)):
            if number < AT_ONCE:
                videos.add(info.name, self._video(file, info, threads))
            else:
                opens = partial(self._next_video, file, pipeline, number, threads)
                videos.add_later(info.name, opens)

    def _next_video(
        self, file: Path, pipeline: "Pipeline", number: int, threads: int
    ) -> "VideoWriter":
        return self._video(file, pipeline.infos[number], threads)

    def _video(self, file: Path, info: "SourceInfo", threads: int) -> "VideoWriter":
        from fer_video.engine.output.video import VideoWriter  # noqa: PLC0415

        return VideoWriter(file, info, threads=threads, **asdict(self.video))

    def _open_records(self, sinks: "Sinks") -> None:
        from fer_video.engine.output.records import Csv, JsonLines  # noqa: PLC0415

        if self.json is not None:
            sinks.add(JsonLines(self.json))
        if self.csv is not None:
            sinks.add(Csv(self.csv, excel=self.excel))


def video_files(
    output: Path, infos: "Sequence[SourceInfo]", *, several: bool = False
) -> list[Path]:
    """Where each source's video goes: the file, or for several sources files in a folder.

    Args:
        output: as given.
        infos: of the sources.
        several: more were asked for than could be opened.

    Raises:
        OutputError: the folder cannot be made, or its name is that of a video file.
    """
    from fer_video.engine.errors import OutputError  # noqa: PLC0415
    from fer_video.engine.output.targets import file_names  # noqa: PLC0415

    if len(infos) == 1 and not several:
        return [output]
    if output.suffix:
        names = ", ".join(info.name for info in infos[:3]) + (", ..." if len(infos) > 3 else "")
        raise OutputError(
            f"{output}: {len(infos)} sources ({names}) give as many videos; name a folder, such as "
            f"{output.with_suffix('')}"
        )
    try:
        output.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output}: cannot be made ({error.strerror})") from error
    return [output / f"{name}.mp4" for name in file_names([info.name for info in infos])]


def _open_window(
    sinks: "Sinks", pipeline: "Pipeline", baseline: "NeutralBaseline", *, alone: bool
) -> "Window":
    """A window; what is written as well is not kept waiting for the time of each frame."""
    from fer_video.engine.output.controls import Controls  # noqa: PLC0415
    from fer_video.engine.output.window.window import Window  # noqa: PLC0415

    def meanwhile() -> None:
        if pipeline.idle is not None:
            pipeline.idle()

    controls = Controls(pipeline.infos, baseline.calibrate)
    window = Window(pipeline.infos, controls, meanwhile, timed=alone)
    sinks.add(window)
    pipeline.idle = window.idle
    return window
