"""Measure training beside plain Keras: patches a second, and the scores that each ends with.

python -m benchmarks.training trains the same network on the same patches twice: by a plain Keras
recipe (Keras's own layers and Adam, float32, `model.fit` on a tf.data pipeline) and by
slidelens.learning.training. The data are those of --prepared, by default the demo's pretraining.

The first table is the speed, in whole epochs with validation, without the first, in which networks
are traced. Both recipes take turns in one process, so that other load changes the ratio little. The
second, with --seeds, has the scores after --epochs epochs. The weights are not averaged over steps.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.arguments import argument_parser
from slidelens.dataset.prepared import read_prepared
from slidelens.learning.data.patches import batches
from slidelens.learning.data.tiles import Row, Tiles, predict_tiles, score_tiles
from slidelens.learning.data.training_data import TrainingData
from slidelens.learning.networks import layers
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import compile_predictor, precision_policy, quiet_tensorflow
from slidelens.learning.training.fit import training_and_validation_data
from slidelens.learning.training.losses import training_loss
from slidelens.learning.training.settings import Settings, pretraining_settings
from slidelens.learning.training.trainer import train
from slidelens.params.loading import load_params
from slidelens.params.schema import ModelParams

OnEpoch = Callable[[Row], None]


@dataclass(frozen=True)
class Task:
    """What both recipes are given.

    Attributes:
        model: Architecture.
        filters: Filters of the first block.
        training: Data to cut patches from.
        tiles: Validation tiles.
        settings: Batch size, patches, augmentation, learning rate, epochs and seed.
    """

    model: ModelParams
    filters: int
    training: TrainingData
    tiles: Tiles
    settings: Settings


def train_plainly(task: Task, on_epoch: OnEpoch) -> None:
    """Train with Keras alone; `on_epoch` gets the validation scores of each epoch."""
    import keras
    import tensorflow as tf

    settings, bands = task.settings, task.training.pixels.shape[2]
    shape = (settings.batch_size, settings.learning.patch, settings.learning.patch)
    patches = tf.data.Dataset.from_generator(
        lambda: batches(task.training, settings.learning, settings.batch_size, settings.seed),
        output_signature=(
            tf.TensorSpec((*shape, bands), tf.float32),
            tf.TensorSpec((*shape, 1), tf.uint8),
        ),
    ).prefetch(tf.data.AUTOTUNE)
    network = _build(task, "float32", normalise=_normalise_with_keras)
    network.compile(keras.optimizers.Adam(settings.lr), training_loss(settings.learning))
    predict = compile_predictor(network)

    def score(epoch: int, logs: Any = None) -> None:
        on_epoch(score_tiles(task.tiles, predict_tiles(predict, task.tiles), settings.learning))

    network.fit(
        patches,
        epochs=settings.epochs,
        steps_per_epoch=settings.schedule.patches_per_epoch // settings.batch_size,
        verbose=0,
        shuffle=False,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=score)],
    )


def train_with_slidelens(task: Task, on_epoch: OnEpoch) -> None:
    """Train with slidelens; `on_epoch` gets the validation scores of each epoch."""
    network = _build(
        task, precision_policy(task.settings.learning.mixed_precision), layers.normalisation
    )
    train(
        network,
        task.training,
        task.tiles,
        task.settings,
        "training",
        lambda _, row: on_epoch({name.removeprefix("val_"): row[name] for name in row}),
    )


RECIPES = {"plain Keras": train_plainly, "slidelens": train_with_slidelens}


def _build(task: Task, precision: str, normalise: Callable[..., Any]) -> Any:
    import keras

    keras.utils.set_random_seed(task.settings.seed)
    own, layers.normalisation = layers.normalisation, normalise
    try:
        return build_network(task.model, task.filters, task.training.pixels.shape[2], precision)
    finally:
        layers.normalisation = own


def _normalise_with_keras(values: Any, name: str, model: ModelParams, precision: str) -> Any:
    import keras

    return keras.layers.BatchNormalization(momentum=model.momentum, name=name, dtype=precision)(
        values
    )


def epoch_seconds(recipe: Callable[[Task, OnEpoch], None], task: Task) -> list[float]:
    """Return the time of each epoch but the first, s."""
    ends: list[float] = []
    recipe(task, lambda _: ends.append(time.perf_counter()))
    return list(np.diff(ends))


def print_speed(task: Task, filters: list[int], rounds: int) -> None:
    """Print patches a second of both recipes and their ratio, for each number of filters."""
    print("| filters | " + " | ".join(f"{name}, patches/s" for name in RECIPES) + " | ratio |")
    print("| --- " * (len(RECIPES) + 2) + "|")
    for number in filters:
        seconds: dict[str, list[float]] = {name: [] for name in RECIPES}
        for _ in range(rounds):
            for name, recipe in RECIPES.items():
                seconds[name] += epoch_seconds(recipe, replace(task, filters=number))
        patches = task.settings.schedule.patches_per_epoch
        speed = {name: patches / float(np.median(times)) for name, times in seconds.items()}
        plain, ours = speed.values()
        print(f"| {number} | {plain:.1f} | {ours:.1f} | {ours / plain:.2f} |", flush=True)


def print_scores(task: Task, seeds: int) -> None:
    """Print the validation loss and F1 after the last epoch, for each seed and recipe."""
    print("| seed | recipe | validation loss | F1 |\n| --- | --- | --- | --- |")
    for seed in range(1, seeds + 1):
        for name, recipe in RECIPES.items():
            rows: list[Row] = []
            recipe(replace(task, settings=replace(task.settings, seed=seed)), rows.append)
            print(
                f"| {seed} | {name} | {rows[-1]['loss']:.3f} | {rows[-1]['f1']:.3f} |", flush=True
            )


def main(argv: list[str] | None = None) -> int:
    """Print the tables."""
    parser = argument_parser("benchmarks.training", __doc__)
    parser.add_argument("--prepared", type=Path, default=Path("data/prepared/pretrain"))
    parser.add_argument("--filters", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--rounds", type=int, default=2, help="trainings of each recipe for speed")
    parser.add_argument("--seeds", type=int, default=0, help="trainings of each for the scores")
    parser.add_argument("--epochs", type=int, default=15, help="epochs of those")
    parser.add_argument("--patches", type=int, default=128, help="patches in an epoch")
    arguments = parser.parse_args(argv)
    quiet_tensorflow()
    params = load_params()
    training, tiles = training_and_validation_data(read_prepared(arguments.prepared), params.split)
    schedule = params.pretrain.model_copy(update={"patches_per_epoch": arguments.patches})
    settings = replace(
        pretraining_settings(params),
        schedule=schedule,
        learning=params.learning.model_copy(update={"averaging": 0.0}),
    )
    task = Task(params.model, params.filters, training, tiles, settings)
    few = Tiles(tiles.pixels[:1], tiles.labels[:1], tiles.side)
    speed = replace(task, tiles=few, settings=replace(settings, epochs=4))
    print_speed(speed, arguments.filters, arguments.rounds)
    if arguments.seeds:
        print()
        print_scores(
            replace(task, settings=replace(settings, epochs=arguments.epochs)), arguments.seeds
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
