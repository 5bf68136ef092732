"""Steady state of the coarse terrain."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.params import TerrainParams
from slidelens.demo.relief.drainage import roots
from slidelens.demo.relief.steady_state import LEVELS, Cells, simulate_steady_state

PARAMS = TerrainParams()


@pytest.fixture(scope="module")
def cells() -> Cells:
    return simulate_steady_state((256, 192), 5.0, PARAMS, np.random.default_rng(1))


def test_cells_are_those_of_the_last_level(cells: Cells) -> None:
    cell_px = LEVELS[-1][0]
    assert cells.height_m.shape == (256 // cell_px, 192 // cell_px)


def test_all_water_leaves_through_one_cell_of_the_last_row(cells: Cells) -> None:
    """Its catchment is the whole area and that of the river that enters in the north."""
    (outlet,) = np.unique(roots(cells.receiver))
    assert outlet // cells.height_m.shape[1] == cells.height_m.shape[0] - 1
    area_m2 = 256 * 192 * 25 + PARAMS.river_catchment_km2 * 1e6
    assert cells.catchment_m2[outlet] == pytest.approx(area_m2)


def test_no_cell_lies_below_the_base(cells: Cells) -> None:
    assert cells.height_m.min() == pytest.approx(PARAMS.base_m)
