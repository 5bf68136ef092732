"""Values and bands that may mean no data, though nothing says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS

from slidelens.geo.grid import Grid
from slidelens.geo.rasters.bands import Band
from slidelens.geo.rasters.doubts import (
    count_fills,
    describe_corner,
    describe_fills,
    describe_unmarked_mask,
    fill_values,
)
from slidelens.geo.rasters.options import ReadingOptions

PATH = Path("a.tif")
SEEN = np.ones((10, 10), bool)


def bands(dtype: str, number: int = 2, **changes: object) -> list[Band]:
    positions = range(1, number + 1)
    return [Band(each, f"b{each}", "data", dtype, **changes) for each in positions]  # type: ignore[arg-type]


def note(value: float, share: float, of: list[Band], nodata: float | None = None) -> str | None:
    pixels = np.full((10, 10, len(of)), 7, np.float32)
    pixels[: int(10 * share)] = value
    counts = count_fills(pixels, SEEN, of)
    return describe_fills(PATH, counts, 100, of, ReadingOptions(nodata=nodata))


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("uint8", (0, 255)),
        ("uint16", (0, 65535)),
        ("int16", (0, -999, -9999, -10000, -32767, -32768, 32767)),
        ("int8", (0, -128, 127)),
    ],
)
def test_values_that_may_mean_no_data(dtype: str, values: tuple[float, ...]) -> None:
    assert fill_values(bands(dtype)) == values
    for value in values:
        text = note(value, 0.5, bands(dtype))
        assert text is not None
        assert text.startswith(f"a.tif: 50 % of the pixels are {value} in all bands, and the file")


def test_single_precision() -> None:
    least = float(np.finfo(np.float32).min)
    assert "gdal_edit.py -a_nodata -3.4028235e+38`" in str(note(least, 0.5, bands("float32")))
    for value in (-9999, -99999, -10000):
        text = str(note(value, 0.5, bands("float32")))
        assert f"gdal_edit.py -a_nodata {value}`" in text


def test_other_values_and_single_bands_at_their_greatest_are_ground() -> None:
    assert note(254, 0.5, bands("uint8")) is None
    assert note(255, 0.5, bands("uint8", 1)) is None
    assert note(-9999, 0.5, bands("int16", 1)) is not None


def test_scaled_values_are_compared_as_stored() -> None:
    scaled = bands("uint16", scale=1e-4, offset=-0.1)
    assert "are 65535 in all bands" in str(note(65535e-4 - 0.1, 0.5, scaled))


def test_all_pixels_and_few_pixels_are_told_in_percent() -> None:
    of = bands("uint8")
    for count, percent in ((1000, "100"), (21, "2"), (5, "0.5")):
        text = describe_fills(PATH, {0.0: count}, 1000, of, ReadingOptions())
        assert f"a.tif: {percent} % of the pixels are 0 in all bands" in str(text)
    assert describe_fills(PATH, {0.0: 0, 255.0: 5}, 1000, of, ReadingOptions()) is None


def test_a_nodata_value_that_is_another_is_told() -> None:
    assert "all bands, and the nodata value of the file is another" in str(
        note(0, 0.5, bands("uint8", marked_by="nodata"))
    )


def test_what_says_which_pixels_are_seen_leaves_no_doubt() -> None:
    assert note(255, 0.5, bands("uint8"), nodata=-1) is None
    assert note(255, 0.5, bands("uint8", marked_by="mask")) is None
    alpha = Band(3, None, "alpha", "uint8")
    for value in (0.0, 255.0):
        text = describe_fills(PATH, {value: 50}, 100, [*bands("uint8"), alpha], ReadingOptions())
        assert text is None


def test_a_band_that_is_called_a_mask() -> None:
    named = [*bands("uint8"), Band(3, "Valid", "data", "uint8")]
    assert "-colorinterp_3 alpha`" in str(describe_unmarked_mask(PATH, named))
    marked = [*bands("uint8"), Band(3, "mask", "alpha", "uint8")]
    assert describe_unmarked_mask(PATH, marked) is None
    assert describe_unmarked_mask(PATH, bands("uint8")) is None


def test_a_band_that_is_marked_as_alpha_but_named_otherwise() -> None:
    named = [*bands("uint8"), Band(3, "ground", "data", "uint8", is_named_alpha=True)]
    assert "is marked as alpha, but is called ground" in str(describe_unmarked_mask(PATH, named))


@pytest.mark.parametrize("name", ["Alpha Band", "cloud_mask", "udm2", "valid pixels"])
def test_other_names_of_masks(name: str) -> None:
    named = [*bands("uint8"), Band(3, name, "data", "uint8")]
    assert "has no effect" in str(describe_unmarked_mask(PATH, named))


@pytest.mark.parametrize(
    ("west", "north", "epsg", "is_told"),
    [(0, 0, 32654, True), (0, 400, 32654, False), (10, 0, 32654, False), (0, 0, 4326, False)],
)
def test_a_corner_that_lies_where_rasters_without_position_do(
    west: float, north: float, epsg: int, is_told: bool
) -> None:
    grid = Grid(CRS.from_epsg(epsg), Affine(10, 0, west, 0, -10, north), 40, 50)
    line = "a.tif: its upper left corner lies at exactly (0, 0) of EPSG:32654; if that is not its"
    assert str(describe_corner(PATH, grid)).startswith(line) == is_told
