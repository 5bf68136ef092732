"""Inventories in a metric CRS."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import read_inventory, write_inventory
from slidelens.layers.crs.metric import (
    area_of,
    metric_crs,
    reproject_together,
    to_area_crs,
)
from slidelens.layers.crs.scale import Places, places_of, scale_errors

UTM = CRS.from_epsg(32645)


def square(epsg: int = 32645, side_m: float = 100.0) -> gpd.GeoDataFrame:
    """One landslide of side² m² near Mailung, Nepal, in any CRS."""
    return gpd.GeoDataFrame(
        geometry=[shapely.box(325_000, 3_110_000, 325_000 + side_m, 3_110_000 + side_m)], crs=32645
    ).to_crs(epsg)


def saved(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    write_inventory(frame, folder / name)
    return folder / name


def read_together(paths: list[Path]) -> list[gpd.GeoDataFrame]:
    return reproject_together([read_inventory(path) for path in paths], [p.name for p in paths])


def read_metric(path: Path) -> gpd.GeoDataFrame:
    return read_together([path])[0]


@pytest.mark.parametrize("epsg", [32645, 32644])
def test_a_crs_in_metres_that_keeps_distances_is_kept(epsg: int) -> None:
    assert metric_crs(square(epsg), "a").to_epsg() == epsg


# Two zones away (32646) areas are off by 1.4 %.
@pytest.mark.parametrize("epsg", [4326, 3857, 6933, 2264, 32646])
def test_degrees_feet_and_stretched_metres_become_utm(epsg: int, tmp_path: Path) -> None:
    # Web Mercator (3857) would make the 10 000 m² landslide 12 900 m² at 28° N
    frame = read_metric(saved(tmp_path, "a.gpkg", square(epsg)))
    assert CRS.from_user_input(frame.crs) == UTM
    assert frame.area.iloc[0] == pytest.approx(10_000, abs=0.01)


def test_southern_hemisphere() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(142.5, -6.1, 142.6, -6.0)], crs=4326)
    assert metric_crs(frame, "a").to_epsg() == 32754


def test_longitudes_past_180_are_taken_round() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(181.0, -18.1, 181.1, -18.0)], crs=4326)
    assert metric_crs(frame, "a").to_epsg() == 32701


def test_empty_inventories_take_the_crs_of_the_others(tmp_path: Path) -> None:
    empty = saved(tmp_path, "empty.gpkg", square(4326).iloc[:0])
    frames = read_together([empty, saved(tmp_path, "a.gpkg", square())])
    assert [len(frame) for frame in frames] == [0, 1]
    assert all(CRS.from_user_input(frame.crs) == UTM for frame in frames)
    assert read_metric(empty).crs.is_projected


def test_a_reprojection_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "slidelens"):
        first, second = read_together(
            [saved(tmp_path, "a.gpkg", square()), saved(tmp_path, "b.gpkg", square(4326))]
        )
    assert shapely.hausdorff_distance(first.geometry.iloc[0], second.geometry.iloc[0]) < 1e-3
    (record,) = caplog.records
    assert record.getMessage() == "b.gpkg: reprojected from EPSG:4326 to EPSG:32645"
    assert record.levelno == logging.INFO


def test_the_antimeridian_is_refused(tmp_path: Path) -> None:
    both = gpd.GeoDataFrame(
        geometry=[shapely.box(179.9, -17, 179.95, -16.9), shapely.box(-179.95, -17, -179.9, -16.9)],
        crs=4326,
    )
    with pytest.raises(
        InventoryError,
        match=r"a\.gpkg crosses the antimeridian \(longitudes -179\.95 to 179\.95\); give it in ",
    ):
        read_metric(saved(tmp_path, "a.gpkg", both))


def test_landslides_of_the_whole_earth_are_refused_as_such(tmp_path: Path) -> None:
    lefts = (-120, -70, 10, 85, 140)
    around = gpd.GeoDataFrame(geometry=[shapely.box(x, 1, x + 0.1, 1.1) for x in lefts], crs=4326)
    with pytest.raises(
        InventoryError,
        match=r"a\.gpkg reaches around more than half of the Earth \(longitudes -120 to 140\.1\); ",
    ):
        read_metric(saved(tmp_path, "a.gpkg", around))


def test_metres_called_degrees_are_refused(tmp_path: Path) -> None:
    wrong = square().set_crs(4326, allow_override=True)
    with pytest.raises(
        InventoryError,
        match=r"a\.gpkg is in EPSG:4326, but its coordinates reach 325100, 3110100;"
        " set its true CRS",
    ):
        read_metric(saved(tmp_path, "a.gpkg", wrong))


def test_coordinates_that_no_place_has_are_refused(tmp_path: Path) -> None:
    wrong = square().translate(1e9, 0).to_frame("geometry").set_crs(32645, allow_override=True)
    with pytest.raises(
        InventoryError, match=r"a\.gpkg is in EPSG:32645, but its coordinates reach 1\.000325e\+09"
    ):
        read_metric(saved(tmp_path, "a.gpkg", wrong))


def test_an_area_is_the_union_of_its_polygons() -> None:
    frame = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 20, 10), shapely.box(10, 0, 30, 10)], crs=32645
    )
    assert shapely.area(area_of(frame, "aoi.gpkg")) == 300
    with pytest.raises(InventoryError, match=r"aoi\.gpkg has no polygon; draw the area"):
        area_of(frame.iloc[:0], "aoi.gpkg")


def spread(*places: tuple[float, float], epsg: int = 4326) -> gpd.GeoDataFrame:
    """Squares of 0.001° at places given by longitude and latitude."""
    boxes = [shapely.box(x, y, x + 0.001, y + 0.001) for x, y in places]
    return gpd.GeoDataFrame(geometry=boxes, crs=4326).to_crs(epsg)


WIDE = ((-118.0, 35.0), (-79.0, 38.0), (-69.0, 45.0))
NULL_ISLAND = ((85.20, 28.1), (85.21, 28.1), (85.22, 28.1), (85.23, 28.1), (0.0, 0.0))


def geodesic_m2(frame: gpd.GeoDataFrame) -> list[float]:
    geod = pyproj.Geod(ellps="WGS84")
    return [abs(geod.geometry_area_perimeter(shape)[0]) for shape in frame.to_crs(4326).geometry]


@pytest.mark.parametrize("places", [WIDE, NULL_ISLAND])
@pytest.mark.parametrize("epsg", [4326, 6933, 3857])
def test_areas_far_apart_are_those_on_the_ellipsoid(
    places: tuple[tuple[float, float], ...], epsg: int, caplog: pytest.LogCaptureFixture
) -> None:
    frame = spread(*places, epsg=epsg)
    (metric,) = reproject_together([frame], ["a"])
    assert metric.area.tolist() == pytest.approx(geodesic_m2(frame), rel=1e-4)
    assert "a: no UTM zone is true to scale at all polygons; areas are computed in" in caplog.text


def test_an_equal_area_crs_is_kept_for_areas(caplog: pytest.LogCaptureFixture) -> None:
    frame = spread(*WIDE, epsg=6933)
    kept = to_area_crs(frame, "a")
    assert kept is frame
    assert kept.area.tolist() == pytest.approx(geodesic_m2(frame), rel=1e-4)
    assert not caplog.messages
    stretched = to_area_crs(square(3857), "a")
    assert CRS.from_user_input(stretched.crs) == UTM


@pytest.mark.parametrize("crs", ["EPSG:3857", "ESRI:54009"])
def test_a_spherical_projection_at_the_equator_is_left(crs: str) -> None:
    """Seen from the ellipsoid, it makes areas there 0.7 % too large."""
    frame = spread((10.0, 1.0)).to_crs(crs)
    assert frame.area.iloc[0] > 1.0065 * geodesic_m2(frame)[0]
    assert to_area_crs(frame, "a").area.tolist() == pytest.approx(geodesic_m2(frame), rel=1e-3)


def test_a_prime_meridian_that_is_not_greenwich_counts() -> None:
    austria = spread((10.5, 47.2)).to_crs(31281)  # whose longitudes begin at Ferro, 17.67° W
    assert metric_crs(austria, "a").to_epsg() == 31281


@pytest.mark.parametrize(("epsg", "places"), [(3857, (10, 45)), (32645, (60, 20)), (3413, (0, 60))])
def test_scale_errors_are_those_of_a_small_square(epsg: int, places: tuple[int, int]) -> None:
    longitude, latitude = places
    frame = spread((longitude - 0.0005, latitude - 0.0005))
    place = Places(np.array([longitude]), np.array([latitude]), np.array([0]))
    errors = scale_errors(CRS.from_epsg(epsg), place)
    scale = frame.to_crs(epsg).area.iloc[0] / geodesic_m2(frame)[0]
    assert errors.area[0] == pytest.approx(abs(scale - 1), rel=1e-4)
    geod = pyproj.Geod(ellps="WGS84")
    azimuths = np.arange(0, 180, 5)
    here_deg = np.full(36, float(longitude)), np.full(36, float(latitude))
    ends = geod.fwd(here_deg[0], here_deg[1], azimuths, np.full(36, 10.0))
    to_crs = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    here, there = to_crs.transform(longitude, latitude), to_crs.transform(*ends[:2])
    lengths = np.hypot(there[0] - here[0], there[1] - here[1]) / 10
    assert errors.distance[0] == pytest.approx(abs(lengths - 1).max(), rel=1e-3)


def test_the_scale_where_a_crs_has_no_place_is_infinite() -> None:
    errors = scale_errors(
        CRS.from_epsg(3413), Places(np.zeros(1), np.full(1, -90.0), np.array([0]))
    )
    assert not errors.keeps_areas
    assert not errors.keeps_distances


def test_the_truer_of_two_equal_area_crss_is_taken() -> None:
    """Albers' projection of the United States is truer there than an azimuthal one."""
    states = ((-124.0, 48.5), (-100.0, 38.0), (-67.0, 46.0), (-81.0, 26.0))
    assert metric_crs(spread(*states, epsg=5070), "a").to_epsg() == 5070
    assert metric_crs(spread(*states, epsg=6933), "a").to_epsg() is None  # 23 % off


