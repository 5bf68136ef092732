"""Areas, metric CRS and grid of a study."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from affine import Affine
from rasterio.crs import CRS
from shapely import box

from slidelens.errors import GridError, SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.study.extent import (
    area_grid,
    area_in_crs,
    choose_metric_crs,
    find_area,
    read_area,
)

UTM45 = CRS.from_epsg(32645)


def header(left: float, top: float, pixel_m: float = 10, crs: CRS = UTM45) -> Header:
    """Return the header of a scene of 10 × 10 pixels."""
    grid = Grid(crs, Affine(pixel_m, 0, left, 0, -pixel_m, top), 10, 10)
    return Header(Path(f"{left:.0f}.tif"), grid, ("red",), "uint16")


def test_without_an_area_file_the_area_is_the_overlap_of_the_scenes() -> None:
    headers = [header(500_000, 3_000_000), header(500_030, 2_999_950)]
    area = read_area(Path(), None, headers)
    assert area.iloc[0].equals(box(500_030, 2_999_900, 500_100, 2_999_950))


def test_scenes_apart_have_no_area() -> None:
    with pytest.raises(SceneError, match=r"500000\.tif, 600000\.tif do not overlap"):
        read_area(Path(), None, [header(500_000, 3_000_000), header(600_000, 3_000_000)])


def test_coordinates_outside_the_crs_are_refused() -> None:
    degrees = CRS.from_epsg(4326)
    with pytest.raises(GridError, match="begins at 500000, 2999900, which is no place in it"):
        read_area(Path(), None, [header(500_000, 3_000_000, crs=degrees)])


def test_the_metric_crs_is_the_utm_zone_of_the_area() -> None:
    nepal, chile = (
        gpd.GeoSeries([box(x, y, x + 0.1, y + 0.1)], crs=4326) for x, y in ((85, 28), (-70, -33))
    )
    assert choose_metric_crs(None, nepal).to_epsg() == 32645
    assert choose_metric_crs(None, chile).to_epsg() == 32719
    assert choose_metric_crs("EPSG:32644", nepal).to_epsg() == 32644


@pytest.mark.parametrize("west", [-85, 275])
def test_longitudes_from_0_to_360_are_the_same_places(west: float) -> None:
    area = gpd.GeoSeries([box(west, 10, west + 0.1, 10.1)], crs=4326)
    crs = choose_metric_crs(None, area)
    assert crs.to_epsg() == 32616
    assert area_in_crs(area, crs).area == pytest.approx(121.3e6, rel=1e-3)


@pytest.mark.parametrize("configured", ["nonsense", "EPSG:4326"])
def test_a_configured_crs_must_be_known_and_metric(configured: str) -> None:
    area = gpd.GeoSeries([box(85, 28, 86, 29)], crs=4326)
    with pytest.raises(GridError):
        choose_metric_crs(configured, area)


def test_edges_are_densified_before_they_are_transformed() -> None:
    """A parallel is curved in UTM: its middle is south of its ends' straight line."""
    area = gpd.GeoSeries([box(84, 28, 90, 29)], crs=4326)
    straight = area.to_crs(UTM45).iloc[0]
    assert area_in_crs(area, UTM45).difference(straight).area > 1e8


def test_a_grid_of_the_scenes_crs_and_pixel_lies_on_its_pixels() -> None:
    scene = header(500_003, 3_000_007)
    bounds = (500_020, 2_999_950, 500_060, 2_999_990)
    aligned = area_grid(bounds, scene, UTM45, 10).transform
    assert ((aligned.c - 500_003) % 10, (3_000_007 - aligned.f) % 10) == (0, 0)
    other_pixel = area_grid(bounds, scene, UTM45, 20).transform
    assert (other_pixel.c % 20, other_pixel.f % 20) == (0, 0)


def test_a_grid_of_the_scenes_pixel_is_that_of_the_scene_to_the_bit() -> None:
    scene = header(500_000, 3_000_000, 1.6)
    rounded_m = 1.6 * (1 + 1e-9)  # as a pixel size is after a transformation
    assert area_grid(scene.grid.bounds, scene, UTM45, rounded_m) == scene.grid


def test_a_margin_surrounds_the_area() -> None:
    bounds = (500_000, 2_999_900, 500_100, 3_000_000)
    grid = area_grid(bounds, header(500_000, 3_000_000), UTM45, 10, margin_m=30)
    assert grid.bounds == (499_970, 2_999_870, 500_130, 3_000_030)


def test_the_area_file_may_have_any_vector_format(tmp_path: Path) -> None:
    assert find_area(tmp_path) is None
    (tmp_path / "aoi.GeoJSON").touch()
    assert find_area(tmp_path) == "aoi.GeoJSON"
    (tmp_path / "aoi.gpkg").touch()
    assert find_area(tmp_path) == "aoi.gpkg"


def test_an_area_too_wide_for_its_utm_zone_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    choose_metric_crs(None, gpd.GeoSeries([box(80, 20, 95, 30)], crs=4326))
    assert "the UTM zone of the area is EPSG:32645, in which areas here are off by" in caplog.text
    caplog.clear()
    choose_metric_crs("EPSG:3857", gpd.GeoSeries([box(85, 28, 85.1, 28.1)], crs=4326))
    assert "study.crs is EPSG:3857, in which areas here are off by up to 29 %" in caplog.text
