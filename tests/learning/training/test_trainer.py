"""Training: something is learnt, and a seed decides everything."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.errors import ParamsError
from slidelens.learning.data.tiles import Row, predict_tiles, score_tiles
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.learning.training.history import History
from slidelens.learning.training.trainer import train
from slidelens.params.schema import ModelParams
from support.learning.trainings import (
    ONE_STEP,
    SETTINGS,
    ignore_epoch,
    training_and_validation,
    two_layer_network,
)

Epochs = list[tuple[int, Row]]


def train_unet() -> tuple[Any, History, Epochs]:
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(SETTINGS.seed)
    network, epochs = build_network(ModelParams(), 4, 3), Epochs()
    history, _ = train(
        network,
        *training_and_validation(),
        SETTINGS,
        "test",
        on_epoch=lambda epoch, row: epochs.append((epoch, row)),
    )
    return network, history, epochs


@pytest.fixture(scope="module")
def run() -> tuple[Any, History, Epochs]:
    return train_unet()


def test_a_tiny_problem_is_learnt_in_a_few_epochs(run: Any) -> None:
    """Bright ellipses on a pattern: 72 steps of 4 patches take the validation F1 above 0.8.

    A constant map would have 0.2.
    """
    _, history, _ = run
    assert history.rows[history.best - 1]["val_f1"] > 0.8
    assert history.rows[-1]["loss"] < history.rows[0]["loss"]


def test_the_network_ends_with_the_weights_of_the_best_epoch(run: Any) -> None:
    network, history, _ = run
    losses = [row["val_loss"] for row in history.rows]
    assert history.best == int(np.argmin(losses)) + 1
    _, tiles = training_and_validation()
    scores = score_tiles(tiles, predict_tiles(compile_predictor(network), tiles), SETTINGS.learning)
    assert scores["loss"] == pytest.approx(min(losses), abs=2e-6)


def test_a_training_ends_without_waiting_for_a_tuner(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow's tuner of streams now and then held up the end of a training for a minute."""
    quiet_tensorflow()
    import keras

    streams, fit = [], keras.Model.fit

    def watched(network: Any, stream: Any, **options: Any) -> Any:
        streams.append(stream)
        return fit(network, stream, **options)

    monkeypatch.setattr(keras.Model, "fit", watched)
    train(two_layer_network(), *training_and_validation(), ONE_STEP, "test", on_epoch=ignore_epoch)
    assert streams[0].options().autotune.enabled is False


def test_weights_that_no_epoch_improves_are_kept(run: Any) -> None:
    network, history, _ = run
    weights = network.get_weights()
    data, tiles = training_and_validation()
    settings = replace(SETTINGS, lr=0.5, epochs=1)  # a step of this size ruins a trained network
    tuning, probabilities = train(
        network, data, tiles, settings, "tuned", ignore_epoch, tuning=True
    )
    initial, tuned = (row["val_loss"] for row in tuning.rows)
    assert (tuning.best, [row["epoch"] for row in tuning.rows]) == (0, [0, 1])
    assert initial == pytest.approx(min(row["val_loss"] for row in history.rows), abs=2e-6)
    assert initial is not None
    assert tuned is not None
    assert tuned > initial
    for after, before in zip(network.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(after, before)
    np.testing.assert_allclose(
        probabilities, predict_tiles(compile_predictor(network), tiles), atol=1e-5
    )


def test_every_epoch_is_reported_once_and_in_order(run: Any) -> None:
    _, history, epochs = run
    numbers = [epoch for epoch, _ in epochs]
    assert numbers == [row["epoch"] for row in history.rows] == [1, 2, 3, 4, 5, 6]
    assert all(
        set(row) == {"loss", "val_loss", "val_f1", "val_precision", "val_recall", "lr"}
        for _, row in epochs
    )
    assert all(0 <= row["loss"] <= 1 for _, row in epochs)


def test_a_seed_decides_everything(run: Any) -> None:
    network, history, _ = train_unet()
    assert history.best == run[1].best
    for row, expected in zip(history.rows, run[1].rows, strict=True):
        assert row == pytest.approx(expected, rel=1e-5)  # threads sum in any order
    for weights, expected in zip(run[0].get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, rtol=1e-3, atol=1e-5)


def test_the_loss_of_params_is_trained_with_and_the_tversky_loss_chooses() -> None:
    """Untrained, Dice and cross-entropy are about 0.7 each; a Tversky loss is never above 1."""
    learning = SETTINGS.learning.model_copy(update={"loss": "dice_cross_entropy"})
    history, _ = train(
        two_layer_network(),
        *training_and_validation(),
        replace(ONE_STEP, learning=learning),
        "test",
        ignore_epoch,
    )
    loss, validation_loss = history.rows[0]["loss"], history.rows[0]["val_loss"]
    assert loss is not None
    assert validation_loss is not None
    assert loss > 1 >= validation_loss


def test_the_margin_of_outlines_is_taken_from_training_data() -> None:
    data, tiles = training_and_validation()
    learning = SETTINGS.learning.model_copy(update={"margin_px": 50})
    with pytest.raises(
        ParamsError, match=r"^learning\.margin_px 50 leaves no landslide pixel in the training"
    ):
        train(None, data, tiles, replace(SETTINGS, learning=learning), "test", ignore_epoch)


def test_validation_without_landslides_has_no_f1_and_does_not_stop_training(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    data, tiles = training_and_validation()
    empty = replace(tiles, labels=np.where(tiles.labels == 1, np.uint8(0), tiles.labels))
    history, _ = train(two_layer_network(), data, empty, ONE_STEP, "test", ignore_epoch)
    assert history.rows[0]["val_f1"] is None
    assert history.rows[0]["val_recall"] is None
    assert history.rows[0]["val_loss"] is not None
    assert "validation F1 –" in caplog.text  # and the progress says so


REPLICAS = """
import sys
sys.path.insert(0, sys.argv[1])
from slidelens.learning.runtime import quiet_tensorflow
quiet_tensorflow()
import tensorflow as tf
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np
from dataclasses import replace
from slidelens.learning.training.trainer import train
from support.learning.trainings import SETTINGS, ignore_epoch
from support.learning.trainings import training_and_validation, two_layer_network
data, tiles = training_and_validation()
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    network = two_layer_network()
assert network.distribute_strategy.num_replicas_in_sync == 2
rows = train(network, data, tiles, replace(SETTINGS, epochs=3), "test", ignore_epoch)[0].rows
assert rows[-1]["loss"] < rows[0]["loss"] <= 1, rows
for variable in network.variables:
    first, second = (part.numpy() for part in variable.value.values)
    assert not variable.trainable or np.array_equal(first, second), variable.path
print("both replicas are alike")
"""


def test_two_devices_train_in_step() -> None:
    command = [sys.executable, "-c", REPLICAS, str(Path(__file__).parents[2])]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert process.stdout == "both replicas are alike\n", process.stderr[-3000:]
