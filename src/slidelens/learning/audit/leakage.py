"""Check that no test block reaches training, validation or the band statistics.

The checks compare what `prepare` wrote with what training would be given.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pyproj import Transformer

from slidelens.dataset.change_channels import leave_change
from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics, compute_band_statistics
from slidelens.errors import GridError
from slidelens.geo.rasterise import rasterise_ids
from slidelens.learning.data.pixels import read_pixels
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.data.training_data import TrainingData
from slidelens.learning.training.fit import training_and_validation_data
from slidelens.params.schema import SplitParams
from slidelens.types import Int32, Mask

log = logging.getLogger(__name__)

STATISTICS = "band statistics are those of train blocks"
SAME_PARTS = "the same ground is in the same part as at the first date"
TRAINING = "other pixels and labels in test blocks change nothing that training learns from"
CHOICE = "nor anything that epoch and threshold are chosen by"
TRAINED_AND_SCORED = "no landslide is learnt in one part and scored in another"
PRETRAINED_AREA = "no ground of the investigation area is pretrained on"
PRETRAINED_LANDSLIDE = "no landslide is learnt in pretraining and scored in the investigation area"


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Attributes:
        where: The date, or `pretrain`.
        rule: What must hold.
        broken: Number of pixels, landslides or bands that break the rule.
    """

    where: str
    rule: str
    broken: int


def leakage_findings(
    prepared: Mapping[str, Prepared], sources: Mapping[str, Prepared], split: SplitParams
) -> Iterator[Finding]:
    """Yield the results of all checks, of the pretraining events first and then of each date.

    Args:
        prepared: Prepared data by date, all on one grid.
        sources: Prepared data of the pretraining events by name.
        split: Blocks of the split.

    Raises:
        GridError: The dates are on different grids.
    """
    first_date, first = next(iter(prepared.items()))
    for date, data in prepared.items():
        if data.scene.grid != first.scene.grid:
            raise GridError(
                f"{date} was prepared on {data.scene.grid.describe()}, "
                f"{first_date} on {first.scene.grid.describe()}; run `dvc repro prepare`"
            )
    trained = [source.statistics for source in sources.values()]
    for name, source in sources.items():
        yield Finding(name, PRETRAINED_AREA, _pixels_in_area(source, first))
        yield Finding(name, STATISTICS, _foreign_statistics(name, source, []))
    for date, data in prepared.items():
        moved = int((data.split_map != first.split_map).sum())
        yield Finding(date, SAME_PARTS, moved)
        yield Finding(date, STATISTICS, _foreign_statistics(date, data, trained))
        if data.inventory is not None:
            if _has_validation_ground(data, date):
                training, choice = _pixels_that_follow_test_blocks(data, split)
                yield Finding(date, TRAINING, training)
                yield Finding(date, CHOICE, choice)
            yield Finding(date, TRAINED_AND_SCORED, _landslides_in_test_and_others(data))
            both = sum(_landslides_in_both(data, source) for source in sources.values())
            yield Finding(date, PRETRAINED_LANDSLIDE, both)


def _has_validation_ground(data: Prepared, date: str) -> bool:
    """Return whether a date is trained on at all; warn if it is not."""
    known = bool(((data.labels != UNKNOWN) & (data.split_map == VALIDATION)).any())
    if not known:
        log.warning(
            "prepared data of %s: labels.tif and split.tif have no known ground in the validation "
            "blocks, so what it would be trained on is not checked; run `dvc repro prepare` if they"
            " were changed",
            date,
        )
    return known


