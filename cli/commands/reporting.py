"""`--report DIR`: when a run is over, a report of what it wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_video.cli.commands.report import report
from fer_video.cli.options.offline import say


@contextmanager
def reporting(records: Path | None) -> Iterator[None]:
    """Make a report of what the block writes, beside it, however the block ends.

    Args:
        records: that the block writes; a file that it leaves as it was is not reported. None for
            no report.

    Raises:
        OptionsError: no report could be made; nothing has begun.
    """
    if records is None:
        yield
        return
    from fer_video.engine.errors import FerError  # noqa: PLC0415
    from fer_video.exporters.report.write import check_formats  # noqa: PLC0415

    check_formats(None)
    before = _state(records)
    try:
        yield
    except BaseException:
        try:
            _report(records, before)
        except FerError as error:  # that which ended the run comes first
            say(f"fer-video: {error}")
        raise
    _report(records, before)


def _report(records: Path, before: tuple[int, int] | None) -> None:
    if _state(records) != before:
        report([records], records.parent)


def _state(file: Path) -> tuple[int, int] | None:
    """What differs once a file is replaced; None where there is none."""
    if not file.is_file():
        return None
    state = file.stat()
    return state.st_ino, state.st_mtime_ns
