"""Train a network on marks for a few epochs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from slidelens.learning.adaptation.marked import MarkedGround
from slidelens.learning.data.tiles import Row, Tiles
from slidelens.learning.inference.weights import WeightsMetadata, load_into, require_weights_of
from slidelens.learning.networks.ensemble import build_members, members_of
from slidelens.learning.runtime import precision_policy, strategy
from slidelens.learning.training.optimizer import freeze
from slidelens.learning.training.settings import Settings
from slidelens.learning.training.trainer import train
from slidelens.params.schema import LearningParams, ScheduleParams
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

Weights = list[Float32]
PATCHES_PER_EPOCH = 64
BATCH_SIZE = 8


def adaptation_settings(epochs: int, seed: int) -> Settings:
    """Return the settings of a training on marks.

    Args:
        epochs: Number of epochs; none is left out.
        seed: Seed of the patches.
    """
    return Settings(
        lr=1e-3,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        seed=seed,
        learning=LearningParams(lr_schedule="cosine"),
        schedule=ScheduleParams(
            patches_per_epoch=PATCHES_PER_EPOCH, patience=epochs, lr_patience=epochs
        ),
    )


def load_for_training(path: Path, metadata: WeightsMetadata) -> keras.Model:
    """Return the network of a weights file, to be trained in the precision of this machine.

    Args:
        path: The weights file.
        metadata: Its metadata.

    Raises:
        WeightsError: The file does not hold the weights that its metadata describe.
    """
    require_weights_of(metadata, path)
    network = build_for_training(metadata)
    load_into(network, path)
    return network


def build_for_training(metadata: WeightsMetadata) -> keras.Model:
    """Return a network with random weights, to be trained in the precision of this machine.

    Args:
        metadata: What it is like.
    """
    with strategy().scope():
        return build_members(
            metadata.model,
            metadata.filters,
            len(metadata.statistics.bands),
            metadata.members,
            precision_policy("auto"),
            spectral_units=metadata.spectral_units,
        )


def train_on_marks(
    network: keras.Model,
    start: Weights,
    ground: MarkedGround,
    tiles: Tiles,
    settings: Settings,
    title: str,
) -> Weights:
    """Train a network, each member by itself, and return its weights after the last epoch.

    Args:
        network: The network; it ends with other weights.
        start: Weights to start from.
        ground: What is known.
        tiles: Tiles whose scores are shown.
        settings: Settings of the training.
        title: What the progress calls it.
    """
    network.set_weights(start)
    trained: Weights = []
    for member in members_of(network):
        freeze(member, settings.freeze)
        last: Weights = []
        keep = partial(_keep, member, last)
        train(member, ground.data, tiles, settings, title, keep, tuning=True)
        trained += last
    return trained


def _keep(member: keras.Model, last: Weights, epoch: int, row: Row) -> None:
    """Keep the averaged weights, which a network has while an epoch is reported."""
    del row
    if epoch > 0:  # the epoch before any step is the start
        last[:] = member.get_weights()