def test_an_empty_inventory_keeps_a_metric_crs() -> None:
    assert metric_crs(square(32644).iloc[:0], "a").to_epsg() == 32644
    assert metric_crs(square(4326).iloc[:0], "a").to_epsg() == 32631


def test_a_crs_true_at_the_landslides_but_not_at_the_ends_of_their_extent_is_left() -> None:
    """Polar stereographic is true on one circle, and the corners of the extent lie off it."""
    frame = spread((-135.0, 70.0), (135.0, 70.0), epsg=3413)
    areas = to_area_crs(frame, "a")
    assert areas is not frame
    assert areas.area.tolist() == pytest.approx(geodesic_m2(frame), rel=1e-3)


def test_the_crs_suits_the_polygons_of_all(caplog: pytest.LogCaptureFixture) -> None:
    near, far = spread((85.2, 28.1)), spread((100.0, 28.1))
    frames = reproject_together([near, far], ["a", "b"])
    for frame, original in zip(frames, (near, far), strict=True):
        assert frame.area.tolist() == pytest.approx(geodesic_m2(original), rel=1e-4)


def test_a_wide_polygon_is_measured_at_its_corners() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(80, 20, 95, 35)], crs=4326)
    assert metric_crs(frame, "a").to_epsg() is None


def test_places_are_the_middles_and_the_corners_of_wide_polygons() -> None:
    frame = gpd.GeoDataFrame(
        geometry=[shapely.box(84.9, 27.9, 85.1, 28.0), shapely.box(85, 28, 85.4, 28.1)], crs=4326
    )
    small = spread((86.0, 29.0))
    places = places_of(pd.concat([small, frame], ignore_index=True), "a")
    found = sorted(
        zip(places.row, places.longitude.round(4), places.latitude.round(4), strict=True)
    )
    assert found == [
        (0, 86.0005, 29.0005),
        *((1, x, y) for x, y in ((84.9, 27.9), (84.9, 28), (85, 27.95), (85.1, 27.9), (85.1, 28))),
        *((2, x, y) for x, y in ((85, 28), (85, 28.1), (85.2, 28.05), (85.4, 28), (85.4, 28.1))),
    ]


