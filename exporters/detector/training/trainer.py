"""Train the face detector: batches made while the network computes, the loop, and a record."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.exporters.data.atomic import make_folder, replacing, write_json
from fer_video.exporters.data.opencv import one_thread
from fer_video.exporters.detector.canvas.canvas import MOST_FACES, TrainingPictures, compose, padded
from fer_video.exporters.detector.canvas.degradation import degrade, scribble
from fer_video.exporters.detector.canvas.geometry import ROW, ignore_unseen
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.evaluation.evaluation import load_detector
from fer_video.exporters.detector.network.architecture import MEAN, SCALE, face_detector
from fer_video.exporters.detector.network.start import restore_statistics, take_weights
from fer_video.exporters.detector.training.loss import DetectorLoss
from fer_video.exporters.detector.training.mining import hard_negatives
from fer_video.exporters.detector.training.recipe import DetectorRecipe, Phase
from fer_video.exporters.detector.training.schedule import Rate
from fer_video.exporters.training.checkpoint import load_checkpoint, save_checkpoint
from fer_video.exporters.training.record import read_record, tool_versions

BEST_NAME = "detector.keras"
CHECKPOINT_NAME = "checkpoint.npz"
RECORD_NAME = "run.json"

_AT_START = 4
"""Batches whose statistics the normalisation of weights begins with that come without."""


class CanvasBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches, made by a thread while the network computes.

    A batch follows from seed, epoch and step alone: a resumed training sees what an uninterrupted
    one would have seen.
    """

    def __init__(
        self,
        pictures: TrainingPictures,
        recipe: DetectorRecipe,
        phase: Phase,
        epoch: int,
        teacher: str,
    ) -> None:
        """Start at `epoch`, counted from 0 over all phases; `teacher` is a detector's .onnx."""
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=12)
        self._teacher = load_detector(teacher, phase.side, recipe.seen_score)
        self._pictures, self._recipe, self._phase, self._epoch = pictures, recipe, phase, epoch

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return self._recipe.steps

    def __getitem__(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Pictures (n, side, side, 1) as the network reads them, and faces (n, MOST_FACES, 15)."""
        count, side = self._phase.batch_size, self._phase.side
        rng = np.random.default_rng([self._recipe.seed, self._epoch, step])
        pictures = np.empty((count, side, side, 1), np.float32)
        faces = np.empty((count, MOST_FACES, ROW), np.float32)
        for index in range(count):
            pictures[index, ..., 0], faces[index] = self._example(rng)
        return (pictures - MEAN) * SCALE, faces

    def on_epoch_end(self) -> None:
        """Make other pictures in the next epoch."""
        self._epoch += 1

    def _example(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        side = self._phase.side
        if rng.random() < self._recipe.scribbles:
            canvas, rows = scribble(rng, side), np.zeros((0, ROW), np.float32)
        else:
            canvas, rows = compose(rng, self._pictures, side, self._phase.canvas)
        if rng.random() < self._phase.degraded:
            canvas = degrade(rng, canvas, rows[rows[:, 0] > 0, 1:5])
            # what is only small stays a face, although one look of the teacher misses it
            ignore_unseen(rows, self._teacher(canvas, full_range=True))
        return canvas, padded(canvas, rows)


@one_thread()  # the network needs the other cores
def train_detector(
    pictures: TrainingPictures,
    teacher: str,
    recipe: DetectorRecipe,
    output: Path,
    observe: Callable[[int, float, float], None],
    *,
    record: dict[str, Any] | None = None,
    start: Path | None = None,
    resume: bool = False,
) -> keras.Model:
    """Train to the last epoch.

    Args:
        pictures: labelled pictures, sorted by use.
        teacher: .onnx file of the detector that labelled them.
        recipe: how.
        output: folder for the averaged weights as `detector.keras`, the checkpoint and `run.json`,
            all three written after each epoch.
        observe: told epoch, loss and seconds after each.
        record: what `run.json` says besides: data, counts.
        start: weights to begin with, see `take_weights`; None for fresh ones.
        resume: go on from the checkpoint.

    Raises:
        ModelError: there is no checkpoint to resume from, or it or `start` is damaged or of another
            network, or the training was begun with another start or other data.
    """
    keras.utils.set_random_seed(recipe.seed)
    make_folder(output)
    network = face_detector()
    if start is not None and not resume:
        take_weights(network, start)
        first = CanvasBatches(pictures, recipe, recipe.phases[0], 0, teacher)
        restore_statistics(network, np.concatenate([first[step][0] for step in range(_AT_START)]))
    # a model of its own for training, so that `network` is saved without optimizer and loss
    trained = keras.Model(network.input, network.output)
    optimizer = _optimizer(recipe)
    run = _Run(network, trained, output, {"recipe": asdict(recipe)} | (record or {}), observe)
    trained.compile(optimizer)
    optimizer.build(trained.trainable_variables)  # within the first step, it would be traced twice
    if resume:
        check_resumable(output, record or {})
        run.restore()
    last = 0
    for number, phase in enumerate(recipe.phases):
        last += phase.epochs
        if start is not None or number:
            if run.epochs < last:
                run.mine(number, pictures.empty)
            copies = [pictures.empty[i] for i in run.mined.get(number, ())]
            empty = [*pictures.empty, *copies * recipe.hard_negative_copies]
            pictures = replace(pictures, empty=empty)
        if run.epochs >= last:
            continue
        trained.compile(optimizer, DetectorLoss(phase.side, phase.side, recipe.weights))
        canvases = CanvasBatches(pictures, recipe, phase, run.epochs, teacher)
        trained.fit(
            canvases,
            epochs=last,
            initial_epoch=run.epochs,
            verbose=0,
            callbacks=run.callbacks(),
        )
    return network


def check_resumable(output: Path, record: Mapping[str, Any]) -> None:
    """Refuse to go on with a training that was begun otherwise.

    Args:
        output: folder of the training.
        record: what run.json is to say; start, and so the recipe, and data are compared.

    Raises:
        ModelError: it was; without a record `train_detector` tells.
    """
    begun = _record_in(output)
    for name in ("start", "data"):
        if name in record and begun.get(name, record[name]) != record[name]:
            raise ModelError(
                f"{output}: its {name} is {begun[name]}, not {record[name]}; resume it with the "
                "options that it began with, or train with --overwrite"
            )


def _record_in(folder: Path) -> dict[str, Any]:
    """What run.json says; nothing before the first epoch has ended."""
    return read_record(folder) if (folder / RECORD_NAME).is_file() else {}


def add_to_record(folder: Path, values: dict[str, Any]) -> None:
    """Say more in a finished training's run.json."""
    write_json(folder / RECORD_NAME, read_record(folder) | values)


def _optimizer(recipe: DetectorRecipe) -> Any:
    return keras.optimizers.AdamW(
        Rate(recipe),
        weight_decay=recipe.weight_decay,
        clipnorm=recipe.clip_norm,
        use_ema=True,
        ema_momentum=recipe.averaging,
    )


class _Run:
    """What is written while training: before the averaged weights are swapped in, and after."""

    def __init__(
        self,
        network: keras.Model,
        trained: keras.Model,
        output: Path,
        record: dict[str, Any],
        observe: Callable[[int, float, float], None],
    ) -> None:
        self._network, self._trained = network, trained
        self._output, self._record, self._observe = output, record, observe
        self._history: list[dict[str, float]] = []
        self.mined: dict[int, list[int]] = {}
        """Places of the hard negatives of each phase among its pictures without a face."""
        self._started = 0.0

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return len(self._history)

    def restore(self) -> None:
        _, self._history = load_checkpoint(self._output / CHECKPOINT_NAME, self._trained)
        found = _record_in(self._output).get("hard negatives", {})
        self.mined = {int(number): places for number, places in found.items()}

    def mine(self, phase: int, empty: Sequence[LabelledPicture]) -> None:
        """Find what a phase dwells on, unless that was found before it was interrupted."""
        if phase not in self.mined:
            self.mined[phase] = hard_negatives(self._network, empty)

    def callbacks(self) -> list[Any]:
        """The checkpoint holds the weights as trained; what is saved, their average."""
        return [
            keras.callbacks.LambdaCallback(on_epoch_begin=self.begin, on_epoch_end=self.checkpoint),
            keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
            keras.callbacks.LambdaCallback(on_epoch_end=self.save),
        ]

    def begin(self, epoch: int, logs: Any = None) -> None:
        del epoch, logs
        self._started = time.monotonic()

    def checkpoint(self, epoch: int, logs: dict[str, float]) -> None:
        seconds = time.monotonic() - self._started
        self._history.append({"epoch": epoch + 1, "loss": logs["loss"], "seconds": seconds})
        save_checkpoint(self._output / CHECKPOINT_NAME, self._trained, [], self._history)
        self._observe(epoch + 1, logs["loss"], seconds)

    def save(self, epoch: int, logs: Any = None) -> None:
        del epoch, logs
        with replacing(self._output / BEST_NAME) as partial:
            self._network.save(partial)
        record = self._record | {"history": self._history, "tools": tool_versions()}
        if self.mined:
            record["hard negatives"] = self.mined
        write_json(self._output / RECORD_NAME, record)
