"""Whether test ground reached training, validation or statistics, looked for in what `prepare` wrote and what training is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pyproj import Transformer

from slidelens.geo.mask import number
from slidelens.geo.prepared import Prepared
from slidelens.geo.radiometry import statistics
from slidelens.learning.patches import visible
from slidelens.learning.split import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION

STATISTICS = "band statistics are those of train blocks"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: where, what must hold, and how many pixels, landslides or bands break it."""

    where: str
    rule: str
    broken: int


def findings(grounds: Mapping[str, Prepared], pretrain: Prepared) -> Iterator[Finding]:
    """Every rule at every date. grounds: date → prepared ground, all of one grid"""
    first = next(iter(grounds.values()))
    yield Finding("pretrain", "no ground of the investigation area is pretrained on", _shared(pretrain, first))
    yield Finding("pretrain", STATISTICS, _foreign_statistics(pretrain, pretrain))
    for date, ground in grounds.items():
        yield Finding(date, "the same ground is in the same part as at the first date", int((ground.parts != first.parts).sum()))
        yield Finding(date, STATISTICS, _foreign_statistics(ground, pretrain))
        if ground.inventory is not None:
            yield Finding(date, "no test pixel is shown to training", _shown(ground, (TRAIN,), TRAIN))
            yield Finding(date, "no test pixel is shown to validation", _shown(ground, (TRAIN, VALIDATION), VALIDATION))
            yield Finding(date, "no landslide is learnt in one part and scored in another", _astride(ground))


def _shared(pretrain: Prepared, investigation: Prepared) -> int:
    """Pixels of the pretraining ground whose centre lies in the investigation area."""
    grid, other = pretrain.scene.grid, investigation.scene.grid
    rows, columns = np.nonzero(pretrain.parts != OUTSIDE)
    t, back = grid.transform, ~other.transform
    x, y = t.a * (columns + 0.5) + t.b * (rows + 0.5) + t.c, t.d * (columns + 0.5) + t.e * (rows + 0.5) + t.f
    x, y = Transformer.from_crs(grid.crs, other.crs, always_xy=True).transform(x, y)
    column, row = (np.floor(place).astype(int) for place in (back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f))
    inside = (row >= 0) & (row < other.height) & (column >= 0) & (column < other.width)
    return int((investigation.parts[row[inside], column[inside]] != OUTSIDE).sum())


def _foreign_statistics(ground: Prepared, pretrain: Prepared) -> int:
    """Bands whose mean or deviation is neither that of the ground's own train blocks nor of the pretraining ground's."""
    kept, scene = ground.statistics, ground.scene
    own = statistics(scene.pixels, scene.valid & (ground.parts == TRAIN), kept.bands, "the scene")
    mean, deviation = (
        np.any([np.isclose(getattr(kept, name), getattr(of, name), rtol=1e-4) for of in (own, pretrain.statistics)], axis=0)
        for name in ("mean", "deviation")
    )
    return int((~(mean & deviation)).sum())


def _shown(ground: Prepared, shown: tuple[int, ...], learnt: int) -> int:
    """Test pixels with an image value or a label in what the network sees."""
    seen = visible(ground.standardised(), ground.labels, np.isin(ground.parts, shown), ground.parts == learnt)
    test = ground.parts == TEST
    return int((test & ((seen.pixels != 0).any(axis=-1) | (seen.labels != UNKNOWN))).sum())


def _astride(ground: Prepared) -> int:
    """Landslides with known landslide pixels in test blocks and in other blocks."""
    assert ground.inventory is not None
    numbers = number(ground.inventory.geometry, ground.scene.grid)
    known = ground.labels == 1
    test, other = (set(np.unique(numbers[known & where]).tolist()) for where in (ground.parts == TEST, ground.parts != TEST))
    return len((test & other) - {0})
