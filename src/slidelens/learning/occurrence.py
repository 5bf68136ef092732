"""The interval in which each landslide of a study occurred, from its maps and labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.analysis.occurrence import (
    Intervals,
    calibrated,
    evidence_of_onset,
    first_ground,
    intervals,
    partners,
    with_intervals,
)
from slidelens.analysis.outlines.within import probabilities_within
from slidelens.dataset.parts import TRAIN, VALIDATION
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import MemoryArray, Part, WindowedArray
from slidelens.intermediate.reading import stage_output
from slidelens.layers.mapped_date import open_map, read_seen_part
from slidelens.types import Float64, Int64, Shapes, UInt8

_LABELLED_SHARE = 0.5  # of the first ground in training and validation blocks


@dataclass(frozen=True)
class DatedGround:
    """What the maps of all dates tell of the ground.

    Attributes:
        dates: Labels, in time order.
        maps: Path of the probability map of each date.
        onsets: Path of the probability that landslide began since the date before, for each date.
        split: (height, width) part of the split.
        grid: Their grid.
        minimum_seen: Share of a landslide's ground from which a date shows it.
    """

    dates: Sequence[str]
    maps: Sequence[Path]
    onsets: Sequence[Path]
    split: UInt8
    grid: Grid
    minimum_seen: float

    def intervals(self, life: Lifecycle) -> Intervals:
        """Return the interval of each landslide."""
        first = _numbers(life.landslides["first_date"], self.dates)
        seen = self._means(first_ground(life), self.maps, _SeenMap)
        return intervals(first, seen, self.minimum_seen)

    def onset(self, ground: Shapes) -> Float64 | None:
        """Return the (dates, n) mean probability of an onset; None if there are no such maps."""
        if not all(path.exists() for path in self.onsets):
            return None
        return self._means(ground, self.onsets, _OnsetMap)

    def labelled_share(self, ground: Shapes) -> Float64:
        """Return the (n,) share of ground in training and validation blocks."""
        chosen = MemoryArray(np.isin(self.split, (TRAIN, VALIDATION)))
        return probabilities_within(ground, chosen, self.grid)["mean_probability"]

    def _means(
        self, ground: Shapes, paths: Sequence[Path], kind: Callable[[Path, Grid], WindowedArray]
    ) -> Float64:
        means = [
            probabilities_within(ground, kind(path, self.grid), self.grid)["mean_probability"]
            for path in paths
        ]
        return np.stack(means)


class _SeenMap:
    """Pixels that a date's map shows."""

    def __init__(self, path: Path, grid: Grid) -> None:
        self._path = open_map(path, grid).path
        self.shape = grid.shape

    def read(self, part: Part) -> Float64:
        """Return 1 where the map is valid, else 0."""
        with stage_output(self._path):
            return read_seen_part(self._path, part).astype(float)


class _OnsetMap:
    """A map of probabilities."""

    def __init__(self, path: Path, grid: Grid) -> None:
        self._layer = open_map(path, grid)
        self.shape = grid.shape

    def read(self, part: Part) -> Float64:
        """Return the probabilities of some rows and columns."""
        with stage_output(self._layer.path):
            return np.asarray(self._layer.read(part) / 255.0)


def add_intervals(
    predicted: Lifecycle, manual: Lifecycle | None, ground: DatedGround
) -> gpd.GeoDataFrame:
    """Return the predicted landslides with the interval of occurrence of each.

    The confidence is calibrated on the landslides of training and validation blocks: there an
    interval is right if it holds that of the manual history on the same ground.

    Args:
        predicted: Histories of the predicted inventories.
        manual: Histories of the manual ones; None: there are none, and no confidence.
        ground: Maps of all dates.
    """
    found, shapes = ground.intervals(predicted), first_ground(predicted)
    onset = ground.onset(shapes)
    confidence = np.full(len(shapes), np.nan)
    if onset is not None and manual is not None and len(shapes):
        right = _right(predicted, manual, found, ground)
        confidence = calibrated(
            evidence_of_onset(found, onset),
            shapely.area(shapes),
            right,
            ground.labelled_share(shapes) >= _LABELLED_SHARE,
        )
    return with_intervals(predicted.landslides, found, confidence, list(ground.dates))


def _right(
    predicted: Lifecycle, manual: Lifecycle, found: Intervals, ground: DatedGround
) -> np.ndarray:
    """Return whether each interval holds that of the manual history on the same ground."""
    true = ground.intervals(manual)
    partner = partners(first_ground(predicted), first_ground(manual))
    paired = partner >= 0
    own = Intervals(found.after[paired], found.by[paired])
    right = np.zeros(len(partner), bool)
    right[paired] = own.covers(Intervals(true.after[partner[paired]], true.by[partner[paired]]))
    return right


def _numbers(labels: Sequence[str], dates: Sequence[str]) -> Int64:
    number = {date: position for position, date in enumerate(dates)}
    return np.array([number[label] for label in labels], dtype=np.int64)
