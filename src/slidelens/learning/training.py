"""Training a network: patches in, the weights of the best validation epoch out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.confusion import count
from slidelens.errors import ParamsError, SceneError
from slidelens.learning.calibration import DEFAULT_THRESHOLD
from slidelens.learning.ensemble import members_of
from slidelens.learning.freezing import adam
from slidelens.learning.inference import Predictor
from slidelens.learning.losses import training_loss, tversky_ratio
from slidelens.learning.patches import Ground, batches, patch_centres, without_outlines
from slidelens.learning.progress import progress
from slidelens.learning.split import UNKNOWN, Bytes
from slidelens.params import Learning, Params, Schedule

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.float32]
Row = dict[str, float | int | None]

_SURROUNDINGS = 32  # pixels around a validation tile that its prediction may look at


@dataclass(frozen=True)
class Tiles:
    """Ground to judge by, as equal tiles. pixels: (n, length, length, bands); labels: (n, length, length), UNKNOWN where not scored.

    side: of a tile without its surroundings, pixels
    """

    pixels: Floats
    labels: Bytes
    side: int


@dataclass(frozen=True)
class Settings:
    """How to train. lr: of Adam at the start; epochs: at most so many; freeze, encoder_lr_share: see `freezing`; blend, blend_px: see `blend_for`."""

    lr: float
    batch_size: int
    epochs: int
    seed: int
    learning: Learning
    schedule: Schedule
    freeze: str = "none"
    encoder_lr_share: float = 1.0
    blend: float = 1.0
    blend_px: float = 0.0


def first_training(params: Params) -> Settings:
    """How the first network is trained, from random weights."""
    return Settings(params.lr, params.batch_size, params.epochs, params.seed, params.learning, params.pretrain)


def fine_tuning(params: Params) -> Settings:
    """How a date's network is trained, from weights."""
    tuning = params.finetune
    return Settings(
        params.lr * tuning.lr_share,
        params.batch_size,
        tuning.epochs,
        params.seed,
        params.learning,
        tuning,
        tuning.freeze,
        tuning.encoder_lr_share,
        tuning.blend,
        tuning.blend_px,
    )


@dataclass
class History:
    """One row an epoch, and which was best by validation loss, the lowest of all.

    Epochs are counted on through the members of an ensemble: the second one's follow the first one's last. Each member keeps its own best
    epoch; `best` is that of the member with the lowest loss.
    """

    rows: list[Row] = field(default_factory=list)
    best: int = 0
    lowest: float = np.inf