def _pixels_in_area(pretrain: Prepared, investigation: Prepared) -> int:
    """Count pixels of the pretraining area whose centre lies in the investigation area."""
    source, target = pretrain.scene.grid, investigation.scene.grid
    rows, columns = np.nonzero(pretrain.split_map != OUTSIDE)
    t, inverse = source.transform, ~target.transform
    x, y = (
        t.a * (columns + 0.5) + t.b * (rows + 0.5) + t.c,
        t.d * (columns + 0.5) + t.e * (rows + 0.5) + t.f,
    )
    x, y = Transformer.from_crs(source.crs, target.crs, always_xy=True).transform(x, y)
    column, row = (
        np.floor(coordinate).astype(int)
        for coordinate in (
            inverse.a * x + inverse.b * y + inverse.c,
            inverse.d * x + inverse.e * y + inverse.f,
        )
    )
    inside = (row >= 0) & (row < target.height) & (column >= 0) & (column < target.width)
    return int((investigation.split_map[row[inside], column[inside]] != OUTSIDE).sum())


def _foreign_statistics(date: str, data: Prepared, trained: Sequence[BandStatistics]) -> int:
    """Count bands whose statistics are neither those of own train blocks nor some others."""
    statistics, scene = data.statistics, data.scene
    own = leave_change(
        compute_band_statistics(
            scene.pixels,
            scene.valid & (data.split_map == TRAIN),
            statistics.bands,
            f"prepared data of {date}",
        )
    )
    mean, deviation = (
        np.any(
            [
                np.isclose(getattr(statistics, name), getattr(allowed, name), rtol=1e-4)
                for allowed in (own, *trained)
            ],
            axis=0,
        )
        for name in ("mean", "deviation")
    )
    return int((~(mean & deviation)).sum())


def _pixels_that_follow_test_blocks(data: Prepared, split: SplitParams) -> tuple[int, int]:
    """Count training and validation pixels that change when the test blocks do."""
    before = training_and_validation_data(data, split)
    after = training_and_validation_data(_change_test_blocks(data), split)
    return _differing(before[0], after[0]), _differing(before[1], after[1])


def _change_test_blocks(data: Prepared) -> Prepared:
    """Replace the image of the test blocks with noise, and invert their labels."""
    test, scene = data.split_map == TEST, data.scene
    noise = (
        np.random.default_rng(0)
        .normal(data.statistics.mean, data.statistics.deviation, scene.pixels.shape)
        .astype(scene.pixels.dtype)
    )
    labels = np.where(test & (data.labels != UNKNOWN), 1 - data.labels, data.labels)
    return replace(
        data,
        scene=replace(scene, pixels=np.where(test[..., None], noise, scene.pixels)),
        labels=labels,
    )


def _differing(before: TrainingData | Tiles, after: TrainingData | Tiles) -> int:
    """Count pixels whose image or label differs; all pixels if the shapes differ."""
    if before.labels.shape != after.labels.shape:
        return before.labels.size
    pixels = read_pixels(before.pixels) != read_pixels(after.pixels)
    differs = pixels.any(axis=-1) | (before.labels != after.labels)
    return int(differs.sum())


def _landslides_in_test_and_others(data: Prepared) -> int:
    """Count landslides with known landslide pixels both in test blocks and in others."""
    assert data.inventory is not None
    numbers = rasterise_ids(data.inventory.geometry, data.scene.grid)
    test = data.split_map == TEST
    return len(_known_numbers(numbers, data, test) & _known_numbers(numbers, data, ~test))


def _landslides_in_both(data: Prepared, pretrain: Prepared) -> int:
    """Count landslides of either inventory with known landslide pixels in both areas."""
    shapes = pd.concat(
        [
            prepared.inventory.geometry.to_crs(data.scene.grid.crs)
            for prepared in (data, pretrain)
            if prepared.inventory is not None
        ]
    )
    date_numbers, pretrain_numbers = (
        _known_numbers(
            rasterise_ids(shapes.to_crs(prepared.scene.grid.crs), prepared.scene.grid),
            prepared,
            prepared.split_map != OUTSIDE,
        )
        for prepared in (data, pretrain)
    )
    return len(date_numbers & pretrain_numbers)


def _known_numbers(numbers: Int32, prepared: Prepared, area: Mask) -> set[int]:
    """Return the numbers of the landslides with known landslide pixels in an area."""
    return set(np.unique(numbers[(prepared.labels == 1) & area]).tolist()) - {0}
