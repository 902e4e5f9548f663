"""Where the results of a run go: files, folders, a window."""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fer_video.cli.options.results import (
    Bitrate,
    Clock,
    CopySound,
    Crf,
    CsvExcel,
    CsvFile,
    Display,
    JsonFile,
    NoAbout,
    Output,
    Preset,
    Report,
)
from fer_video.cli.running.output_files import output_files
from fer_video.cli.running.viewing import Viewing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fer_video.cli.running.seeking import Film
    from fer_video.engine import Pipeline
    from fer_video.engine.frames.info import SourceInfo
    from fer_video.engine.output.film.video import VideoWriter
    from fer_video.engine.output.sinks import Sinks
    from fer_video.engine.smooth.baseline import NeutralBaseline


@dataclass(frozen=True)
class Targets:
    """As the flags name them."""

    output: Output = None
    json: JsonFile = None
    csv: CsvFile = None
    report: Report = None
    csv_excel: CsvExcel = False
    no_about: NoAbout = False
    display: Display = None
    clock: Clock = False
    preset: Preset = "veryfast"
    crf: Crf = None
    bitrate: Bitrate = None
    copy_sound: CopySound = False

    @property
    def is_shown(self) -> bool:
        """Whether there is a window: where nothing is written, unless it is declined."""
        if self.display is not None:
            return self.display
        return not (self.output or self.json or self.csv or self.report)

    @property
    def is_seen(self) -> bool:
        """Whether pictures go anywhere."""
        return self.output is not None or self.is_shown

    def __str__(self) -> str:
        """For people: what was written."""
        paths = (self.output, self.json, self.csv, self.report)
        files = (path for path in paths if path is not None)
        return ", ".join("stdout" if str(path) == "-" else str(path) for path in files)

    @property
    def reported(self) -> Path | None:
        """Records that the report is made of."""
        return None if self.report is None else self.report / "records.jsonl"

    def check_names(self) -> None:
        """Before anything is loaded.

        Raises:
            OptionsError: a name is that of another format.
            OutputError: a report is to go to stdout.
        """
        from fer_video.engine.errors import OutputError  # noqa: PLC0415
        from fer_video.engine.output.files.extensions import refuse_other  # noqa: PLC0415

        if self.json is not None:
            refuse_other(self.json, "jsonl")
        if self.csv is not None:
            refuse_other(self.csv, "csv")
        if self.output is not None:
            refuse_other(self.output, "video", "still")
        if str(self.report) == "-":
            raise OutputError("stdout: takes no report, which is many files; name a folder")

    def open(
        self,
        sinks: "Sinks",
        pipeline: "Pipeline",
        baseline: "NeutralBaseline",
        *,
        threads: int,
        film: "Film | None",
    ) -> "Viewing | None":
        """Open a sink for each.

        Args:
            sinks: that they are added to.
            pipeline: whose frames they take.
            baseline: that a window calibrates.
            threads: of a video's encoder, see `VideoWriter`.
            film: that can be opened anew at another moment, see `Viewing`.

        Returns:
            The window, if there is one.

        Raises:
            OutputError: a target cannot be written, or would replace an input or another target.
        """
        from fer_video.engine.output.files.targets import check_targets  # noqa: PLC0415

        infos = pipeline.infos
        outputs: list[Path | list[Path]] = []
        if self.output is not None:
            outputs = output_files(self.output, infos, several=pipeline.several)
        videos = [file for file in outputs if isinstance(file, Path)]
        records = [path for path in (self.json, self.reported, self.csv) if path is not None]
        if self.report is not None:
            _prepare_report(self.report, infos)
        check_targets(
            [file for info in infos for file in info.files],
            [*videos, *records, *self._abouts(records)],
        )
        if outputs:
            self._open_outputs(sinks, pipeline, outputs, threads)
        if records:
            self._open_records(sinks, pipeline)
        if not self.is_shown:
            return None
        alone = not (outputs or records)
        return Viewing(sinks, pipeline, baseline, alone=alone, film=film)

    def _open_outputs(
        self,
        sinks: "Sinks",
        pipeline: "Pipeline",
        outputs: "Sequence[Path | list[Path]]",
        threads: int,
    ) -> None:
        """Those of files whose turn has not come, of which little is known yet, later."""
        from fer_video.engine.output.sinks import BySource  # noqa: PLC0415
        from fer_video.engine.output.stills import Stills  # noqa: PLC0415
        from fer_video.engine.run.scheduler import AT_ONCE  # noqa: PLC0415

        by_source = BySource()
        sinks.add(by_source)
        pipeline.over = by_source.finish
        for number, (info, to) in enumerate(zip(pipeline.infos, outputs, strict=True)):
            if not isinstance(to, Path):
                by_source.add(info.name, Stills(to, info))
            elif number < AT_ONCE:
                by_source.add(info.name, self._video(to, info, threads))
            else:
                opens = partial(self._next_video, to, pipeline, number, threads)
                by_source.add_later(info.name, opens)

    def _next_video(
        self, file: Path, pipeline: "Pipeline", number: int, threads: int
    ) -> "VideoWriter":
        return self._video(file, pipeline.infos[number], threads)

    def _video(self, file: Path, info: "SourceInfo", threads: int) -> "VideoWriter":
        from fer_video.engine.output.film.video import VideoWriter  # noqa: PLC0415

        return VideoWriter(
            file,
            info,
            self.preset,
            threads=threads,
            crf=self.crf,
            bitrate=self.bitrate,
            copy_sound=self.copy_sound,
        )

    def _open_records(self, sinks: "Sinks", pipeline: "Pipeline") -> None:
        """What tells of them is closed behind them, when it is known what became of them."""
        from fer_video.engine.output.about import About  # noqa: PLC0415
        from fer_video.engine.output.records import JsonLines  # noqa: PLC0415
        from fer_video.engine.output.table import Csv  # noqa: PLC0415

        records: list[JsonLines | Csv] = []
        for path in filter(None, (self.json, self.reported)):
            records.append(JsonLines(path))
            sinks.add(records[-1])
        if self.csv is not None:
            records.append(Csv(self.csv, excel=self.csv_excel))
            sinks.add(records[-1])
        if not self.no_about:
            sinks.add(About(pipeline, [one.lines for one in records], command=sys.argv[1:]))

    def _abouts(self, records: "Sequence[Path]") -> list[Path]:
        """Files that tell of records."""
        from fer_video.engine.output.about import about_file  # noqa: PLC0415

        files = [path for path in records if str(path) != "-"]
        return [] if self.no_about else [*dict.fromkeys(map(about_file, files))]


def _prepare_report(folder: Path, infos: "Sequence[SourceInfo]") -> None:
    """Make the folder, unless there could be no report.

    Raises:
        OptionsError: a source is a set of photographs.
        OutputError: the folder cannot be made.
    """
    from fer_video.engine.capture.kinds import is_film  # noqa: PLC0415
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.data.atomic import make_folder  # noqa: PLC0415

    for info in infos:
        if info.files and not is_film(info.files[0]):
            raise OptionsError(
                f"{info.name}: photographs have no time, which a report is made of; write --json "
                "or --csv instead of --report"
            )
    make_folder(folder)
