"""Whether test ground reached training, validation or statistics, looked for in what `prepare` wrote and what training is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import compute_band_statistics
from slidelens.errors import GridError
from slidelens.geo.rasterise import rasterise_ids
from slidelens.learning.data.patches import TrainingData
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.training.fit import training_and_validation_data
from slidelens.params.schema import SplitParams

STATISTICS = "band statistics are those of train blocks"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: where, what must hold, and how many pixels, landslides or bands break it."""

    where: str
    rule: str
    broken: int


def leakage_findings(
    grounds: Mapping[str, Prepared], pretrain: Prepared, split: SplitParams
) -> Iterator[Finding]:
    """Every rule at every date. grounds: date → prepared ground, all of one grid; pretrain: that of the first event."""
    first_date, first = next(iter(grounds.items()))
    for date, ground in grounds.items():
        if ground.scene.grid != first.scene.grid:
            raise GridError(
                f"{date} was prepared on {ground.scene.grid.describe()}, {first_date} on {first.scene.grid.describe()}; run `dvc repro prepare`"
            )
    yield Finding(
        "pretrain", "no ground of the investigation area is pretrained on", _shared(pretrain, first)
    )
    yield Finding("pretrain", STATISTICS, _foreign_statistics(pretrain, pretrain))
    for date, ground in grounds.items():
        yield Finding(
            date,
            "the same ground is in the same part as at the first date",
            int((ground.split_map != first.split_map).sum()),
        )
        yield Finding(date, STATISTICS, _foreign_statistics(ground, pretrain))
        if ground.inventory is not None:
            learnt, chosen_by = _follows_test_ground(ground, split)
            yield Finding(
                date,
                "other pixels and labels in test blocks change nothing that training learns from",
                learnt,
            )
            yield Finding(date, "nor anything that epoch and threshold are chosen by", chosen_by)
            yield Finding(
                date, "no landslide is learnt in one part and scored in another", _astride(ground)
            )
            yield Finding(
                date,
                "no landslide is learnt in pretraining and scored in the investigation area",
                _learnt_before(ground, pretrain),
            )


def _shared(pretrain: Prepared, investigation: Prepared) -> int:
    """Pixels of the pretraining ground whose centre lies in the investigation area."""
    grid, other = pretrain.scene.grid, investigation.scene.grid
    rows, columns = np.nonzero(pretrain.split_map != OUTSIDE)
    t, back = grid.transform, ~other.transform
    x, y = (
        t.a * (columns + 0.5) + t.b * (rows + 0.5) + t.c,
        t.d * (columns + 0.5) + t.e * (rows + 0.5) + t.f,
    )
    x, y = Transformer.from_crs(grid.crs, other.crs, always_xy=True).transform(x, y)
    column, row = (
        np.floor(place).astype(int)
        for place in (back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f)
    )
    inside = (row >= 0) & (row < other.height) & (column >= 0) & (column < other.width)
    return int((investigation.split_map[row[inside], column[inside]] != OUTSIDE).sum())


def _foreign_statistics(ground: Prepared, pretrain: Prepared) -> int:
    """Bands whose mean or deviation is neither that of the ground's own train blocks nor of the pretraining ground's."""
    kept, scene = ground.statistics, ground.scene
    own = compute_band_statistics(
        scene.pixels, scene.valid & (ground.split_map == TRAIN), kept.bands, "the scene"
    )
    mean, deviation = (
        np.any(
            [
                np.isclose(getattr(kept, name), getattr(of, name), rtol=1e-4)
                for of in (own, pretrain.statistics)
            ],
            axis=0,
        )
        for name in ("mean", "deviation")
    )
    return int((~(mean & deviation)).sum())


def _follows_test_ground(ground: Prepared, split: SplitParams) -> tuple[int, int]:
    """Pixels of what `fit` learns from, and of what it chooses by, that are others when image and labels of the test blocks are."""
    (ground_before, tiles_before), (ground_after, tiles_after) = (
        training_and_validation_data(ground, split),
        training_and_validation_data(_otherwise(ground), split),
    )
    return _differing(ground_before, ground_after), _differing(tiles_before, tiles_after)


def _otherwise(ground: Prepared) -> Prepared:
    """The ground with noise for an image in its test blocks, and landslides where there are none."""
    test, scene = ground.split_map == TEST, ground.scene
    noise = (
        np.random.default_rng(0)
        .normal(ground.statistics.mean, ground.statistics.deviation, scene.pixels.shape)
        .astype(scene.pixels.dtype)
    )
    labels = np.where(test & (ground.labels != UNKNOWN), 1 - ground.labels, ground.labels)
    return replace(
        ground,
        scene=replace(scene, pixels=np.where(test[..., None], noise, scene.pixels)),
        labels=labels,
    )


def _differing(one: TrainingData | Tiles, other: TrainingData | Tiles) -> int:
    """Pixels in which image or label differ; all of them where there are more or fewer."""
    if one.labels.shape != other.labels.shape:
        return one.labels.size
    return int(((one.pixels != other.pixels).any(axis=-1) | (one.labels != other.labels)).sum())


def _astride(ground: Prepared) -> int:
    """Landslides with known landslide pixels in test blocks and in other blocks."""
    assert ground.inventory is not None
    numbers = rasterise_ids(ground.inventory.geometry, ground.scene.grid)
    test, other = (
        _numbers_known(numbers, ground, where)
        for where in (ground.split_map == TEST, ground.split_map != TEST)
    )
    return len(test & other)


def _learnt_before(ground: Prepared, pretrain: Prepared) -> int:
    """Landslides of either inventory with known landslide pixels on both grounds."""
    shapes = pd.concat(
        [
            one.inventory.geometry.to_crs(ground.scene.grid.crs)
            for one in (ground, pretrain)
            if one.inventory is not None
        ]
    )
    here, there = (
        _numbers_known(
            rasterise_ids(shapes.to_crs(one.scene.grid.crs), one.scene.grid),
            one,
            one.split_map != OUTSIDE,
        )
        for one in (ground, pretrain)
    )
    return len(here & there)


def _numbers_known(
    numbers: NDArray[np.int32], ground: Prepared, where: NDArray[np.bool_]
) -> set[int]:
    """The numbers of landslides with known landslide pixels there."""
    return set(np.unique(numbers[(ground.labels == 1) & where]).tolist()) - {0}
