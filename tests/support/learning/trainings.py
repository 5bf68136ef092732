"""Settings, data and networks of tiny trainings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import yaml

from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasterise import rasterise
from slidelens.learning.data.tiles import Row, Tiles, validation_tiles
from slidelens.learning.data.training_data import TrainingData, hide_outside
from slidelens.learning.inference.weights import (
    WeightsMetadata,
    read_weights_metadata,
    save_weights,
)
from slidelens.learning.networks.registry import ARCHITECTURES
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import LearningParams, ModelParams, Params
from support.studies import BANDS, ROOT, area_grid, image, landslides, params_for

LEARNING = LearningParams(
    **yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["learning"]
)

STILL = LEARNING.model_copy(
    update={"rotation_deg": 0.0, "shear_deg": 0.0, "scale": 0.0, "flips": False}
)

PARAMS = params_for(Path("raw"), ["2013"], pretrain__patches_per_epoch=48)

SETTINGS = Settings(
    lr=0.01, batch_size=4, epochs=6, seed=1, learning=PARAMS.learning, schedule=PARAMS.pretrain
)

# One step: enough for what does not depend on how much is learnt.
ONE_STEP = Settings(
    lr=1e-6,
    batch_size=4,
    epochs=1,
    seed=1,
    learning=PARAMS.learning,
    schedule=PARAMS.pretrain.model_copy(update={"patches_per_epoch": 4}),
)


def pretrained_metadata(statistics: BandStatistics, **changes: Any) -> WeightsMetadata:
    """Return the metadata of pretrained weights: a U-Net of two filters for pixels of 10 m.

    Args:
        statistics: Statistics of the bands.
        changes: Other values, by name.
    """
    values: dict[str, Any] = {
        "model": ModelParams(),
        "filters": 2,
        "pixel_m": 10.0,
        "threshold": 0.5,
        "trained_on": ("pretrain",),
    }
    return WeightsMetadata(statistics=statistics, **(values | changes))


METADATA = pretrained_metadata(
    BandStatistics(BANDS, (0.1, 200.0, 1 / 3), (1.0, 2.5, 3e-7), 17),
    threshold=0.41,
    trained_on=("pretrain", "2015"),
)


def ground(seed: int = 1) -> TrainingData:
    """Standardised pixels and labels of a tiny area with 28 landslides."""
    grid, shapes = area_grid(), landslides(area_grid(), 28, seed)
    pixels = image(grid, shapes, seed).astype(np.float32)
    return TrainingData(
        (pixels - pixels.mean((0, 1))) / pixels.std((0, 1)),
        rasterise(shapes, grid).astype(np.uint8),
    )


def training_and_validation() -> tuple[TrainingData, Tiles]:
    """The western two thirds of an area to learn from, the eastern third to validate on."""
    area, west = ground(), np.arange(96)[None, :] < np.full((96, 1), 64)
    assert isinstance(area.pixels, np.ndarray)
    return hide_outside(area.pixels, area.labels, west, west), validation_tiles(
        hide_outside(area.pixels, area.labels, ~west, ~west), 32
    )


def ignore_epoch(epoch: int, row: Row) -> None:
    """An `on_epoch` that does nothing."""


def build_two_layers(model: ModelParams, filters: int, bands: int, precision: str) -> Any:
    """A network of one convolution and the head, which TensorFlow traces in no time.

    Its layers are named and normalised like those of the architectures.
    """
    import keras

    image = keras.Input((None, None, bands), name="image")
    values = keras.layers.Conv2D(
        filters, 3, padding="same", use_bias=False, name="down1_conv1", dtype=precision
    )(image)
    values = keras.layers.BatchNormalization(momentum=model.momentum, name="down1_norm1")(values)
    values = keras.layers.ReLU(name="down1_relu1")(values)
    head = keras.layers.Conv2D(1, 1, activation="sigmoid", name="probability", dtype="float32")
    return keras.Model(image, head(values), name=model.architecture)


def two_layer_network(filters: int = 2, bands: int = 3, seed: int = 1) -> Any:
    """A network of two layers with random weights."""
    from slidelens.learning.runtime import quiet_tensorflow

    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    return build_two_layers(ModelParams(), filters, bands, "float32")


@contextmanager
def two_layer_architecture() -> Iterator[None]:
    """Let `unet` stand for a network of two layers, for what does not depend on the network."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in = SimpleNamespace(build=build_two_layers, receptive_radius=lambda: 16)
        patch.setitem(ARCHITECTURES, "unet", cast(ModuleType, stand_in))
        yield


@contextmanager
def two_layer_study(study: tuple[Path, Params], folder: Path) -> Iterator[tuple[Path, Params]]:
    """A copy of a pretrained study in `folder` whose weights are those of two random layers."""
    from slidelens.learning.training.fit import random_start

    source, params = study
    shutil.copytree(source / "data", folder / "data")
    (folder / "models").mkdir()
    with two_layer_architecture():
        for path in sorted((source / "models").glob("*.weights.h5")):
            metadata = read_weights_metadata(path)
            network, _ = random_start(metadata, params.seed)
            save_weights(network, metadata, folder / "models" / path.name)
        yield folder, params
