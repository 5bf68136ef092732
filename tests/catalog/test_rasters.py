"""What the rasters of a study hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from slidelens.catalog.rasters import bands_to_show, has_deviation, highest_value, stretches_of
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.layers.probability import write_probability
from slidelens.layers.surface import write_surface
from support.studies import grid_of, numbered, write_image

GRID = grid_of(30, 40)


@pytest.mark.parametrize(
    ("names", "bands"),
    [
        (("blue", "green", "red", "nir"), [3, 2, 1]),
        (("green", "red", "nir"), [3, 2, 1]),
        (("red", "nir"), [1]),
    ],
)
def test_red_green_and_blue_are_shown_if_they_are_there(
    tmp_path: Path, names: tuple[str, ...], bands: list[int]
) -> None:
    path = write_image(tmp_path / "a.tif", GRID, numbered(30, 40, len(names)), names)
    assert bands_to_show(read_header(path)) == bands


def test_contrast_is_stretched_between_seen_values(tmp_path: Path) -> None:
    values = np.full((30, 40, 1), 500, np.uint16)
    values[:15] = 100
    values[:, :20] = 0  # nodata
    header = read_header(write_image(tmp_path / "a.tif", GRID, values, ["grey"]))
    assert stretches_of(header, [1]) == [(100, 500)]


def test_contrast_leaves_out_what_the_user_calls_no_data(tmp_path: Path) -> None:
    values = np.full((30, 40, 1), 500, np.uint16)
    values[:15] = 100
    values[:, :20] = 7
    path = write_image(tmp_path / "a.tif", GRID, values, ["grey"], nodata=None)
    header = read_header(path, ReadingOptions(nodata=7))
    assert stretches_of(header, [1]) == [(100, 500)]


def test_contrast_is_of_values_and_not_of_what_is_stored(tmp_path: Path) -> None:
    values = np.full((30, 40, 2), 500, np.uint16)
    values[:15] = 100
    path = write_image(tmp_path / "a.tif", GRID, values, ["grey", "other"])
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.01, 1.0), (-0.5, 0.0)
    header = read_header(path)
    assert stretches_of(header, [1, 2]) == [pytest.approx((0.5, 4.5)), (100, 500)]


def test_an_image_without_a_seen_pixel_has_a_stretch(tmp_path: Path) -> None:
    values = np.zeros((30, 40, 1), np.uint16)
    header = read_header(write_image(tmp_path / "a.tif", GRID, values, ["grey"]))
    assert stretches_of(header, [1]) == [(0, 1)]


def test_maps_of_two_bands_have_a_deviation(tmp_path: Path) -> None:
    valid, values = np.ones(GRID.shape, bool), np.zeros(GRID.shape, np.float32)
    write_probability(values, valid, GRID, tmp_path / "one.tif")
    write_probability(values, valid, GRID, tmp_path / "two.tif", deviation=values)
    assert not has_deviation(tmp_path / "one.tif")
    assert has_deviation(tmp_path / "two.tif")


def test_the_highest_value_of_a_raster_leaves_nodata_out(tmp_path: Path) -> None:
    values = np.full(GRID.shape, 2.5, np.float32)
    values[-1, -1], values[:5] = 7.5, np.nan
    for name, each in {"seen": values, "none": values * np.nan}.items():
        write_surface(tmp_path / f"{name}.tif", each, GRID, "landslides per km²", "density")
    assert highest_value(tmp_path / "seen.tif") == 7.5
    assert highest_value(tmp_path / "none.tif") == 0
