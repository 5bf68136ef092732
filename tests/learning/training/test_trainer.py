"""Training: something is learnt, the best epoch is kept, and a seed decides everything."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import ParamsError, SceneError
from slidelens.learning import runtime as training
from slidelens.learning.data.patches import TrainingData
from slidelens.learning.data.tiles import Row, Tiles, predict_tiles, score_tiles, validation_tiles
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import (
    compile_predictor,
    network_summary,
    precision_policy,
    quiet_tensorflow,
    strategy,
)
from slidelens.learning.scores import pooled_loss
from slidelens.learning.training.averaging import average_weights
from slidelens.learning.training.history import History
from slidelens.learning.training.settings import Settings
from slidelens.learning.training.trainer import train
from slidelens.params.schema import ModelParams
from support.learning import SETTINGS, nobody, parted
from support.studies import small_network


def trained(
    settings: Settings, tiles: Tiles | None = None, on_epoch: Callable[[int, Row], None] = nobody
) -> tuple[Any, History]:
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(settings.seed)
    seen, checked = parted()
    network = build_network(ModelParams(), 4, 3)
    return network, train(network, seen, tiles or checked, settings, "test", on_epoch)[0]


@pytest.fixture(scope="module")
def run() -> tuple[Any, History, list[tuple[int, Row]]]:
    told: list[tuple[int, Row]] = []
    network, history = trained(SETTINGS, on_epoch=lambda epoch, row: told.append((epoch, row)))
    return network, history, told


def test_a_tiny_problem_is_learnt_in_a_few_epochs(run: Any) -> None:
    """Bright ellipses on a pattern: 72 steps of 4 patches take F1 on ground never seen above 0.8; a constant map would have 0.2."""
    _, history, _ = run
    assert history.rows[history.best - 1]["val_f1"] > 0.8
    assert history.rows[-1]["loss"] < history.rows[0]["loss"]


def test_the_network_ends_with_the_weights_of_the_best_epoch(run: Any) -> None:
    network, history, _ = run
    losses = [row["val_loss"] for row in history.rows]
    assert history.best == int(np.argmin(losses)) + 1
    _, tiles = parted()
    scores = score_tiles(tiles, predict_tiles(compile_predictor(network), tiles), SETTINGS.learning)
    assert scores["loss"] == pytest.approx(min(losses), abs=2e-6)


def test_weights_that_no_epoch_betters_are_kept(run: Any) -> None:
    network, history, _ = run
    kept = network.get_weights()
    seen, tiles = parted()
    settings = replace(SETTINGS, lr=0.5, epochs=1)  # a step of this size ruins a trained network
    tuned, probabilities = train(network, seen, tiles, settings, "tuned", nobody, tuning=True)
    assert (tuned.best, [row["epoch"] for row in tuned.rows]) == (0, [0, 1])
    assert tuned.rows[0]["val_loss"] == pytest.approx(
        min(row["val_loss"] for row in history.rows), abs=2e-6
    )
    assert tuned.rows[1]["val_loss"] > tuned.rows[0]["val_loss"]
    for ours, before in zip(network.get_weights(), kept, strict=True):
        np.testing.assert_array_equal(ours, before)
    np.testing.assert_allclose(
        probabilities, predict_tiles(compile_predictor(network), tiles), atol=1e-5
    )


def test_training_that_diverges_is_refused_in_one_line() -> None:
    seen, tiles = parted()
    broken = TrainingData(np.where(seen.pixels > 0, np.float32(np.nan), seen.pixels), seen.labels)
    quiet_tensorflow()
    with pytest.raises(
        ParamsError,
        match=r"^lr 0\.01: the validation loss was a number in no epoch; make lr smaller$",
    ):
        train(
            build_network(ModelParams(), 4, 3),
            broken,
            tiles,
            replace(SETTINGS, epochs=1),
            "test",
            nobody,
        )


@pytest.mark.parametrize(("lowest", "best"), [(0.0, 1), (np.inf, 3)])
def test_a_history_goes_on_and_keeps_the_better_best(lowest: float, best: int) -> None:
    """Two epochs of a network before it: its first one is the 3rd, and the best one where no loss before was lower."""
    seen, tiles = parted()
    schedule = SETTINGS.schedule.model_copy(update={"patches_per_epoch": 4})
    before = History([{"epoch": 1}, {"epoch": 2}], 1, lowest)
    network = small_network(2, 3)
    history, _ = train(
        network,
        seen,
        tiles,
        replace(SETTINGS, epochs=1, lr=1e-6, schedule=schedule),
        "test",
        nobody,
        before=before,
    )
    assert history is before
    assert [row["epoch"] for row in history.rows] == [1, 2, 3]
    assert (history.best, history.lowest) == (
        best,
        lowest if best == 1 else history.rows[2]["val_loss"],
    )


def test_the_loss_of_params_is_trained_with_and_the_tversky_loss_chooses() -> None:
    """Untrained, Dice and cross-entropy are about 0.7 each; a Tversky loss is never above 1."""
    learning = SETTINGS.learning.model_copy(update={"loss": "dice_cross_entropy"})
    schedule = SETTINGS.schedule.model_copy(update={"patches_per_epoch": 4})
    _, history = trained(replace(SETTINGS, epochs=1, lr=1e-6, learning=learning, schedule=schedule))
    assert history.rows[0]["loss"] > 1 >= history.rows[0]["val_loss"]


def test_the_margin_of_outlines_is_taken_from_training_ground() -> None:
    seen, tiles = parted()
    learning = SETTINGS.learning.model_copy(update={"margin_px": 50})
    with pytest.raises(
        ParamsError, match=r"^learning\.margin_px 50 leaves no landslide pixel on training ground"
    ):
        train(None, seen, tiles, replace(SETTINGS, learning=learning), "test", nobody)


def test_tiles_are_predicted_in_batches_of_one_size() -> None:
    seen: list[int] = []

    def means(pixels: Any) -> Any:
        seen.append(len(pixels))
        return pixels.mean(axis=-1)

    pixels = np.arange(9 * 4 * 4 * 2, dtype=np.float32).reshape(9, 4, 4, 2)
    tiles = Tiles(pixels, np.zeros((9, 4, 4), np.uint8), 4)
    np.testing.assert_array_equal(predict_tiles(means, tiles, largest=4), pixels.mean(axis=-1))
    assert seen == [3, 3, 3]  # 9 in 3 batches
    np.testing.assert_array_equal(predict_tiles(means, tiles, largest=8), pixels.mean(axis=-1))
    assert seen[3:] == [5, 5]  # the last one padded


def test_every_epoch_is_told_once_and_in_order(run: Any) -> None:
    _, history, told = run
    assert (
        [epoch for epoch, _ in told] == [row["epoch"] for row in history.rows] == [1, 2, 3, 4, 5, 6]
    )
    assert all(
        set(row) == {"loss", "val_loss", "val_f1", "val_precision", "val_recall", "lr"}
        for _, row in told
    )
    assert all(0 <= row["loss"] <= 1 for _, row in told)


def test_a_seed_decides_everything(run: Any) -> None:
    again, history = trained(SETTINGS)
    assert history.best == run[1].best
    for row, same in zip(history.rows, run[1].rows, strict=True):
        assert row == pytest.approx(
            same, rel=1e-5
        )  # threads share the sums of a score as they come
    for ours, theirs in zip(run[0].get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_validation_without_landslides_has_no_f1_and_does_not_stop_training(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    _, tiles = parted()
    none = replace(tiles, labels=np.where(tiles.labels == 1, np.uint8(0), tiles.labels))
    _, history = trained(replace(SETTINGS, epochs=1), none)
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
import keras, numpy as np
from dataclasses import replace
from slidelens.learning.training.trainer import train
from slidelens.learning.networks.registry import build_network
from slidelens.params.schema import ModelParams
from support.learning import SETTINGS, nobody, parted
seen, tiles = parted()
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    keras.utils.set_random_seed(1)
    network = build_network(ModelParams(), 2, 3)
assert network.distribute_strategy.num_replicas_in_sync == 2
rows = train(network, seen, tiles, replace(SETTINGS, epochs=3), "test", nobody)[0].rows
assert rows[-1]["loss"] < rows[0]["loss"] <= 1, rows
for variable in network.variables:
    first, second = (part.numpy() for part in variable.value.values)
    assert not variable.trainable or np.array_equal(first, second), variable.path
print("both replicas are alike")
"""