def quiet_tensorflow() -> None:
    """Import TensorFlow with its start-up messages kept off the terminal. Call before anything else imports it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _silent_stderr():
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")
    # It orders sums by chance: two trainings with one seed would differ in their last bits, and then more and more.
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Hide what compiled code writes to standard error before its own log level counts."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def precision_policy(wanted: str) -> str:
    """`mixed_bfloat16` where the processor or the GPU computes in bfloat16 and it is wanted, else `float32`."""
    return "mixed_bfloat16" if wanted == "auto" and _has_bfloat16() else "float32"


def _has_bfloat16() -> bool:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return capability >= (8, 0)
    processor = Path("/proc/cpuinfo")
    return processor.exists() and "avx512_bf16" in processor.read_text(encoding="utf-8")


def strategy() -> Any:
    """All GPUs in step where there are several; else the one GPU, or the processor."""
    import tensorflow as tf

    several = len(tf.config.list_physical_devices("GPU")) > 1
    return tf.distribute.MirroredStrategy() if several else tf.distribute.get_strategy()


def validation_tiles(ground: Ground, side: int) -> Tiles:
    """The known pixels of a ground as tiles with surroundings.

    side: of a tile without them, pixels; that of the split's blocks, so that each block is one tile
    """
    around = 0 if ground.tile_px else _SURROUNDINGS
    length = -(-(side + 2 * around) // 16) * 16
    rows, columns = (range(0, extent, side) for extent in ground.labels.shape)
    grow = [(around, side + length), (around, side + length)]
    pixels = np.pad(ground.pixels, [*grow, (0, 0)])
    labels = np.pad(ground.labels, grow, constant_values=UNKNOWN)
    core = np.zeros((length, length), bool)
    core[around : around + side, around : around + side] = True
    places = [(slice(row, row + length), slice(column, column + length)) for row in rows for column in columns]
    places = [place for place in places if (labels[place][core] != UNKNOWN).any()]
    if not places:
        raise SceneError(
            "there is no known pixel on validation ground to choose the best epoch by; map more of the area, or make split.block_m smaller"
        )
    cores = [np.where(core, labels[place], np.uint8(UNKNOWN)) for place in places]
    return Tiles(np.stack([pixels[place] for place in places]), np.stack(cores), side)


def predictor(model: keras.Model) -> Predictor:
    """The network as a callable (n, height, width, bands) → (n, height, width), compiled once a shape; of several members → (…, members)."""
    calls = [_compiled(member) for member in members_of(model)]
    if len(calls) == 1:
        return calls[0]
    return lambda pixels: np.stack([call(pixels) for call in calls], axis=-1)  # in turn: all at once would take more memory


def _compiled(network: keras.Model) -> Predictor:
    import tensorflow as tf

    call = tf.function(lambda pixels: network(pixels, training=False)[..., 0], reduce_retracing=False)
    return lambda pixels: call(tf.constant(pixels)).numpy()


def train(
    model: keras.Model,
    ground: Ground,
    tiles: Tiles,
    settings: Settings,
    name: str,
    on_epoch: Callable[[int, Row], None],
    tuning: bool = False,
    before: History | None = None,
) -> tuple[History, Floats]:
    """Train one network in place; it ends with the weights of the epoch of lowest validation loss.

    ground: what the network may learn from; tiles: validation ground
    name: for the progress bar; on_epoch: called with each epoch's number and row
    tuning: the weights that it starts with are worth keeping: they are epoch 0, and stay where no epoch is better
    before: the history of the members trained before it, which goes on
    Returns the history and the best epoch's (n, side, side) probabilities of the tiles.
    """
    import keras
    import tensorflow as tf

    learning, schedule = settings.learning, settings.schedule
    ground = without_outlines(ground, learning.margin_px)
    patch_centres(ground.labels)  # refuses here what TensorFlow would turn into an error of its own
    bands = ground.pixels.shape[2]
    stream = tf.data.Dataset.from_generator(
        lambda: batches(ground, learning, settings.batch_size, settings.seed),
        output_signature=(
            tf.TensorSpec((settings.batch_size, learning.patch, learning.patch, bands), tf.float32),
            tf.TensorSpec((settings.batch_size, learning.patch, learning.patch, 1), tf.uint8),
        ),
    ).prefetch(2)
    with model.distribute_strategy.scope():
        optimizer = adam(model, settings.lr, settings.encoder_lr_share)
        optimizer.build(model.trainable_variables)  # or its variables are made while tracing, which then takes twice as long
        model.compile(optimizer, training_loss(learning))
    history = History() if before is None else before
    best = _best_epoch(tiles, settings, history, on_epoch, tuning)
    steps = max(1, round(schedule.patches_per_epoch / settings.batch_size))
    model.fit(
        stream,
        epochs=settings.epochs,
        steps_per_epoch=steps,
        verbose=0,
        shuffle=False,
        callbacks=[
            best,
            _slower(settings),
            keras.callbacks.EarlyStopping("val_loss", patience=schedule.patience, min_delta=1e-4),
            progress(name, settings.epochs, steps),
        ],
    )
    return history, best.probabilities


def _slower(settings: Settings) -> keras.callbacks.Callback:
    """The learning rate over the epochs: a half cosine down to a hundredth, or less by a factor whenever validation stalls."""
    import keras

    if settings.learning.lr_schedule == "cosine":
        return keras.callbacks.LearningRateScheduler(lambda epoch, _: settings.lr * cosine_share(epoch, settings.epochs))
    schedule = settings.schedule
    return keras.callbacks.ReduceLROnPlateau("val_loss", factor=schedule.lr_factor, patience=schedule.lr_patience, min_delta=1e-4)


def cosine_share(epoch: int, epochs: int) -> float:
    """Share of the learning rate in an epoch, 1 in the first, falling to 0.01. Source: Loshchilov and Hutter (2017), arXiv 1608.03983."""
    return 0.01 + 0.99 * (1 + math.cos(math.pi * epoch / epochs)) / 2


def _best_epoch(tiles: Tiles, settings: Settings, history: History, on_epoch: Callable[[int, Row], None], tuning: bool) -> Any:
    """A callback that scores validation ground after each epoch, with the running average of the weights; ends with the best epoch's."""
    import keras

    class BestEpoch(keras.callbacks.Callback):
        def on_train_begin(self, logs: dict | None = None) -> None:
            self.predict, self.lowest, self.steps = predictor(self.model), np.inf, 0
            self.average = self.best = self.model.get_weights()
            if tuning:
                self._score(None)

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.steps += 1
            self.average = averaged(self.average, self.model.get_weights(), settings.learning.averaging, self.steps)

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            logs = {} if logs is None else logs
            trained = self.model.get_weights()
            self.model.set_weights(self.average)
            row = self._score(float(logs["loss"]))
            self.model.set_weights(trained)
            logs.update({key: np.nan if value is None else value for key, value in row.items()})

        def on_train_end(self, logs: dict | None = None) -> None:
            if not np.isfinite(self.lowest):
                raise ParamsError(f"lr {settings.lr:g}: the validation loss was a number in no epoch; make lr smaller")
            self.model.set_weights(self.best)

        def _score(self, loss: float | None) -> Row:
            epoch = len(history.rows) + (0 if tuning else 1)
            probabilities = predict_tiles(self.predict, tiles)
            scores = score_tiles(tiles, probabilities, settings.learning)
            row: Row = {"loss": loss, **{f"val_{name}": value for name, value in scores.items()}}
            row["lr"] = float(self.model.optimizer.learning_rate.numpy())
            history.rows.append({"epoch": epoch, **row})
            on_epoch(epoch, row)
            if scores["loss"] is not None and scores["loss"] < self.lowest:
                self.lowest, self.best, self.probabilities = scores["loss"], self.average, probabilities
                if self.lowest < history.lowest:
                    history.lowest, history.best = self.lowest, epoch
            return row

    return BestEpoch()


