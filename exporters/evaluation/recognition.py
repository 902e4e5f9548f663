"""What a finished network says of labelled faces: of crops, or through the whole engine."""

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from fer_video.engine.assembly.pipelines import open_pipeline
from fer_video.engine.errors import DataError, SourceError
from fer_video.engine.faces.expressions import Scores
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.options.engine import EngineOptions
from fer_video.exporters.data.archive import read_bytes
from fer_video.exporters.data.datasets import BROKEN, Dataset, Image, Sample
from fer_video.exporters.data.images import batched, read_image, resize

_BATCH = 128
log = logging.getLogger(__name__)


def classify_crops(classifier: Classifier, images: Iterable[Image]) -> list[Scores]:
    """Feed each image as if it were the engine's crop.

    Args:
        classifier: of the engine.
        images: each (H, W, 3) uint8, RGB, of one face.
    """
    crops = (resize(image, classifier.card.input_height) for image in images)
    batches = (to_input(np.stack(batch), classifier.card) for batch in batched(crops, _BATCH))
    return [scores for batch in batches for scores in classifier(batch)]


def classify_pictures(options: EngineOptions, samples: Sequence[Sample]) -> list[Scores | None]:
    """Feed each picture to the engine: detector, crop and network.

    Args:
        options: of the engine.
        samples: that can be read; a whole file goes in as it is, so that what is found in it is
            what is found everywhere.

    Returns:
        The scores of each picture's largest face; None where none was found.
    """
    found: list[Scores | None] = [None] * len(samples)
    with tempfile.TemporaryDirectory() as folder:
        files = [_file(sample, Path(folder) / str(i)) for i, sample in enumerate(samples)]
        try:
            with open_pipeline(files, options) as pipeline:
                for result in pipeline:
                    found[result.frame.index] = _largest(result)
        except SourceError as error:
            log.warning("%s; they count as pictures without a face", error)
    return found


def classify_clips(options: EngineOptions, clips: Dataset) -> tuple[Dataset, list[Scores | None]]:
    """Feed each clip to the engine; those that cannot be read to their end are dropped by name.

    Args:
        options: of the engine.
        clips: as `find_labelled_clips` gives them.

    Returns:
        The data set of the clips that could be read, and one verdict for each, as
        `classify_clip` gives it.
    """
    verdicts: list[Scores | None] = []
    broken: list[Sample] = []
    for sample in clips.samples:
        try:
            with _on_disk(sample) as file:
                verdicts.append(classify_clip(options, file))
        except (SourceError, DataError) as error:
            log.warning("%s: is left out: %s", sample.name, error)
            broken.append(sample)
    return clips.without(broken, BROKEN), verdicts


@contextmanager
def _on_disk(sample: Sample) -> Iterator[Path]:
    """A clip as a file, which is a temporary one if it is a member of an archive.

    Raises:
        DataError: the archive is damaged or encrypted.
    """
    file = cast("Traversable", sample.image)
    if isinstance(file, Path):
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, Path(file.name).name)
        path.write_bytes(read_bytes(file, sample.name))
        yield path


def classify_clip(options: EngineOptions, clip: Path) -> Scores | None:
    """One verdict on a clip of one face.

    Args:
        options: of the engine.
        clip: a video file.

    Returns:
        The mean scores of the largest face over the frames in which a face was found; None where
        none was.

    Raises:
        SourceError: the clip cannot be read to its end.
    """
    with open_pipeline(clip, options) as pipeline:
        found = [scores for result in pipeline if (scores := _largest(result)) is not None]
    return np.mean(found, axis=0) if found else None


def _largest(result: RecognizedFrame) -> Scores | None:
    """The scores of a frame's largest face."""
    reading = max(result.readings, key=lambda reading: reading.face.box.area, default=None)
    return None if reading is None else reading.raw_scores


def _file(sample: Sample, place: Path) -> Path:
    """The sample's own file, or at `place` what is in an archive, in a table or in a box."""
    image = sample.image
    if isinstance(image, np.ndarray) or sample.box is not None:
        path = place.with_suffix(".png")
        _, data = cv2.imencode(".png", cv2.cvtColor(read_image(sample), cv2.COLOR_RGB2BGR))
        path.write_bytes(data.tobytes())  # `imwrite` says nothing of a full disk
        return path
    if isinstance(image, Path):
        return image
    path = place.with_suffix(Path(image.name).suffix)
    path.write_bytes(image.read_bytes())
    return path