def test_polygons_are_wide_in_kilometres() -> None:
    boxes = [shapely.box(5e5, 3e6, 5e5 + width_m, 3e6 + width_m) for width_m in (13_000, 15_000)]
    places = places_of(gpd.GeoDataFrame(geometry=boxes, crs=32645), "a")
    assert sorted(places.row.tolist()) == [0, 1, 1, 1, 1, 1]  # diagonals of 18 and of 21 km


def test_distances_are_off_where_a_crs_shrinks_them() -> None:
    flat = CRS.from_user_input("+proj=eqc +lat_ts=60 +ellps=WGS84 +units=m")
    errors = scale_errors(flat, Places(np.full(1, 10.0), np.full(1, 1.0), np.array([0])))
    assert errors.distance[0] == pytest.approx(0.5, abs=0.01)  # a degree to the east is half as far


def test_longitudes_past_180_are_those_to_the_east_of_minus_180() -> None:
    places = places_of(spread((179.5, 1.0), (180.5, 1.0), (181.5, 1.0)), "a")
    assert places.longitude.round(4).tolist() == [179.5005, -179.4995, -178.4995]
    assert places.centre == pytest.approx((-179.4995, 1.0005))


@pytest.mark.parametrize("far", [(0.0, 0.0), (-60.0, 80.0)])
def test_the_centre_of_places_is_not_moved_by_a_far_one(far: tuple[float, float]) -> None:
    places = places_of(spread((85.1, 28.1), far, (85.2, 28.2), (85.3, 28.3), (85.4, 28.0)), "a")
    assert places.centre == pytest.approx((85.2, 28.1), abs=0.11)


