"""Stills: photographs with what is drawn on them, a file each."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.errors import OptionsError, OutputError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.files.extensions import PICTURES, refuse_other
from fer_video.engine.output.files.partial import Partial
from fer_video.engine.output.files.targets import check_targets

_QUALITY, _COMPRESSION = 95, 3
"""Of JPEG, at which nothing is seen of it; of PNG, twice as fast as usual and little larger."""
_LARGEST_JPEG = 65_500
"""Pixels a side that a JPEG holds."""


class Stills(ClosingSink):
    """A sink of photographs, upright, in files named like theirs.

    with open_pipeline("photos", EngineOptions(draw=True)) as pipeline:
        with Stills("drawn", pipeline.info) as stills:
            for result in pipeline:
                stills.write(result)
    """

    def __init__(self, target: str | Path | Sequence[Path], info: SourceInfo) -> None:
        """Choose the files' names; each is written beside its target and moved into place.

        Args:
            target: a folder, which is made; of one photograph also a name in .jpg or .png; or such
                a name for each. In a folder photographs keep their names, and the folders in which
                these differ; what is neither JPEG nor PNG becomes a JPEG. What is larger than a
                JPEG can be becomes a PNG.
            info: of the photographs.

        Raises:
            OptionsError: these are no photographs, or the extension is another.
            OutputError: the folder cannot be made, or a still would replace a photograph.
        """
        if not info.stills:
            raise OptionsError(f"{info.name}: is no photograph; write video with `VideoWriter`")
        if isinstance(target, str | Path):
            self._files = files_for(Path(target), info.files)
        else:
            self._files = [*target]
        check_targets(info.files, self._files)
        self._inputs = info.files
        self._closed = self._begun = False

    def write(self, recognized: RecognizedFrame) -> None:
        """Write one still.

        Raises:
            OutputError: it cannot be written, or the sink is closed; those before it stay.
        """
        file = self._file(recognized.frame)
        if self._closed:
            raise OutputError(f"{file}: is closed; write before that")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(file.parent, error) from error
        partial = Partial(file, warn=not self._begun)  # which looks at all that the folder has
        self._begun = True
        try:
            _save(recognized.frame, partial.path, file.suffix.lower())
        except BaseException as error:
            partial.discard()
            if isinstance(error, OSError):
                raise OutputError(
                    f"{file}: cannot be written ({error.strerror or error}); check the disk's "
                    "space and the permissions"
                ) from error
            raise
        partial.commit()

    def _file(self, frame: Frame) -> Path:
        file = self._files[frame.index]
        if max(frame.width, frame.height) <= _LARGEST_JPEG or file.suffix.lower() == ".png":
            return file
        *_, large = _different([*self._files, file.with_suffix(".png")])
        check_targets(self._inputs, [large])
        return large

    def close(self) -> None:
        """Take no more; every still is in its place already."""
        self._closed = True


def files_for(target: Path, photographs: Sequence[Path]) -> list[Path]:
    """Where the still of each photograph goes, all in different files.

    Args:
        target: as `Stills` takes it.
        photographs: that are read.

    Raises:
        OptionsError: the target's extension is none of a still.
        OutputError: one file cannot hold several, or the folder cannot be made.
    """
    if target.suffix and not target.is_dir():
        refuse_other(target, "still")
        if target.suffix.lower() not in PICTURES:
            raise OptionsError(
                f"{target}: stills are written as {' '.join(PICTURES)}; choose one of these "
                "extensions, or name a folder"
            )
        if len(photographs) > 1:
            raise OutputError(
                f"{target}: {len(photographs)} photographs give as many stills; name a folder, "
                f"such as {target.with_suffix('')}"
            )
        return [target for _ in photographs]
    try:
        target.mkdir(exist_ok=True)
    except OSError as error:
        raise _refused(target, error) from error
    return list(_different(target / _as_still(name) for name in _names(photographs)))


def _names(photographs: Sequence[Path]) -> list[Path]:
    """Their names, within the folder that holds them all."""
    whole = [path.absolute() for path in photographs]
    with suppress(ValueError):  # on several drives of Windows, or none at all
        top = os.path.commonpath([path.parent for path in whole])
        return [path.relative_to(top) for path in whole]
    return [Path(path.name) for path in whole]


def _as_still(name: Path) -> Path:
    return name if name.suffix.lower() in PICTURES else name.with_suffix(".jpg")


def _different(files: Iterable[Path]) -> Iterable[Path]:
    """The files, numbered where one is there already, also where `A.jpg` is `a.jpg`."""
    given: set[str] = set()
    for file in files:
        name, number = file, 1
        while str(name).casefold() in given:
            number += 1
            name = file.with_stem(f"{file.stem} ({number})")
        given.add(str(name).casefold())
        yield name


def _save(frame: Frame, path: Path, suffix: str) -> None:
    from PIL import Image  # noqa: PLC0415 - nothing of a run of video needs it

    rgb = frame.picture.to_ndarray(format="rgb24")[: frame.height, : frame.width]
    image = Image.fromarray(rgb)
    if suffix == ".png":
        image.save(path, "PNG", compress_level=_COMPRESSION)
    else:
        image.save(path, "JPEG", quality=_QUALITY)


def _refused(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{folder}: cannot be made ({error.strerror}); check the name and the permissions"
    )
