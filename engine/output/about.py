"""About: what a run tells of itself beside its records, in `in.about.json` for `in.jsonl`."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from shlex import join
from time import monotonic
from typing import Any

import av
import onnxruntime as ort

from fer_video.engine.address import without_secrets
from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.machine import cores
from fer_video.engine.network.fingerprint import Fingerprint
from fer_video.engine.output.files.partial import Partial
from fer_video.engine.output.files.text_file import TextFile
from fer_video.engine.run.pipeline import Pipeline

FORMAT = 1
"""Number of the file's format, which rises when a field changes its meaning."""
_AT_THE_END = 2**28
"""Most bytes of a source that are still counted for its SHA-256 when it was not read to its end."""
_MOST_OF_IT = 0.9
"""Share of the frames that are declared from which a source was read to its end."""


def about_file(records: Path) -> Path:
    """Where a run tells of itself: `in.about.json` beside `in.jsonl`."""
    return records.with_name(f"{records.stem}.about.json")


class About(ClosingSink):
    """A sink that tells of a run beside its records; close it behind them.

    What it tells is moved into place when they are, so that it is never of other records; until
    then it lies beside them as unfinished as they do, and says that they are incomplete.
    """

    def __init__(
        self, pipeline: Pipeline, records: Sequence[TextFile], *, command: Sequence[str] = ()
    ) -> None:
        """Create the files beside the records; a pipe or stdout has nothing beside it.

        Args:
            pipeline: that is run.
            records: files of records that are written.
            command: words of the command line behind the program's name, if there is one.

        Raises:
            OutputError: a file cannot be made.
        """
        self._pipeline = pipeline
        self._records = [file for file in records if file.path is not None]
        self._started, self._began = datetime.now().astimezone(), monotonic()
        self._sources = {info.name: _Source(info, pipeline) for info in pipeline.infos}
        self._command = {"version": version("fer-video")}
        if command:
            self._command["command"] = join(["fer-video", *map(without_secrets, command)])
        self._fixed = _told_before(pipeline) if self._records else {}
        places = dict.fromkeys(about_file(file.path) for file in self._records if file.path)
        self._partials: list[Partial] = []
        try:
            for place in places:
                self._partials.append(Partial(place, warn=False))  # the records have
                self._write(self._partials[-1], {})
        except BaseException:
            self._discard()
            raise

    def write(self, recognized: RecognizedFrame) -> None:
        """Count a frame, and a piece of its source's SHA-256.

        Raises:
            OutputError: it is of another pipeline.
        """
        name = recognized.frame.source
        if name not in self._sources:
            raise OutputError(
                f"{name}: is no source of the pipeline that these records tell about; give `about` "
                "the pipeline whose results are written"
            )
        if self._partials:
            self._sources[name].count(recognized)

    def close(self) -> None:
        """Move the files into place where records are.

        Raises:
            OutputError: one cannot be finished.
        """
        partials, self._partials = self._partials, []
        for partial in partials:
            beside = [file for file in self._records if _is_beside(file, partial.target)]
            sizes = {file.path.name: file.written for file in beside if file.path and file.in_place}
            if sizes:
                self._write(partial, sizes)
                partial.commit()
            else:
                partial.discard()

    def _discard(self) -> None:
        for partial in self._partials:
            partial.discard()

    def _write(self, partial: Partial, sizes: dict[str, int]) -> None:
        text = json.dumps(self._told(sizes), indent=1)
        try:
            partial.path.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"{partial.target}: cannot be written ({error.strerror}); check the disk's space"
            ) from error

    def _told(self, sizes: dict[str, int]) -> dict[str, Any]:
        """All of it; while records are not in place, nothing of them is complete."""
        over, pipeline = bool(sizes), self._pipeline
        sources = [source.told(over=over) for source in self._sources.values()]
        return {
            "format": FORMAT,
            "complete": over and pipeline.complete,
            "losses": list(map(without_secrets, pipeline.losses)) if over else [],
            **self._command,
            "start": self._started.isoformat(timespec="milliseconds"),
            "seconds": round(monotonic() - self._began, 3),
            "frames": sum(source.frames for source in self._sources.values()),
            "faces": sum(source.faces for source in self._sources.values()),
            "dropped": pipeline.dropped,
            "records": sizes,
            "sources": sources,
            **self._fixed,
        }


class _Source:
    """What is counted of one source."""

    def __init__(self, info: SourceInfo, pipeline: Pipeline) -> None:
        self._info, self._pipeline = info, pipeline
        self.frames = self.faces = 0
        self._until: float | None = None
        file = info.files[0] if len(info.files) == 1 and info.files[0].is_file() else None
        self._hash = None if file is None else Fingerprint(file, info.frames)
        self._known = {"name": without_secrets(info.name)} | (
            {} if file is None else _told_file(file)
        )

    def count(self, recognized: RecognizedFrame) -> None:
        self.frames += 1
        self.faces += len(recognized.readings)
        self._until = round(recognized.frame.time, 6)
        if self._hash is not None:
            self._hash.advance()

    def told(self, *, over: bool) -> dict[str, Any]:
        name, expected = self._info.name, self._info.frames or 0
        lost = self._pipeline.lost(name)
        dropped = sum(self._pipeline.counters(name).dropped.values())
        whole = lost is None and self.frames + dropped > _MOST_OF_IT * expected
        told = self._known | {
            "complete": over and lost is None,
            "lost": None if lost is None else without_secrets(lost).removeprefix(f"{name}: "),
            "frames": self.frames,
            "frames_expected": self._info.frames,
            "until": self._until,
            "dropped": dropped,
        }
        if self._hash is not None and over:
            told["sha256"] = self._hash.finished(None if whole else _AT_THE_END)
        return told


def _is_beside(records: TextFile, about: Path) -> bool:
    return records.path is not None and about_file(records.path) == about


def _told_file(file: Path) -> dict[str, Any]:
    state = file.stat()
    changed = datetime.fromtimestamp(state.st_mtime, UTC).astimezone()
    modified = changed.isoformat(timespec="seconds")
    return {"file": str(file), "size": state.st_size, "modified": modified}


def _told_before(pipeline: Pipeline) -> dict[str, Any]:
    """Machine, options and networks, which are known before the first frame."""
    options = pipeline.options
    return {
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cores": cores(),
            "python": platform.python_version(),
            "onnxruntime": ort.__version__,
            "pyav": av.__version__,
        },
        "options": None if options is None else _plain(asdict(options)),
        "networks": [network.to_dict() for network in pipeline.networks],
    }


def _plain(value: Any) -> Any:
    """Settings as JSON has them, without what only their owner may know."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return without_secrets(str(value)) if isinstance(value, (str, Path)) else value