def test_distances_are_those_on_the_earth() -> None:
    ends = [(85.0, 28.0), (86.0, -10.0), (181.0, 70.0), (85.0, 28.001)]
    places = places_of(spread(*ends), "a")
    geod = pyproj.Geod(ellps="WGS84")
    for distance, longitude, latitude in zip(
        places.distances_km(85.3, 27.7), places.longitude, places.latitude, strict=True
    ):
        geodesic_km = geod.inv(85.3, 27.7, longitude, latitude)[2] / 1000
        assert distance == pytest.approx(geodesic_km, rel=0.006)


def test_the_corners_of_the_extent_count_where_no_polygon_is() -> None:
    centred = "+proj=sterea +lat_0=28 +lon_0=87 +ellps=WGS84 +units=m"
    east, north = shapely.box(550_000, 0, 550_100, 100), shapely.box(0, 550_000, 100, 550_100)
    frame = gpd.GeoDataFrame(geometry=[east, north], crs=centred)
    own = CRS.from_user_input(frame.crs)
    assert metric_crs(frame.iloc[:1], "a") == metric_crs(frame.iloc[1:], "a") == own
    assert metric_crs(frame, "a") != own


@pytest.mark.parametrize(
    ("places", "row"),
    [(NULL_ISLAND, 4), (((1.0, 1.0), (0.0, 0.0), (1.0, 1.1), (1.1, 1.0)), 1)],
)
def test_a_polygon_far_from_all_others_is_reported(
    places: tuple[tuple[float, float], ...], row: int, caplog: pytest.LogCaptureFixture
) -> None:
    reproject_together([spread(*places)], ["a"])
    assert f"a: row {row} is far from all others" in caplog.text


def test_landslides_that_are_only_spread_are_not_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reproject_together([spread(*WIDE)], ["a"])
    assert "far from all others" not in caplog.text