def test_two_devices_train_in_step() -> None:
    command = [sys.executable, "-c", REPLICAS, str(Path(__file__).parents[2])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout == "both replicas are alike\n", done.stderr[-3000:]


def test_one_device_needs_no_strategy() -> None:
    quiet_tensorflow()
    import tensorflow as tf

    if len(tf.config.list_physical_devices("GPU")) > 1:
        pytest.skip("there are several GPUs")
    assert strategy().num_replicas_in_sync == 1


@pytest.mark.parametrize(
    ("flags", "policy"),
    [
        ("fma avx512f avx512_bf16 amx", "mixed_bfloat16"),
        ("fma avx512f", "float32"),
        (None, "float32"),
    ],
)
def test_half_precision_only_where_the_processor_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str | None, policy: str
) -> None:
    quiet_tensorflow()
    import tensorflow as tf

    if flags is not None:
        (tmp_path / "cpuinfo").write_text(f"flags\t: {flags}\n")
    monkeypatch.setattr(training, "Path", lambda _: tmp_path / "cpuinfo")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])
    assert precision_policy("auto") == policy
    assert precision_policy("off") == "float32"


@pytest.mark.parametrize(
    ("capability", "policy"),
    [((8, 0), "mixed_bfloat16"), ((9, 0), "mixed_bfloat16"), ((7, 5), "float32")],
)
def test_half_precision_only_where_the_gpu_has_it(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], policy: str
) -> None:
    quiet_tensorflow()
    import tensorflow as tf

    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind: ["a GPU"] if kind == "GPU" else []
    )
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda _: {"compute_capability": capability}
    )
    assert precision_policy("auto") == policy


