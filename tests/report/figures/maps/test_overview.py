"""The figure of a date at a glance."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.dataset.parts import TEST
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.scene import Scene
from slidelens.report.figures.maps.overview import true_colour, write_overview

GRID = Grid(CRS.from_epsg(32645), Affine(5, 0, 320_000, 0, -5, 3_110_000), 40, 60)


def scene(bands: tuple[str, ...] = ("blue", "green", "red")) -> Scene:
    pixels = (
        np.random.default_rng(1).uniform(100, 3000, (*GRID.shape, len(bands))).astype(np.float32)
    )
    valid = np.ones(GRID.shape, bool)
    valid[:5] = False
    return Scene(GRID, bands, pixels, valid)


def test_colours_go_by_band_name() -> None:
    image = scene()
    shown = true_colour(image)
    brightest = np.unravel_index(image.pixels[5:, :, 2].argmax(), (35, 60))
    assert shown[5:][brightest][0] == 255  # the third band is red, and red is shown first


def test_nodata_is_black_and_the_rest_uses_the_whole_range() -> None:
    shown = true_colour(scene())
    assert (shown[:5] == 0).all()
    assert shown[5:].max() == 255


def test_one_band_is_shown_grey() -> None:
    shown = true_colour(scene(("pan",)))
    assert (shown[..., 0] == shown[..., 1]).all()
    assert (shown[..., 1] == shown[..., 2]).all()


def test_the_figure_is_written_and_the_same_each_time(tmp_path: Path) -> None:
    parts = np.ones(GRID.shape, np.uint8)
    parts[:, 30:] = TEST
    body = gpd.GeoDataFrame(
        geometry=[shapely.box(320_050, 3_109_850, 320_100, 3_109_900)], crs=GRID.crs
    )
    for name in ("a.png", "b.png"):
        write_overview(scene(), parts, None, body, "2013", tmp_path / name)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
