"""Bands are found by the names that catalogues of all kinds give them."""

from __future__ import annotations

from typing import Any

import pystac
import pytest

from slidelens.fetching.images.bands import default_bands, find_band


def item(platform: str = "sentinel-2b", **assets: dict[str, Any]) -> pystac.Item:
    values: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "an item",
        "geometry": None,
        "properties": {"datetime": "2018-09-16T00:00:00Z", "platform": platform},
        "links": [],
        "assets": {key: {"href": f"{key}.tif"} | asset for key, asset in assets.items()},
    }
    return pystac.Item.from_dict(values)


EARTH_SEARCH = item(
    visual={"roles": ["visual"], "eo:bands": [{"common_name": name} for name in ("red", "green")]},
    red={"eo:bands": [{"name": "red", "common_name": "red"}]},
    nir={},
    nir08={},
    swir16={},
    scl={},
)
PLANETARY_COMPUTER = item(B04={}, B08={}, B8A={}, B11={}, SCL={}, visual={})
COPERNICUS = item(B04_20m={}, B04_10m={}, B08_10m={}, B11_20m={}, SCL_20m={})
LANDSAT = item(
    "landsat-8", red={}, nir08={"eo:bands": [{"common_name": "nir08"}]}, swir16={}, qa_pixel={}
)
ONE_FILE = item(
    data={"roles": ["data"], "bands": [{"name": "B2"}, {"eo:common_name": "red"}, {"name": "nir"}]}
)


@pytest.mark.parametrize(
    ("found_in", "name", "asset", "position"),
    [
        (EARTH_SEARCH, "red", "red", 1),
        (EARTH_SEARCH, "B04", "red", 1),
        (EARTH_SEARCH, "nir", "nir", 1),
        (EARTH_SEARCH, "nir_narrow", "nir08", 1),
        (EARTH_SEARCH, "swir1", "swir16", 1),
        (PLANETARY_COMPUTER, "red", "B04", 1),
        (PLANETARY_COMPUTER, "nir", "B08", 1),
        (PLANETARY_COMPUTER, "B8A", "B8A", 1),
        (PLANETARY_COMPUTER, "swir1", "B11", 1),
        (PLANETARY_COMPUTER, "scl", "SCL", 1),
        (COPERNICUS, "red", "B04_10m", 1),
        (COPERNICUS, "swir1", "B11_20m", 1),
        (COPERNICUS, "scl", "SCL_20m", 1),
        (LANDSAT, "nir", "nir08", 1),
        (ONE_FILE, "red", "data", 2),
        (ONE_FILE, "blue", "data", 1),
        (ONE_FILE, "nir", "data", 3),
    ],
)
def test_a_band_is_found(found_in: pystac.Item, name: str, asset: str, position: int) -> None:
    band = find_band(found_in, name)
    assert band is not None
    assert (band.asset, band.position) == (asset, position)
    assert band.only is (found_in is not ONE_FILE)


def test_numbers_of_bands_are_those_of_sentinel_2_alone() -> None:
    """Landsat 5's fourth band is near infrared."""
    landsat5 = item("landsat-5", B4={"eo:bands": [{"name": "B4", "common_name": "nir"}]})
    assert find_band(landsat5, "red") is None
    for name in ("nir", "B4"):
        band = find_band(landsat5, name)
        assert band is not None
        assert band.asset == "B4"


def test_a_picture_is_no_band() -> None:
    assert find_band(EARTH_SEARCH, "green") is None
    assert find_band(PLANETARY_COMPUTER, "green") is None


def test_default_bands_are_those_that_any_item_has() -> None:
    assert default_bands([EARTH_SEARCH, item(blue={})]) == ("red", "blue", "nir")
    assert default_bands([item(vv={})]) == ()


def test_values_are_those_of_the_band_and_not_of_its_neighbours() -> None:
    bands = [{"name": name, "raster:scale": scale} for name, scale in (("red", 0.1), ("nir", 0.2))]
    for key in ("data", "nir"):  # a file of several bands may be called as one of them
        band = find_band(item("other", **{key: {"bands": bands}}), "nir")
        assert band is not None
        assert (band.asset, band.position, band.only, band.scale) == (key, 2, False, 0.2)


def test_scale_offset_nodata_and_checksum_are_those_of_the_item() -> None:
    own = {"raster:bands": [{"scale": 1e-4, "offset": -0.1, "nodata": 0, "data_type": "uint16"}]}
    band = find_band(item(red=own | {"file:checksum": "1220ab"}), "red")
    assert band is not None
    assert (band.scale, band.offset, band.nodata, band.dtype) == (1e-4, -0.1, 0, "uint16")
    assert band.checksum == "1220ab"
    later = {"bands": [{"raster:scale": 2.75e-5, "raster:offset": -0.2, "nodata": "nan"}]}
    band = find_band(item(red=later), "red")
    assert band is not None
    assert (band.scale, band.offset) == (2.75e-5, -0.2)