# Validation ground


def test_tiles_hold_every_known_pixel_once() -> None:
    labels = np.full((70, 50), UNKNOWN, np.uint8)
    labels[:33, :20] = 0
    labels[60:, 40:] = 1
    tiles = validation_tiles(TrainingData(np.ones((70, 50, 2), np.float32), labels), side=32)
    assert tiles.pixels.shape == (*tiles.labels.shape, 2)
    assert tiles.pixels.shape[1] == tiles.pixels.shape[2] == 96  # 32 and 32 around it on both sides
    assert (
        len(tiles.labels) == 4
    )  # 0 is in the two upper tiles on the left, 1 in the two lower ones on the right
    assert (tiles.labels == 0).sum() == 33 * 20
    assert (tiles.labels == 1).sum() == 10 * 10


def test_a_tile_looks_at_what_lies_around_it() -> None:
    pixels = (1 + np.arange(64 * 64, dtype=np.float32)).reshape(64, 64, 1)
    labels = np.full((64, 64), UNKNOWN, np.uint8)
    labels[32:, 32:] = 0
    tiles = validation_tiles(TrainingData(pixels, labels), side=32)
    assert len(tiles.labels) == 1
    np.testing.assert_array_equal(tiles.pixels[0, :64, :64], pixels)
    assert not tiles.pixels[0, 64:].any()
    assert not tiles.pixels[0, :, 64:].any()


def test_a_tiles_side_is_a_multiple_of_16_whatever_the_block() -> None:
    tiles = validation_tiles(
        TrainingData(np.ones((50, 50, 1), np.float32), np.zeros((50, 50), np.uint8)), side=25
    )
    assert tiles.pixels.shape[1] % 16 == 0
    assert (tiles.labels == 0).sum() == 50 * 50


def test_no_known_validation_ground_is_refused() -> None:
    with pytest.raises(
        SceneError, match="there is no known pixel on validation ground to choose the best epoch by"
    ):
        validation_tiles(
            TrainingData(np.ones((64, 64, 1), np.float32), np.full((64, 64), UNKNOWN, np.uint8)),
            side=32,
        )


def test_scores_are_pooled_over_the_tiles() -> None:
    # tile 1: 3 hits; tile 2: 1 missed, 1 false, 1 unknown. Precision 3/4, recall 3/4, F1 3/4; a mean of tiles would be (1 + 0) / 2
    labels = np.array([[[1, 1], [1, 0]], [[1, 0], [0, UNKNOWN]]], np.uint8)
    probabilities = np.array([[[0.9, 0.9], [0.9, 0.1]], [[0.1, 0.9], [0.1, 0.9]]], np.float32)
    scores = score_tiles(
        Tiles(np.zeros((2, 2, 2, 1), np.float32), labels, 2), probabilities, SETTINGS.learning
    )
    assert (scores["precision"], scores["recall"], scores["f1"]) == (0.75, 0.75, 0.75)
    assert scores["loss"] == pooled_loss(labels, probabilities, SETTINGS.learning)


# The running average


def test_the_average_follows_fast_at_first_and_slowly_later() -> None:
    # step 1: 1 / 10 of the old; far on: 0.97 of it
    old, new = [np.zeros(1, np.float32)], [np.ones(1, np.float32)]
    assert average_weights(old, new, 0.97, 1)[0].item() == pytest.approx(0.9)
    assert average_weights(old, new, 0.97, 10_000)[0].item() == pytest.approx(0.03)
    assert average_weights(old, new, 0.0, 10_000)[0].item() == 1


def test_the_summary_names_layers_and_weights() -> None:
    text = network_summary(small_network(filters=2, bands=3))
    assert "down1_conv1" in text
    assert "Total params" in text
