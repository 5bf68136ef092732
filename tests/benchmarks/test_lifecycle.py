"""The simulated series of the benchmark of `slidelens lifecycle`."""

from __future__ import annotations

import numpy as np
import shapely

from benchmarks.lifecycle import CORNERS, DATES, simulate


def test_the_series_has_about_as_many_polygons_as_asked_for() -> None:
    inventories = simulate(2000)
    assert tuple(inventories) == DATES
    assert 1600 < sum(map(len, inventories.values())) < 2400
    shapes = np.concatenate(list(inventories.values()))
    assert (shapely.get_num_coordinates(shapes) == CORNERS + 1).all()  # the first one comes twice


def test_the_same_seed_gives_the_same_series() -> None:
    first, again, other = (simulate(100, seed) for seed in (1, 1, 2))
    assert all((first[date] == again[date]).all() for date in DATES)
    assert len(first["2015"]) != len(other["2015"]) or (first["2015"] != other["2015"]).any()
