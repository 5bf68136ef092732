"""Keras callbacks: learning rate and best epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.errors import ParamsError

if TYPE_CHECKING:
    import keras
from slidelens.learning.data.tiles import Row, Tiles, predict_tiles, score_tiles
from slidelens.learning.runtime import compile_predictor
from slidelens.learning.training.averaging import average_weights
from slidelens.learning.training.history import History
from slidelens.learning.training.settings import Settings


def learning_rate_callback(settings: Settings) -> keras.callbacks.Callback:
    """The learning rate over the epochs: a half cosine down to a hundredth, or less by a factor whenever validation stalls."""
    import keras

    if settings.learning.lr_schedule == "cosine":
        return keras.callbacks.LearningRateScheduler(
            lambda epoch, _: settings.lr * cosine_share(epoch, settings.epochs)
        )
    schedule = settings.schedule
    return keras.callbacks.ReduceLROnPlateau(
        "val_loss", factor=schedule.lr_factor, patience=schedule.lr_patience, min_delta=1e-4
    )


def cosine_share(epoch: int, epochs: int) -> float:
    """Share of the learning rate in an epoch, 1 in the first, falling to 0.01. Source: Loshchilov and Hutter (2017), arXiv 1608.03983."""
    return 0.01 + 0.99 * (1 + math.cos(math.pi * epoch / epochs)) / 2


def BestEpoch(
    tiles: Tiles,
    settings: Settings,
    history: History,
    on_epoch: Callable[[int, Row], None],
    tuning: bool,
) -> Any:
    """A callback that scores validation ground after each epoch, with the running average of the weights; ends with the best epoch's."""
    import keras

    class BestEpoch(keras.callbacks.Callback):
        def on_train_begin(self, logs: dict | None = None) -> None:
            self.predict, self.lowest, self.steps = compile_predictor(self.model), np.inf, 0
            self.average = self.best = self.model.get_weights()
            if tuning:
                self._score(None)

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.steps += 1
            self.average = average_weights(
                self.average, self.model.get_weights(), settings.learning.averaging, self.steps
            )

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            logs = {} if logs is None else logs
            trained = self.model.get_weights()
            self.model.set_weights(self.average)
            row = self._score(float(logs["loss"]))
            self.model.set_weights(trained)
            logs.update({key: np.nan if value is None else value for key, value in row.items()})

        def on_train_end(self, logs: dict | None = None) -> None:
            if not np.isfinite(self.lowest):
                raise ParamsError(
                    f"lr {settings.lr:g}: the validation loss was a number in no epoch; make lr smaller"
                )
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
                self.lowest, self.best, self.probabilities = (
                    scores["loss"],
                    self.average,
                    probabilities,
                )
                if self.lowest < history.lowest:
                    history.lowest, history.best = self.lowest, epoch
            return row

    return BestEpoch()
