"""Settings and data of tiny trainings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasterise import rasterise
from slidelens.learning.data.patches import TrainingData, hide_outside
from slidelens.learning.data.tiles import Row, Tiles, validation_tiles
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import LearningParams, ModelParams
from support.studies import BANDS, ROOT, area_grid, image, landslides, params_for

LEARNING = LearningParams(
    **yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["learning"]
)


STILL = LEARNING.model_copy(
    update={"rotation_deg": 0.0, "shear_deg": 0.0, "scale": 0.0, "flips": False}
)


PARAMS = params_for(Path("raw"), ["2013"], pretrain__patches_per_epoch=48)


def ground(seed: int = 1) -> TrainingData:
    grid, shapes = area_grid(), landslides(area_grid(), 28, seed)
    pixels = image(grid, shapes, seed).astype(np.float32)
    return TrainingData(
        (pixels - pixels.mean((0, 1))) / pixels.std((0, 1)),
        rasterise(shapes, grid).astype(np.uint8),
    )


SETTINGS = Settings(
    lr=0.01, batch_size=4, epochs=6, seed=1, learning=PARAMS.learning, schedule=PARAMS.pretrain
)


def parted() -> tuple[TrainingData, Tiles]:
    """The western two thirds to learn from, the eastern third to check."""
    whole, west = ground(), np.arange(96)[None, :] < np.full((96, 1), 64)
    return hide_outside(whole.pixels, whole.labels, west, west), validation_tiles(
        hide_outside(whole.pixels, whole.labels, ~west, ~west), 32
    )


def nobody(epoch: int, row: Row) -> None:
    pass


CARD = WeightsMetadata(
    ModelParams(),
    2,
    BandStatistics(BANDS, (0.1, 200.0, 1 / 3), (1.0, 2.5, 3e-7), 17),
    10.0,
    0.41,
    ("pretrain", "2015"),
)
