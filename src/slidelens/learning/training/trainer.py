"""Train one network on augmented patches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from slidelens.learning.data.patches import batches, patch_pools
from slidelens.learning.data.tiles import PooledTiles, Row, Tiles
from slidelens.learning.data.training_data import Mixture, TrainingData
from slidelens.learning.networks.memory import filters_of, require_training_memory
from slidelens.learning.runtime import out_of_memory
from slidelens.learning.training.history import History
from slidelens.learning.training.losses import training_loss
from slidelens.learning.training.optimizer import adam
from slidelens.learning.training.progress import progress
from slidelens.learning.training.settings import Settings
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras


def train(
    model: keras.Model,
    data: TrainingData | Mixture,
    tiles: Tiles | PooledTiles,
    settings: Settings,
    name: str,
    on_epoch: Callable[[int, Row], None],
    tuning: bool = False,
    history: History | None = None,
) -> tuple[History, Float32]:
    """Train one network in place; it ends with the weights of the epoch of lowest validation loss.

    Args:
        model: Network to train.
        data: Data that the network may learn from.
        tiles: Validation tiles.
        settings: Settings of the training.
        name: Name of the date or stage, for the progress bar.
        on_epoch: Called with the number and the row of each epoch.
        tuning: Whether to count the initial weights as epoch 0, and to keep them if no epoch is
            better.
        history: History of the members trained before it, to be continued; None: a new one.

    Returns:
        The history, and the probabilities of the tiles at the best epoch, see `predict_tiles`.
    """
    import keras

    from slidelens.learning.training.callbacks import BestEpoch, learning_rate_callback

    learning, schedule = settings.learning, settings.schedule
    data = data.mask_outlines(learning.margin_px)
    require_training_memory(filters_of(model), data.bands, learning.patch, settings.batch_size)
    patch_pools(data)  # raises here what TensorFlow would wrap in an error of its own
    _compile(model, settings)
    history = History() if history is None else history
    best_epoch = BestEpoch(tiles, settings, history, on_epoch, tuning)
    steps = max(1, round(schedule.patches_per_epoch / settings.batch_size))
    callbacks = [
        best_epoch,
        learning_rate_callback(settings),
        keras.callbacks.EarlyStopping("val_loss", patience=schedule.patience, min_delta=1e-4),
        progress(name, settings.epochs, steps),
    ]
    with out_of_memory("training", "make batch_size, learning.patch or filters smaller"):
        model.fit(
            _batch_stream(data, settings),
            epochs=settings.epochs,
            steps_per_epoch=steps,
            verbose=0,
            shuffle=False,
            callbacks=callbacks,
        )
    return history, best_epoch.probabilities


def _batch_stream(data: TrainingData | Mixture, settings: Settings) -> Any:
    """Return the endless batches of patches as a TensorFlow data set."""
    import tensorflow as tf

    learning, bands = settings.learning, data.bands
    shape = (settings.batch_size, learning.patch, learning.patch)
    stream = tf.data.Dataset.from_generator(
        lambda: batches(data, learning, settings.batch_size, settings.seed),
        output_signature=(
            tf.TensorSpec((*shape, bands), tf.float32),
            tf.TensorSpec((*shape, 1), tf.uint8),
        ),
    ).prefetch(2)
    # There is nothing to tune, and the end of a training would now and then wait up to a minute for
    # the thread that does.
    options = tf.data.Options()
    options.autotune.enabled = False
    return stream.with_options(options)


def _compile(model: keras.Model, settings: Settings) -> None:
    """Compile a network for training; one that was compiled for the same is only set back.

    Tracing a training step takes as long as twenty of them.
    """
    trained = tuple(variable.path for variable in model.trainable_variables)
    purpose = (settings.lr, settings.encoder_lr_share, settings.learning, trained)
    if getattr(model, "compiled_for", None) == purpose:
        for variable, value in zip(model.optimizer.variables, model.initial_state, strict=True):
            variable.assign(value)
        return
    with model.distribute_strategy.scope():
        optimizer = adam(model, settings.lr, settings.encoder_lr_share)
        # Otherwise its variables are made while tracing, which then takes twice as long.
        optimizer.build(model.trainable_variables)
        model.compile(optimizer, training_loss(settings.learning))
    model.compiled_for = purpose
    model.initial_state = [variable.numpy() for variable in optimizer.variables]
