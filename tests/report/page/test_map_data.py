"""Outlines of the interactive map."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from slidelens.report.page.map_data import encode_rings, map_values
from slidelens.report.results import DensitySurface
from support.report.results import GRID, date_results
from support.studies import box, grid_of


def test_rings_are_encoded_in_steps_of_tenths_of_a_pixel() -> None:
    shape = box(GRID, 2, 3, 10, 20).difference(box(GRID, 4, 5, 2, 2))
    rings = encode_rings(shape, GRID)
    corners = [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 10 for ring in rings]
    assert [(ring.min(axis=0).tolist(), ring.max(axis=0).tolist()) for ring in corners] == [
        ([3, 2], [23, 12]),
        ([5, 4], [7, 6]),
    ]
    assert encode_rings(None, GRID) == [] == encode_rings(shapely.Polygon(), GRID)


def test_a_date_has_its_image_probability_and_densities() -> None:
    """The density lies on every second pixel of the map, from column 10 and row 20 on."""
    inner = grid_of(5, 5, 20, GRID.bounds[0] + 100, GRID.bounds[3] - 200)
    surface = DensitySurface(np.full((5, 5), 3.04, np.float32), inner)
    date = replace(date_results(None, []), densities={"predicted": surface})
    landslides = gpd.GeoDataFrame(
        {"landslide_id": [7], "date": ["2013"], "state": ["new"], "area_m2": [99.6]},
        geometry=[box(GRID, 0, 0, 1, 1)],
    )
    values = map_values([date], {"predicted": landslides})
    assert (values["width"], values["height"], values["pixel_m"]) == (40, 40, 10)
    assert values["highest_density"] == 3.0
    assert values["test_blocks"] == []
    (shown,) = values["dates"]
    assert (shown["label"], shown["mapped_by_hand"]) == ("2013", False)
    assert shown["density"]["predicted"]["box"] == [10, 20, 10, 10]
    ((number, position, state, area_m2, rings),) = values["landslides"]["predicted"]
    assert (number, position, values["states"][state], area_m2) == (7, 0, "new", 100)
    assert len(rings) == 1