def averaged(average: list[Floats], weights: list[Floats], decay: float, step: int) -> list[Floats]:
    """The running average of the weights after one more step; it follows fast at first, so that the random start is soon forgotten.

    Averages lie in flatter minima than the last step: Izmailov et al. (2018), arXiv 1803.05407.
    """
    return blended(average, weights, 1 - min(decay, step / (step + 9)))


def blend_for(labels: Bytes, settings: Settings) -> float:
    """How far the weights used go from those at the start, 0, to the fine-tuned ones, 1: `blend`, and less with little to learn from.

    labels: what is trained on, of which n pixels are landslide: at most n / (n + blend_px)
    """
    pixels = float((labels == 1).sum())
    return min(settings.blend, pixels / (pixels + settings.blend_px)) if pixels else settings.blend


def blended(start: list[Floats], tuned: list[Floats], share: float) -> list[Floats]:
    """The weights a share of the way from those at the start, 0, to the fine-tuned ones, 1.

    They keep more of what the network knew, which few landslides cannot teach: Wortsman et al. (2022), arXiv 2109.01903.
    """
    return [old + share * (new - old) for old, new in zip(start, tuned, strict=True)]  # exact where nothing changes


def predict_tiles(predict: Predictor, tiles: Tiles, largest: int = 8) -> Floats:
    """(n, side, side) probabilities of the tiles, in batches of one size, for which the network is compiled once."""
    count = len(tiles.pixels)
    batch = -(-count // -(-count // largest))
    chunks = [tiles.pixels[first : first + batch] for first in range(0, count, batch)]
    missing = batch - len(chunks[-1])
    chunks[-1] = np.pad(chunks[-1], [(0, missing), (0, 0), (0, 0), (0, 0)])
    return np.concatenate([predict(chunk) for chunk in chunks])[:count]


def score_tiles(tiles: Tiles, probabilities: Floats, learning: Learning, threshold: float = DEFAULT_THRESHOLD) -> Row:
    """Pooled loss, and F1, precision and recall at a threshold, of the tiles."""
    known = tiles.labels != UNKNOWN
    counts = count(tiles.labels == 1, probabilities >= threshold, known)
    loss = pooled_loss(tiles.labels, probabilities, learning)
    return {"loss": loss, "f1": counts.f1, "precision": counts.precision, "recall": counts.recall}


def pooled_loss(labels: Bytes, probabilities: Floats, learning: Learning) -> float | None:
    """Tversky loss of all known pixels together, whatever loss is trained with, so that losses compare; None where none is known."""
    known = labels != UNKNOWN
    if not known.any():
        return None
    landslide, probable = labels[known] == 1, probabilities[known].astype(np.float64)
    hit = float(probable[landslide].sum())
    ratio = tversky_ratio(hit, landslide.sum() - hit, probable.sum() - hit, learning.fn_weight, learning.fp_weight, learning.epsilon)
    return round(float(1 - ratio), 6)  # further digits depend on how threads share the sums


def network_summary(model: keras.Model) -> str:
    """Layers, shapes and weights as text, each member's."""
    lines: list[str] = []
    model.summary(print_fn=lines.append, line_length=110, expand_nested=True)
    return "\n".join(lines)
