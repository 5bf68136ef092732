"""Callbacks: the schedule of the learning rate, and the best epoch's weights."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from slidelens.errors import ParamsError
from slidelens.learning.data.tiles import Row, predict_tiles, score_tiles
from slidelens.learning.data.training_data import TrainingData
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.learning.training.history import History
from slidelens.learning.training.trainer import train
from support.learning.trainings import (
    ONE_STEP,
    SETTINGS,
    ignore_epoch,
    training_and_validation,
    two_layer_network,
)


def schedule(name: str, **changes: Any) -> Any:
    quiet_tensorflow()
    from slidelens.learning.training.callbacks import learning_rate_callback

    learning = SETTINGS.learning.model_copy(update={"lr_schedule": name})
    return learning_rate_callback(replace(SETTINGS, learning=learning, **changes))


def test_the_cosine_falls_from_the_learning_rate_towards_a_hundredth() -> None:
    # half of the way, in epoch 2 of 4, the cosine is 0: 0.01 + 0.99 / 2
    cosine = schedule("cosine", lr=0.2, epochs=4).schedule
    rates = [cosine(epoch, math.nan) for epoch in range(5)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[2] == pytest.approx(0.2 * 0.505)
    assert rates[4] == pytest.approx(0.2 * 0.01)
    assert rates == sorted(rates, reverse=True)


def test_a_plateau_divides_the_learning_rate() -> None:
    plateau = SETTINGS.schedule.model_copy(update={"lr_factor": 0.25, "lr_patience": 3})
    callback = schedule("plateau", schedule=plateau)
    assert (callback.monitor, callback.factor, callback.patience) == ("val_loss", 0.25, 3)


def best_epoch(network: Any, history: History, epochs: list[tuple[int, Row]]) -> Any:
    """A callback on a network that is compiled but not trained by Keras."""
    quiet_tensorflow()
    from slidelens.learning.training.callbacks import BestEpoch

    network.compile("sgd", "mse")
    settings = replace(
        SETTINGS, learning=SETTINGS.learning.model_copy(update={"averaging": 0.0})
    )  # the average is the last step
    callback = BestEpoch(
        training_and_validation()[1], settings, history, lambda *row: epochs.append(row), False
    )
    callback.set_model(network)
    return callback


def shift_head(network: Any, offset: float) -> list[Any]:
    """Set the offset of the head, which alone decides a network without other head weights."""
    head = network.get_layer("probability")
    head.set_weights([np.zeros_like(head.get_weights()[0]), np.array([offset], np.float32)])
    return list(network.get_weights())


def test_the_epoch_of_lowest_loss_is_restored() -> None:
    """A constant map of 0.5 everywhere is better than one of nearly 0 or nearly 1 everywhere."""
    network, history, epochs = two_layer_network(), History(), list[tuple[int, Row]]()
    callback = best_epoch(network, history, epochs)
    callback.on_train_begin()
    weights = []
    for epoch, offset in enumerate((-9.0, 0.0, -9.0)):
        weights.append(shift_head(network, offset))
        callback.on_train_batch_end(0)
        logs = {"loss": 0.5}
        callback.on_epoch_end(epoch, logs)
        assert logs["val_loss"] == history.rows[-1]["val_loss"]
        for trained, after in zip(weights[-1], network.get_weights(), strict=True):
            np.testing.assert_array_equal(trained, after)  # training goes on from its own weights
    callback.on_train_end()
    assert (history.best, [epoch for epoch, _ in epochs]) == (2, [1, 2, 3])
    for expected, restored in zip(weights[1], network.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, restored)
    tiles = callback.tiles
    np.testing.assert_array_equal(
        callback.probabilities, predict_tiles(compile_predictor(network), tiles)
    )
    loss = score_tiles(tiles, callback.probabilities, SETTINGS.learning)["loss"]
    assert callback.lowest == history.lowest == loss


def test_training_that_diverges_is_refused_in_one_line() -> None:
    data, tiles = training_and_validation()
    assert isinstance(data.pixels, np.ndarray)
    broken = TrainingData(np.where(data.pixels > 0, np.float32(np.nan), data.pixels), data.labels)
    line = (
        r"^training diverged: loss or weights are infinite or NaN after epoch 1 \(lr 0\.01\); "
        r"use a smaller lr$"
    )
    settings = replace(ONE_STEP, lr=0.01, schedule=SETTINGS.schedule)
    with pytest.raises(ParamsError, match=line):
        train(two_layer_network(), broken, tiles, settings, "test", ignore_epoch)


def test_fine_tuning_that_diverges_is_no_result_although_its_start_was_sound() -> None:
    from slidelens.learning.training.callbacks import BestEpoch

    network = two_layer_network()
    callback = BestEpoch(
        training_and_validation()[1], SETTINGS, History(), ignore_epoch, tuning=True
    )
    callback.set_model(network)
    network.compile("adam", "mse")
    callback.on_train_begin()
    shift_head(network, np.nan)
    with pytest.raises(ParamsError, match=r"use a smaller lr or finetune.lr_share$"):
        callback.on_epoch_end(0, {"loss": 0.5})


@pytest.mark.parametrize(("lowest", "best"), [(0.0, 1), (np.inf, 3)])
def test_a_history_is_continued_and_keeps_the_better_best(lowest: float, best: int) -> None:
    """After two epochs of another member the first is the 3rd, and best if no loss was lower."""
    history = History([{"epoch": 1}, {"epoch": 2}], 1, lowest)
    continued, _ = train(
        two_layer_network(),
        *training_and_validation(),
        ONE_STEP,
        "test",
        ignore_epoch,
        history=history,
    )
    assert continued is history
    assert [row["epoch"] for row in history.rows] == [1, 2, 3]
    assert (history.best, history.lowest) == (
        best,
        lowest if best == 1 else history.rows[2]["val_loss"],
    )


def test_only_training_imports_keras() -> None:
    code = (
        "import sys, slidelens.learning.training.fit, slidelens.learning.training.trainer; "
        "sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
