"""Train a network on labelled faces: the loop, and a record of what was done."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.augment.faces import Faces, chosen
from fer_video.exporters.data.atomic import make_folder, replacing, write_json
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.opencv import one_thread
from fer_video.exporters.training.architectures import HEAD, build_network
from fer_video.exporters.training.averaging import EVERY, Average
from fer_video.exporters.training.batches import batches_of
from fer_video.exporters.training.calibration import LabelledLogits, calibration
from fer_video.exporters.training.checkpoint import load_checkpoint, save_checkpoint
from fer_video.exporters.training.normalisation import keep_normalisation, renew_normalisation
from fer_video.exporters.training.optimization import loss_of, optimizer_of
from fer_video.exporters.training.progress import Epoch, Progress
from fer_video.exporters.training.recipe import Recipe
from fer_video.exporters.training.record import RECORD_NAME
from fer_video.exporters.training.scores import logits_of, scores_of_views
from fer_video.exporters.training.start import labels_of, take_weights
from fer_video.exporters.training.teachers.teaching import Teacher, with_teachers
from fer_video.exporters.training.weights import read_weights

_MEASURED = 512
"""Crops by which batch normalisation's statistics are renewed."""
_AT_ONCE = 16
"""Of those, how many at a time: every layer's maps of them are in memory."""
BEST_NAME = "best.keras"
CHECKPOINT_NAME = "checkpoint.npz"


