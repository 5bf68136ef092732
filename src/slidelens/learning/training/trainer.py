"""Train one network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from slidelens.learning.data.patches import TrainingData, batches, mask_outlines, patch_centres
from slidelens.learning.training.losses import training_loss
from slidelens.learning.training.optimizer import adam
from slidelens.learning.training.progress import progress

if TYPE_CHECKING:
    import keras
from slidelens.learning.data.tiles import Row, Tiles
from slidelens.learning.training.callbacks import BestEpoch, learning_rate_callback
from slidelens.learning.training.history import History
from slidelens.learning.training.settings import Settings
from slidelens.types import Float32


def train(
    model: keras.Model,
    ground: TrainingData,
    tiles: Tiles,
    settings: Settings,
    name: str,
    on_epoch: Callable[[int, Row], None],
    tuning: bool = False,
    before: History | None = None,
) -> tuple[History, Float32]:
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
    ground = mask_outlines(ground, learning.margin_px)
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
        optimizer.build(
            model.trainable_variables
        )  # or its variables are made while tracing, which then takes twice as long
        model.compile(optimizer, training_loss(learning))
    history = History() if before is None else before
    best = BestEpoch(tiles, settings, history, on_epoch, tuning)
    steps = max(1, round(schedule.patches_per_epoch / settings.batch_size))
    model.fit(
        stream,
        epochs=settings.epochs,
        steps_per_epoch=steps,
        verbose=0,
        shuffle=False,
        callbacks=[
            best,
            learning_rate_callback(settings),
            keras.callbacks.EarlyStopping("val_loss", patience=schedule.patience, min_delta=1e-4),
            progress(name, settings.epochs, steps),
        ],
    )
    return history, best.probabilities
