"""Keras callbacks: learning rate and best epoch. Importing this module imports Keras."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from slidelens.errors import ParamsError
from slidelens.learning.data.tiles import PooledTiles, Row, Tiles, predict_tiles, score_tiles
from slidelens.learning.inference.weights import all_finite
from slidelens.learning.runtime import compile_predictor
from slidelens.learning.training.averaging import average_weights
from slidelens.learning.training.history import History
from slidelens.learning.training.settings import Settings

Logs = dict[str, Any]


def learning_rate_callback(settings: Settings) -> keras.callbacks.Callback:
    """Return the schedule of `learning.lr_schedule`: a half cosine, or a drop at each plateau."""
    if settings.learning.lr_schedule == "cosine":
        return keras.callbacks.LearningRateScheduler(
            lambda epoch, _: settings.lr * cosine_share(epoch, settings.epochs)
        )
    schedule = settings.schedule
    return keras.callbacks.ReduceLROnPlateau(
        "val_loss", factor=schedule.lr_factor, patience=schedule.lr_patience, min_delta=1e-4
    )


def cosine_share(epoch: int, epochs: int) -> float:
    """Return the share of the learning rate in an epoch: 1 in epoch 0, falling towards 0.01.

    Source: Loshchilov and Hutter (2017), arXiv 1608.03983.
    """
    return 0.01 + 0.99 * (1 + math.cos(math.pi * epoch / epochs)) / 2


class BestEpoch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Score the averaged weights after each epoch and restore the best ones at the end.

    Attributes:
        best: Averaged weights of the epoch of lowest validation loss.
        lowest: That loss.
        probabilities: Probabilities of the tiles with these weights, see `predict_tiles`.

    Args:
        tiles: Validation tiles.
        settings: Settings of the training.
        history: History to which a row is appended after each epoch.
        on_epoch: Called with the number and the row of each epoch.
        tuning: Whether to score the initial weights too, as epoch 0, and to keep them if no epoch
            is better.
    """

    def __init__(
        self,
        tiles: Tiles | PooledTiles,
        settings: Settings,
        history: History,
        on_epoch: Callable[[int, Row], None],
        tuning: bool,
    ) -> None:
        super().__init__()
        self.tiles = tiles
        self.settings = settings
        self.history = history
        self.on_epoch = on_epoch
        self.tuning = tuning

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Compile the network for the tiles; score the initial weights when fine-tuning."""
        self.predict, self.lowest, self.steps = compile_predictor(self.model), np.inf, 0
        self.average = self.best = self.model.get_weights()
        if self.tuning:
            self._score(None)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Update the running average of the weights."""
        self.steps += 1
        decay = self.settings.learning.averaging
        self.average = average_weights(self.average, self.model.get_weights(), decay, self.steps)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Score the averaged weights and add the scores to Keras's logs.

        Raises ParamsError if the training diverged: NaN never become numbers again.
        """
        logs = {} if logs is None else logs
        trained = self.model.get_weights()
        if not (math.isfinite(logs["loss"]) and all_finite(trained)):
            raise self._diverged(f"loss or weights are infinite or NaN after epoch {epoch + 1}")
        self.model.set_weights(self.average)
        row = self._score(float(logs["loss"]))
        self.model.set_weights(trained)
        logs.update({key: np.nan if value is None else value for key, value in row.items()})

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Restore the best weights. Raises ParamsError if the training diverged."""
        if not np.isfinite(self.lowest):
            raise self._diverged("validation loss was NaN in every epoch")
        self.model.set_weights(self.best)

    def _diverged(self, reason: str) -> ParamsError:
        share = " or finetune.lr_share" if self.tuning else ""
        return ParamsError(
            f"training diverged: {reason} (lr {self.settings.lr:g}); use a smaller lr{share}"
        )

    def _score(self, loss: float | None) -> Row:
        epoch = len(self.history.rows) + (0 if self.tuning else 1)
        probabilities = predict_tiles(self.predict, self.tiles)
        scores = score_tiles(self.tiles, probabilities, self.settings.learning)
        row: Row = {"loss": loss, **{f"val_{name}": value for name, value in scores.items()}}
        row["lr"] = float(self.model.optimizer.learning_rate.numpy())
        self.history.rows.append({"epoch": epoch, **row})
        self.on_epoch(epoch, row)
        if scores["loss"] is not None and scores["loss"] < self.lowest:
            self.lowest, self.best = scores["loss"], self.average
            self.probabilities = probabilities
            if self.lowest < self.history.lowest:
                self.history.lowest, self.history.best = self.lowest, epoch
        return row
