"""CRSs that do not tell where on Earth polygons are."""

from __future__ import annotations

import pyproj
import pytest

from slidelens.errors import InventoryError
from slidelens.geo.vectors.crs import require_located

LOCAL = 'LOCAL_CS["site grid",UNIT["metre",1]]'
UNDEFINED = (
    'GEOGCS["Undefined geographic SRS",DATUM["unknown",SPHEROID["unknown",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
MARS = "IAU_2015:49900"


@pytest.mark.parametrize("crs", [4326, 32645, 3857, 2264, 6933])
def test_a_crs_that_tells_the_place_is_returned_as_it_is(crs: int) -> None:
    assert require_located(pyproj.CRS(crs), "a") == pyproj.CRS(crs)


def test_heights_are_dropped() -> None:
    assert require_located(pyproj.CRS("EPSG:32645+5773"), "a").to_epsg() == 32645
    assert require_located(pyproj.CRS("EPSG:4979"), "a").to_epsg() == 4326


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        (None, "a has no CRS; set it, for instance with `ogr2ogr -a_srs EPSG:32645`"),
        (LOCAL, "a has no CRS that tells where on Earth it is, but site grid; set it"),
        (UNDEFINED, "a has no CRS that tells where on Earth it is, but Undefined geographic SRS"),
        ("EPSG:5773", "a has no CRS that tells where on Earth it is, but EGM96 height"),
        ("EPSG:4978", "a is in WGS 84, which counts from the centre of the Earth; reproject it"),
        (MARS, r"a is in Mars .*, which PROJ cannot relate to the Earth"),
    ],
)
def test_others_are_refused_in_one_line(crs: str | None, message: str) -> None:
    with pytest.raises(InventoryError, match=message) as caught:
        require_located(None if crs is None else pyproj.CRS(crs), "a")
    assert "\n" not in str(caught.value)
