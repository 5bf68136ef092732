"""CRSs that a user names."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from rasterio.crs import CRS

from slidelens.errors import GridError
from slidelens.layers.crs.named import parse_metric_crs, warn_of_stretched_areas

UTM = CRS.from_epsg(32645)
NEPAL = gpd.GeoDataFrame(geometry=[shapely.box(325_000, 3_110_000, 325_100, 3_110_100)], crs=32645)


def test_a_crs_that_is_named_must_be_metric(caplog: pytest.LogCaptureFixture) -> None:
    assert parse_metric_crs("EPSG:32645", "--crs") == UTM
    for text, message in (
        ("nonsense", "--crs is nonsense, which is no CRS; give, for example, EPSG:32645"),
        ("EPSG:4326", "--crs: EPSG:4326 is not in metres; give a projected CRS"),
        ("EPSG:2264", "--crs: EPSG:2264 is not in metres"),
        ("", "--crs is , which is no CRS"),
    ):
        with pytest.raises(GridError, match=message):
            parse_metric_crs(text, "--crs")
    warn_of_stretched_areas(CRS.from_epsg(3857), NEPAL, "--crs", "leave it out")
    assert caplog.messages == [
        "--crs is EPSG:3857, in which areas here are off by up to 29 %; leave it out, "
        "or give EPSG:32645"
    ]
    caplog.clear()
    warn_of_stretched_areas(UTM, NEPAL, "--crs", "leave it out")
    assert not caplog.messages


@pytest.mark.parametrize("text", ['PROJCS["WGS', "+proj=utm", "+proj=x +zone=99"])
def test_gdal_prints_nothing_about_what_is_no_crs(
    text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(GridError, match="--crs is .*, which is no CRS"):
        parse_metric_crs(text, "--crs")
    assert capfd.readouterr() == ("", "")
