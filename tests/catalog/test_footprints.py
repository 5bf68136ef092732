"""Where maps lie, in degrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.catalog.footprints import bounds, footprint, geometry, projection
from slidelens.geo.grid import Grid
from slidelens.layers.probability import write_probability
from support.studies import grid_of

GRID = grid_of(40, 60)


def outline(path: Path, columns: slice) -> shapely.Geometry:
    valid = np.zeros(GRID.shape, bool)
    valid[:, columns] = True
    write_probability(valid.astype(np.float32), valid, GRID, path)
    return footprint(path, GRID)


def test_it_is_where_the_map_is_valid(tmp_path: Path) -> None:
    west, whole = outline(tmp_path / "a.tif", slice(0, 30)), outline(tmp_path / "b.tif", slice(60))
    assert shapely.area(west) / shapely.area(whole) == pytest.approx(0.5, abs=0.03)
    left, bottom, right, top = bounds([whole])
    assert 85 < left < right < 86
    assert 28 < bottom < top < 29


def test_a_map_without_a_valid_pixel_lies_where_its_grid_does(tmp_path: Path) -> None:
    empty, whole = outline(tmp_path / "a.tif", slice(0)), outline(tmp_path / "b.tif", slice(60))
    assert bounds([empty]) == pytest.approx(bounds([whole]), abs=1e-5)


def test_coordinates_are_rounded() -> None:
    values = geometry(shapely.box(0.12345678, 0, 1, 1))
    assert values["type"] == "Polygon"
    assert values["coordinates"][0][2][0] in (0.123457, 1.0)


def test_a_crs_without_a_code_is_told_as_text() -> None:
    assert projection(GRID)["proj:code"] == "EPSG:32645"
    local = CRS.from_proj4("+proj=tmerc +lon_0=85.3 +datum=WGS84 +units=m")
    values = projection(Grid(local, Affine(10, 0, 0, 0, -10, 0), 4, 5))
    assert values["proj:code"] is None
    assert values["proj:wkt2"].startswith("PROJCRS")
    assert values["proj:shape"] == [4, 5]
    assert values["proj:transform"] == [10, 0, 0, 0, -10, 0]
