"""Intervals of occurrence beside the histories of manual inventories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely

from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from slidelens.dataset.parts import TRAIN
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.windowed import WindowedArray
from slidelens.learning.occurrence import DatedGround, _right, add_intervals
from slidelens.types import Float64, Shapes
from support.studies import UTM

DATES = ("2013", "2014", "2015")
GRID = covering_grid((0, 0, 1000, 1000), UTM, 10.0)
FIRST, SECOND, ALONE = (shapely.box(x, 0, x + 50, 50) for x in (0, 200, 400))


class Seen(DatedGround):
    """Maps of dates that show all ground."""

    def _means(
        self, ground: Shapes, paths: Sequence[Path], kind: Callable[[Path, Grid], WindowedArray]
    ) -> Float64:
        return np.ones((len(self.dates), len(ground)))


def ground() -> DatedGround:
    here = [Path(__file__)] * len(DATES)
    return Seen(DATES, here, here, np.full(GRID.shape, TRAIN, np.uint8), GRID, 0.5)


def histories(inventories: Mapping[str, Sequence[shapely.Geometry]]) -> Lifecycle:
    return trace({date: inventories.get(date, []) for date in DATES}, crs=UTM)


def test_an_interval_is_right_if_it_holds_that_of_the_same_ground() -> None:
    predicted = histories({"2014": [FIRST, SECOND, ALONE], "2015": [FIRST, SECOND, ALONE]})
    manual = histories({"2014": [SECOND], "2015": [SECOND, FIRST]})
    right = _right(predicted, manual, ground().intervals(predicted), ground())
    # The first is manually mapped one date later, the second at the same date, the third never.
    assert right.tolist() == [False, True, False]


def test_manual_inventories_without_landslides_leave_the_confidence_open() -> None:
    landslides = add_intervals(histories({"2014": [FIRST]}), histories({}), ground())
    assert landslides["occurred_after"].tolist() == ["2013"]
    assert landslides["occurred_by"].tolist() == ["2014"]
    assert landslides["occurrence_confidence"].isna().all()
