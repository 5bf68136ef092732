from __future__ import annotations

import geopandas as gpd
import shapely

from benchmarks.review import corrections, windows

CRS = "EPSG:32654"


def frame(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.box(*box) for box in boxes], crs=CRS)


def test_landslides_without_ground_in_the_other_inventory_are_corrected() -> None:
    mapped = frame((0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10))
    manual = frame((1, 0, 11, 10), (28, 0, 48, 10), (60, 60, 70, 70))

    deleted, drawn = corrections(mapped, manual, shapely.box(0, 0, 100, 100))

    assert list(deleted.index) == [1]  # a fifth of it is landslide
    assert list(drawn.index) == [2]


def test_landslides_mostly_outside_the_window_are_left_as_they_are() -> None:
    mapped = frame((0, 0, 10, 10), (94, 0, 110, 10))

    deleted, drawn = corrections(mapped, frame(), shapely.box(0, 0, 100, 100))

    assert list(deleted.index) == [0]
    assert drawn.empty


def test_windows_hold_enough_to_correct() -> None:
    near = [(10.0 * i, 0.0, 10.0 * i + 5, 5.0) for i in range(10)]
    manual = frame(*near, (5000, 5000, 5005, 5005))

    found = list(windows(frame(), manual, 400, number=20))

    assert len(found) == len(near)  # the landslide far from others is no centre
    assert all(window.area == 400**2 for window in found)
