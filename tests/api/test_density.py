"""Kernel densities of inventories in files and in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.api.density import kernel_density
from slidelens.errors import ParamsError
from support.inventories.scatter import AREA, SCATTER, landslides, saved


def test_its_text_holds_number_peak_and_unit() -> None:
    # 3 / (π · 0.1²) = 95.49 per km² at the centroid, to within a cell of 1 m
    density = kernel_density(landslides((0, 0)), radius_m=100, cell_m=1)
    assert density.peak == density.array.max() == pytest.approx(95.49, rel=1e-3)
    assert repr(density).startswith(
        f"<DensityMap inventory: 1 landslide, peak {density.peak:.4g} landslides per km², "
    )


def test_geographic_coordinates_give_the_same_numbers() -> None:
    metric = kernel_density(SCATTER).to_dict()
    degrees = kernel_density(SCATTER.to_crs(4326)).to_dict()
    assert degrees["crs"] == "EPSG:32645"
    for name in ("n", "radius_m", "peak_per_km2", "mean_per_km2"):
        assert degrees[name] == pytest.approx(metric[name], rel=1e-5)


def test_without_an_area_the_surface_reaches_one_radius_past_the_landslides() -> None:
    density = kernel_density(landslides((0, 0), (500, 300)), radius_m=200, cell_m=10)
    left, bottom, right, top = density.grid.bounds
    assert right - left == pytest.approx(500 + 20 + 400, abs=20)  # landslides are 20 m wide
    assert top - bottom == pytest.approx(300 + 20 + 400, abs=20)
    assert density.density.inside_share == pytest.approx(1, abs=1e-3)


def test_cells_off_a_slanted_area_have_no_value() -> None:
    triangle = gpd.GeoDataFrame(
        geometry=[
            shapely.Polygon([(325_000, 3_110_000), (327_000, 3_110_000), (325_000, 3_112_000)])
        ],
        crs=32645,
    )
    density = kernel_density(SCATTER, area=triangle)
    assert np.isnan(density.array).mean() == pytest.approx(0.5, abs=0.01)
    assert density.density.area_km2 == pytest.approx(2.0)


def test_the_radius_of_areas_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    kernel_density(SCATTER, weight="area")
    assert any("shrinks with the sum of the areas" in message for message in caplog.messages)


def test_cells_too_coarse_for_the_radius_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    kernel_density(SCATTER, radius_m=50, cell_m=40)
    assert any("under two cells of 40 m" in message for message in caplog.messages)


@pytest.mark.parametrize(
    ("count", "what"), [(1, "1 landslide,"), (3, "3 landslides in one place,")]
)
def test_landslides_in_one_place_need_a_radius(tmp_path: Path, count: int, what: str) -> None:
    same = saved(tmp_path, "same.gpkg", landslides(*[(0, 0)] * count))
    message = rf"same\.gpkg has {what} for which Esri's default search radius is 0 m; give radius_m"
    with pytest.raises(ParamsError, match=message):
        kernel_density(same)
    assert kernel_density(same, radius_m=50).density.n == count


def test_options_that_are_none_are_refused() -> None:
    options: tuple[tuple[dict[str, Any], str], ...] = (
        ({"convention": "arcgis"}, "convention is arcgis; give one of esri, qgis"),
        ({"weight": "volume"}, "weight is volume; give one of area, number"),
        ({"radius_m": -5}, r"the radius_m \(--radius-m\) is -5 m; give one over 0 m"),
    )
    for given, message in options:
        with pytest.raises(ParamsError, match=message):
            kernel_density(SCATTER, **given)


def test_invalid_duplicate_multipart_and_sliver_polygons_are_counted() -> None:
    bowtie = shapely.Polygon(
        [(325_000, 3_110_000), (325_040, 3_110_040), (325_040, 3_110_000), (325_000, 3_110_040)]
    )
    pair = shapely.MultiPolygon(
        [
            shapely.box(326_000, 3_111_000, 326_010, 3_111_010),
            shapely.box(326_030, 3_111_000, 326_040, 3_111_010),
        ]
    )
    sliver = shapely.box(327_000, 3_110_000, 327_100, 3_110_000.01)
    frame = gpd.GeoDataFrame(geometry=[bowtie, pair, pair, sliver], crs=32645)
    density = kernel_density(frame)
    # The bow tie is two triangles of 40 · 20 / 2 m²; the pair is drawn twice
    assert density.density.n == 4
    assert density.areas_m2.sum() == pytest.approx(800 + 2 * 200 + 1)


def test_an_area_is_named(tmp_path: Path) -> None:
    area = saved(tmp_path, "aoi.gpkg", AREA)
    assert kernel_density(SCATTER, area=area).to_dict()["mapped"] == "aoi.gpkg"
    assert kernel_density(SCATTER).to_dict()["mapped"] == "bounding box of the landslides"
