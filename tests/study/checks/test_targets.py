"""Checks of a study before any pixel is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from affine import Affine
from rasterio.crs import CRS
from shapely import box

from slidelens.errors import GridError, SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.study.checks.targets import (
    fits,
    require_overlap,
    require_tiles,
    require_underived,
)
from slidelens.study.study import Findings, PreparationTarget

GRID = Grid(CRS.from_epsg(32645), Affine(10, 0, 500_000, 0, -10, 3_000_000), 96, 64)
TARGET = PreparationTarget(
    name="2013",
    header=Header(Path("2013.tif"), GRID, ("red", "nir"), "uint16"),
    inventory=None,
    grid=GRID,
    aoi=box(*GRID.bounds),
)


def test_a_target_that_fits_has_no_problem() -> None:
    findings = Findings()
    assert fits(findings, TARGET, ("red", "nir"), ("ndvi",))
    assert findings.problems == []


def test_a_problem_is_noted() -> None:
    findings = Findings(problems=["an earlier one"])
    assert not fits(findings, TARGET, ("red", "green"), ())
    assert len(findings.problems) == 2
    assert "2013.tif has no band green" in findings.problems[1]


def test_a_band_of_the_file_is_not_derived() -> None:
    require_underived(TARGET, ("ndvi",))
    with pytest.raises(SceneError, match=r"2013\.tif has a band nir of its own; use that"):
        require_underived(TARGET, ("ndvi", "nir"))


def test_a_scene_must_reach_the_area() -> None:
    elsewhere = replace(TARGET, aoi=box(600_000, 0, 600_100, 100))
    with pytest.raises(SceneError, match=r"2013\.tif \(EPSG:32645\) does not reach the area"):
        require_overlap(elsewhere)


def test_a_mosaic_is_whole_tiles_on_its_own_grid() -> None:
    require_tiles(replace(TARGET, tile_px=32))
    with pytest.raises(GridError, match="no whole tiles of 40; correct tile_px"):
        require_tiles(replace(TARGET, tile_px=40))
    shifted = replace(GRID, transform=GRID.transform @ Affine.translation(0.5, 0))
    with pytest.raises(GridError, match="is a mosaic of tiles"):
        require_tiles(replace(TARGET, tile_px=32, grid=shifted))
    require_tiles(replace(TARGET, grid=shifted))  # an image is resampled
