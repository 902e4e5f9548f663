"""Train the face detector: recipe, batches made while the network computes, the loop, a record."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.data.atomic import make_folder, replacing, write_json
from fer_video.exporters.data.opencv import one_thread
from fer_video.exporters.detector.architecture import MEAN, SCALE, face_detector
from fer_video.exporters.detector.canvas import (
    MOST_FACES,
    CanvasOptions,
    TrainingPictures,
    compose,
    padded,
)
from fer_video.exporters.detector.degradation import degrade, scribble
from fer_video.exporters.detector.evaluation import load_detector
from fer_video.exporters.detector.geometry import ROW, ignore_unseen
from fer_video.exporters.detector.loss import DetectorLoss, LossWeights
from fer_video.exporters.detector.mining import hard_negatives
from fer_video.exporters.training.checkpoint import load_checkpoint, save_checkpoint
from fer_video.exporters.training.record import read_record, tool_versions

BEST_NAME = "detector.keras"
CHECKPOINT_NAME = "checkpoint.npz"
RECORD_NAME = "run.json"


@dataclass(frozen=True, slots=True)
class Phase:
    """Some epochs on canvases of one size; each phase but the first dwells on hard negatives."""

    epochs: int
    """Epochs of this phase."""
    side: int
    """Height and width of a canvas, in pixels; the network takes any size afterwards."""
    batch_size: int
    """Canvases a training step."""
    degraded: float = 1.0
    """Share of the canvases on which light, lens, sensor and transmission are simulated."""
    canvas: CanvasOptions = field(default_factory=CanvasOptions)
    """How canvases are composed."""
    learning_rate: float | None = None
    """Learning rate at which a new cosine starts; None goes on with the one before."""


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """Every choice of a training."""

    phases: tuple[Phase, ...] = (
        Phase(50, 256, 16),
        Phase(26, 384, 7),
        Phase(10, 384, 7, 0.35),
        Phase(14, 384, 7, 0.6, CanvasOptions(empty=0.45, out_of_focus=0.3), 6e-4),
    )
    """Phases in order: small canvases first, since most is learnt on them and they are quick; then
    large ones, for faces that fill a frame; then what most pictures are: neither dark nor blurred;
    last, more of what is no face, much of it as blurred as a background."""
    steps: int = 250
    """Training steps an epoch."""
    hard_negative_copies: int = 2
    """How many copies of each hard negative are added to the pictures without a face."""
    learning_rate: float = 3e-3
    """Largest learning rate of AdamW."""
    warmup_steps: int = 500
    """Steps in which the rate rises to its largest."""
    last_rate: float = 0.005
    """Share of the learning rate that is left at the end of the cosine."""
    weight_decay: float = 1e-3
    """Decoupled weight decay of AdamW."""
    clip_norm: float = 10.0
    """Largest norm of each gradient."""
    averaging: float = 0.998
    """Decay per step of the exponential moving average (EMA) of the weights, which is kept."""
    scribbles: float = 0.04
    """Share of canvases with drawings and words in place of photographs."""
    weights: LossWeights = field(default_factory=LossWeights)
    """Factors of the parts of the loss."""
    seen_score: float = 0.15
    """The teacher's score under which a face on a finished canvas is ignored."""
    seed: int = 7
    """Seed of weights and canvases."""

    @property
    def epochs(self) -> int:
        """How many epochs all phases have together."""
        return sum(phase.epochs for phase in self.phases)


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
        resume: go on from the checkpoint.

    Raises:
        ModelError: there is no checkpoint to resume from, or it is damaged or of another network.
    """
    keras.utils.set_random_seed(recipe.seed)
    make_folder(output)
    network = face_detector()
    # a model of its own for training, so that `network` is saved without optimizer and loss
    trained = keras.Model(network.input, network.output)
    optimizer = _optimizer(recipe)
    run = _Run(network, trained, output, {"recipe": asdict(recipe)} | (record or {}), observe)
    trained.compile(optimizer)
    if resume:
        run.restore()
    last = 0
    for phase in recipe.phases:
        last += phase.epochs
        if run.epochs >= last:
            continue
        if last > phase.epochs:
            hard = hard_negatives(network, pictures.empty)
            copies = hard * recipe.hard_negative_copies
            pictures = replace(pictures, empty=[*pictures.empty, *copies])
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


@keras.saving.register_keras_serializable("fer_video")
class Rate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A warm-up, then a cosine to the end of the phases before one that starts once more, and so
    on (SGDR, Loshchilov and Hutter, 2017)."""

    def __init__(self, recipe: DetectorRecipe) -> None:
        """Lay the cosines of all phases one after another."""
        self._cosines = list(_cosines(recipe))

    def __call__(self, step: Any) -> Any:
        """The rate at a step, counted over all phases."""
        rate = self._cosines[0][1](step)
        for begin, cosine in self._cosines[1:]:
            later = keras.ops.cast(step - begin, "float32")
            rate = keras.ops.where(step < begin, rate, cosine(keras.ops.maximum(later, 0.0)))
        return rate


def _cosines(recipe: DetectorRecipe) -> Iterator[tuple[int, Any]]:
    """Cosine schedules, each with the step at which it begins."""
    begin, end, rate = 0, 0, recipe.learning_rate
    for phase in recipe.phases:
        if phase.learning_rate is not None:
            yield begin, _cosine(recipe, rate, end - begin)
            begin, rate = end, phase.learning_rate
        end += phase.epochs * recipe.steps
    yield begin, _cosine(recipe, rate, end - begin)


def _cosine(recipe: DetectorRecipe, rate: float, steps: int) -> Any:
    return keras.optimizers.schedules.CosineDecay(
        rate / 100,
        max(steps - recipe.warmup_steps, 1),
        alpha=recipe.last_rate,
        warmup_target=rate,
        warmup_steps=recipe.warmup_steps,
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
        self._started = 0.0

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return len(self._history)

    def restore(self) -> None:
        _, self._history = load_checkpoint(self._output / CHECKPOINT_NAME, self._trained)

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
        write_json(self._output / RECORD_NAME, record)