class Trainer:
    """One training run of one network."""

    def __init__(
        self,
        network: str,
        recipe: Recipe,
        train: Sequence[Faces],
        valid: Sequence[Faces],
        output: Path,
        *,
        labels: Sequence[str] = EXPRESSIONS,
        backbone_weights: Path | str | None = None,
        folded: bool = False,
        teachers: Sequence[Teacher] = (),
        record: Mapping[str, Any] | None = None,
    ) -> None:
        """Build the network with fresh weights.

        Args:
            network: one of `cards.NETWORKS`.
            recipe: how to train.
            train: what to learn from, one entry a data set.
            valid: what to choose the best epoch by; the data sets weigh the same.
            output: folder for `best.keras`, `checkpoint.npz` and `run.json`.
            labels: what the faces are told apart by, in order.
            backbone_weights: see `mobilenet_v2`.
            folded: the weights that training starts from have batch normalisation folded, see
                `fill_from_onnx`: it is kept as it is, or renewed if the recipe says so.
            teachers: what reads the crops of a recipe that is `live`; faces without a label have
                targets of NaN then.
            record: what `run.json` says beside recipe and history: data, counts, versions.

        Raises:
            OptionsError: a data set has nothing to train or to validate on.
            ModelError: the backbone's weights are not there.
        """
        if not train or not valid:
            raise OptionsError("no image to train or to validate on; give --data")
        seen = [(faces, len(faces.images) > 0) for faces in train]
        seen += [(faces, bool(faces.known.any())) for faces in valid]
        for faces, some in seen:
            if not some:
                raise OptionsError(
                    f"{faces.name}: no image to train or to validate on is left; leave out its "
                    "--data, or give one with both"
                )
        keras.utils.set_random_seed(recipe.seed)
        self.recipe = recipe
        self.history: list[Epoch] = []
        self._network, self._valid, self._output = network, valid, output
        self._record, self._labels = dict(record or {}), tuple(labels)
        count = len(self._labels)
        self._model = build_network(
            network, recipe.dtype, backbone_weights, recipe.side, recipe.frozen, count
        )
        if recipe.dropout is not None:
            self._model.get_layer("dropout").rate = recipe.dropout
        self._measured = build_network(network, side=recipe.side, labels=count)
        self._teachers = tuple(teachers)
        if folded and not recipe.renewed:
            keep_normalisation(self._model)
        self._batches = batches_of(train, recipe)
        self._taught = _from_bytes(self._model)
        self._taught.compile(optimizer_of(recipe, len(self._batches)), loss_of(recipe, network))
        self._taught.optimizer.build(self._taught.trainable_variables)  # else it is traced twice
        self._average = Average(self._model.get_weights(), self.recipe.averaging)
        if backbone_weights is not None:
            self._begin()

    def start_from(self, weights: Path) -> None:
        """Begin with what another training learnt; see `take_weights`.

        With weights of other labels there is no mean in the end: a part of the last layer is new,
        and has nothing to keep.

        Args:
            weights: a .keras file, or a float .onnx file.

        Raises:
            ModelError: no such file, or one of another network.
        """
        if labels_of(weights) != self._labels:
            self.recipe = replace(self.recipe, blended=1.0)
        take_weights(self._model, self._labels, self._network, weights)
        self._begin()

    def _begin(self) -> None:
        """Take the weights as they are now for those that training begins with.

        To renew what was not folded does nothing to what a network says.
        """
        if self.recipe.renewed:
            first = islice(self._batches.epoch(0), -(-_MEASURED // self.recipe.batch_size))
            crops = np.concatenate([crops for crops, _ in first])[:_MEASURED]
            renew_normalisation(self._model, np.array_split(crops, -(-len(crops) // _AT_ONCE)))
        self._average = Average(self._model.get_weights(), self.recipe.averaging)

    def resume(self) -> None:
        """Go on from the checkpoint in the output folder.

        Raises:
            ModelError: there is none, or it is another network's.
        """
        weights, self.history = load_checkpoint(self._output / CHECKPOINT_NAME, self._taught)
        self._average.weights = weights

    @one_thread()  # the batches' threads and the network need the cores
    def run(self, observe: Callable[[Progress], None]) -> list[Epoch]:
        """Train to the last epoch, or until the score stops rising; then calibrate.

        Args:
            observe: called after every step.

        Returns:
            What each epoch measured; `best.keras` holds the weights of the best score.
        """
        make_folder(self._output)
        while len(self.history) < self.recipe.epochs and not self._stalled():
            started = time.monotonic()
            loss = self._train_epoch(len(self.history), observe)
            self._measured.set_weights(self._average.blended(self.recipe.blended))
            self._end_epoch(loss, started)
        self._calibrate()
        return self.history

    def _train_epoch(self, number: int, observe: Callable[[Progress], None]) -> float:
        """One pass over the training batches; their mean loss."""
        epochs, steps = self.recipe.epochs, len(self._batches)
        losses, started = [], time.monotonic()
        for step, (faces, labelled) in enumerate(self._batches.epoch(number), start=1):
            targets = self._targets(faces, labelled)
            self._taught.reset_metrics()
            losses.append(float(self._taught.train_on_batch(faces, targets)))
            if step % EVERY == 0 or step == steps:
                self._average.update(
                    self._model.get_weights(),
                    steps=int(self._taught.optimizer.iterations),
                    since=(step - 1) % EVERY + 1,
                )
            pace = (time.monotonic() - started) / step
            left = pace * (steps * (epochs - number) - step)
            observe(Progress(number + 1, epochs, step, steps, float(np.mean(losses)), left))
        return float(np.mean(losses))

    def _targets(self, crops: Image, labelled: NDArray[np.float32]) -> NDArray[np.float32]:
        """What to learn of a batch: the labels, and what teachers say of the very crops."""
        if not self._teachers:
            return labelled
        return with_teachers(crops, labelled, self._teachers, self.recipe.distillation)

    def _end_epoch(self, loss: float, started: float) -> None:
        """Measure the averaged weights, keep them if they are the best, and save everything."""
        accuracies = {faces.name: self._accuracy(faces) for faces in self._valid}
        score = float(np.mean(list(accuracies.values())))
        better = score > max((epoch["score"] for epoch in self.history), default=-math.inf)
        seconds = round(time.monotonic() - started, 1)
        figures = {"epoch": len(self.history) + 1, "loss": loss, "score": score}
        self.history.append(figures | {"accuracy": accuracies, "seconds": seconds})
        if better:
            self._keep()
        save_checkpoint(
            self._output / CHECKPOINT_NAME, self._taught, self._average.weights, self.history
        )
        self._write_record()

    def _keep(self) -> None:
        """Make the measured weights the best ones."""
        with replacing(self._output / BEST_NAME) as partial:
            self._measured.save(partial)

    def _write_record(self) -> None:
        figures = {"network": self._network, "labels": self._labels, "history": self.history}
        write_json(
            self._output / RECORD_NAME, self._record | figures | {"recipe": asdict(self.recipe)}
        )

    def _accuracy(self, faces: Faces) -> float:
        """Share of faces read right, over both views."""
        faces = chosen(faces, faces.known)
        scores = scores_of_views(self._measured, faces, self.recipe)
        return float(np.mean([s.argmax(axis=1) == faces.labels for s in scores]))

    def _stalled(self) -> bool:
        scores = [epoch["score"] for epoch in self.history]
        since_best = len(scores) - 1 - int(np.argmax(scores)) if scores else 0
        return since_best >= self.recipe.patience

    def _calibrate(self) -> None:
        """Fit temperature, the least confidence, and bias if the recipe says so, on the validation
        faces; those that show none of the labels count for the least confidence alone."""
        read_weights(self._measured, self._output / BEST_NAME)
        known = [view for f in self._valid for view in self._logits(chosen(f, f.known))]
        others = [view for f in self._valid for view in self._logits(chosen(f, ~f.known))]
        bias, fitted = calibration(known, others, adjust=self.recipe.adjust_logits)
        if self.recipe.adjust_logits:
            head = self._measured.get_layer(HEAD)
            kernel, before = head.get_weights()
            head.set_weights([kernel, before + bias])
            self._keep()
        self._record |= fitted
        self._write_record()

    def _logits(self, faces: Faces) -> list[LabelledLogits]:
        """What the softmax takes of each view of the faces."""
        said = scores_of_views(self._measured, faces, self.recipe)
        return [(logits_of(self._measured, scores), faces.labels) for scores in said]


def _from_bytes(model: keras.Model) -> keras.Model:
    """The same network on (n, side, side, 3) uint8: four times less to bring to a GPU."""
    crops = keras.Input(model.input_shape[1:], dtype="uint8", name="crops")
    levels = keras.layers.Rescaling(1 / 127.5, -1.0, dtype="float32", name="levels")(crops)
    return keras.Model(crops, model(levels), name=model.name)
