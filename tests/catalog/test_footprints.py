"""Where maps lie, in degrees."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.catalog.footprints import around, bounds, footprint, geometry, projection
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


def test_ground_across_the_180th_meridian_is_two_parts_that_meet_there(tmp_path: Path) -> None:
    grid = grid_of(200, 300, west=252_500.0, north=4_735_000.0, crs=CRS.from_epsg(32601))
    valid = np.ones(grid.shape, bool)
    write_probability(valid.astype(np.float32), valid, grid, tmp_path / "a.tif")
    found = footprint(tmp_path / "a.tif", grid)
    parts = sorted(shapely.get_parts(found), key=lambda part: float(part.bounds[0]))
    assert len(parts) == 2
    assert parts[0].bounds[0] == pytest.approx(-180)
    assert parts[1].bounds[2] == pytest.approx(180)
    located = gpd.GeoSeries(parts, crs="EPSG:4326").to_crs(grid.crs.to_wkt())
    assert located.area.sum() == pytest.approx(grid.height * grid.width * grid.pixel_area_m2, 0.01)
    west, south, east, north = bounds([found])
    assert 179.9 < west < 180
    assert -180 < east < -179.9
    assert 42.6 < south < north < 42.8
    assert geometry(found)["type"] == "MultiPolygon"


def test_bounds_of_several_maps_may_cross_the_180th_meridian() -> None:
    assert around([[85, 27, 86, 28], [-70, -5, -69, 1]]) == [-70, -5, 86, 28]
    assert around([[179.9, -18, -179.8, -17], [178, -19, 178.5, -17.5]]) == pytest.approx(
        [178, -19, -179.8, -17]
    )
    assert around([[179.9, -18, -179.8, -17], [-179.7, -18, -179.6, -17]]) == pytest.approx(
        [179.9, -18, -179.6, -17]
    )
    assert around([[179.9, -18, -179.8, -17], [-1, -18, 1, -17]]) == pytest.approx(
        [179.9, -18, 1, -17]
    )


def test_bounds_of_maps_on_either_side_of_the_180th_meridian_do_not_go_round_the_earth() -> None:
    assert around([[178, -18, 179, -17], [-179.7, -19, -179.6, -17]]) == [178, -19, -179.6, -17]
    assert around([[-180, -90, 180, 90], [10, 0, 11, 1]]) == [-180, -90, 180, 90]


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


def test_bounds_of_many_parts_reach_from_the_first_to_the_last_across_the_180th_meridian() -> None:
    spans = [(179.5, 180), (179, 179.2), (-179.5, -179.4), (-180, -179.9)]
    outline = shapely.MultiPolygon([shapely.box(west, -18, east, -17) for west, east in spans])
    assert bounds([outline]) == [179, -18, -179.4, -17]
