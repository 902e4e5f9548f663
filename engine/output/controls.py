"""Controls: what a person may do with a running view, whichever toolkit shows it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Event, RLock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.calibration import Calibration
from fer_video.engine.output.files.targets import file_names
from fer_video.engine.output.recording import Recording, fresh_name


class Controls:
    """Pause and go on, record, calibrate, save a picture; `notice` tells what came of it.

    What fails is told as well, and ends nothing else: neither the view nor another source's
    recording. One thread may write results while another presses the buttons.
    """

    def __init__(
        self,
        infos: Sequence[SourceInfo],
        calibrate: Callable[[float], None],
        folder: Path | None = None,
    ) -> None:
        """Begin without a recording, and not paused.

        Args:
            infos: of the sources that are shown.
            calibrate: takes the faces of this moment as resting, see `Calibration`.
            folder: for recordings and pictures; the current one by default.
        """
        self.notice = ""
        """What the person should read: the outcome of the last thing asked for."""
        self.going = Event()
        """Set unless paused, so that the thread which brings results can wait for it."""
        self.going.set()
        self._infos = {info.name: info for info in infos}
        self._calibration = Calibration(calibrate)
        self._folder = Path() if folder is None else folder
        self._recordings: dict[str, Recording] = {}
        """What is being recorded, by the names of the sources."""
        self._lock = RLock()
        """Held while recordings are begun, written or finished. A Ctrl-C may leave it taken by the
        main thread, which can then still take it again to `close`."""

    @property
    def recorded(self) -> tuple[str, ...]:
        """Names of the videos that are being recorded."""
        return tuple(recording.path.name for recording in self._recordings.copy().values())

    def write(self, recognized: RecognizedFrame) -> None:
        """Append a result to its source's recording, if there is one; the last use of the result.

        Its frame's time stamp is moved, see `Recording`.
        """
        if said := self._calibration.watch(recognized):
            self.notice = said
        with self._lock:
            recording = self._recordings.get(recognized.frame.source)
            if recording is None:
                return
            try:
                recording.write(recognized)
            except OutputError as error:
                del self._recordings[recognized.frame.source]
                self._tell([recording], [error, *_finish([recording])])

    def pause(self) -> None:
        """Hold on, or go on."""
        if self.going.is_set():
            self.going.clear()
        else:
            self.going.set()

    def calibrate(self) -> None:
        """Take the faces of this moment as resting; `notice` tells when they are known."""
        self.notice = self._calibration.begin()

    def undo_calibration(self) -> None:
        """Read the faces of this moment as they are again."""
        self.notice = self._calibration.undo()

    def record(self) -> None:
        """Begin to record every source, or finish what is being recorded."""
        with self._lock:
            if self._recordings:
                recordings = self._take_recordings()
                self._tell(recordings, _finish(recordings))
            else:
                self._begin()

    def save(self, bgr: NDArray[np.uint8]) -> None:
        """Save a picture as PNG.

        Args:
            bgr: (H, W, 3) uint8, BGR.
        """
        try:
            path = fresh_name(self._folder, ".png")
        except OutputError as error:
            self.notice = str(error)
            return
        try:
            Image.fromarray(bgr[..., ::-1]).save(path, compress_level=1)
            self.notice = f"saved {path.name}"
        except OSError as error:
            path.unlink(missing_ok=True)
            self.notice = f"{path}: cannot be written ({error.strerror or error})"

    def close(self) -> None:
        """Finish what is being recorded, and keep no thread waiting; safe to call twice.

        Raises:
            OutputError: the end of a recording cannot be written.
        """
        self.going.set()
        with self._lock:
            errors = _finish(self._take_recordings())
        if errors:
            raise errors[0]

    def _begin(self) -> None:
        self.notice = ""
        labels = file_names(list(self._infos)) if len(self._infos) > 1 else [""]
        try:
            for (name, info), label in zip(self._infos.items(), labels, strict=True):
                self._recordings[name] = Recording(self._folder, info, label)
        except OutputError as error:
            self._tell((), [error, *_finish(self._take_recordings())])

    def _take_recordings(self) -> list[Recording]:
        recordings, self._recordings = list(self._recordings.values()), {}
        return recordings

    def _tell(self, recordings: Sequence[Recording], errors: Sequence[OutputError]) -> None:
        """Say what of these is saved, and what went wrong, each cause once."""
        saved = [recording.path.name for recording in recordings if recording.path.exists()]
        lines = [*dict.fromkeys(str(error) for error in errors)]
        if saved:
            lines.append(f"saved {', '.join(saved)}")
        self.notice = "; ".join(lines) or "nothing recorded: no frame came"


def _finish(recordings: Iterable[Recording]) -> list[OutputError]:
    """Close each, whatever becomes of the others; what went wrong."""
    errors = []
    for recording in recordings:
        try:
            recording.close()
        except OutputError as error:
            errors.append(error)
    return errors
