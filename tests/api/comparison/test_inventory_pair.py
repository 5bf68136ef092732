"""Two inventories on common ground."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import shapely
from rasterio.crs import CRS

from slidelens.api.comparison.inventory_pair import read_pair
from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import write_layers
from slidelens.types import Shapes
from support.inventories.comparison import (
    HIT,
    OBSERVED,
    PREDICTED,
    frame_of,
    rectangle,
    saved,
    square,
)


def test_another_crs_is_reprojected_with_a_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "slidelens")
    predicted = saved(tmp_path, "predicted.gpkg", PREDICTED.to_crs(4326))
    pair = read_pair(OBSERVED, predicted)
    assert pair.crs.to_epsg() == 32645
    areas_m2 = shapely.area(pair.predicted)
    assert sorted(areas_m2) == pytest.approx([8000, 10_000], rel=1e-5)
    assert "predicted.gpkg: reprojected from EPSG:4326 to EPSG:32645" in caplog.messages


def test_geographic_coordinates_are_compared_in_metres() -> None:
    pair = read_pair(OBSERVED.to_crs(4326), PREDICTED.to_crs(4326))
    assert shapely.area(pair.observed).sum() == pytest.approx(20_000, rel=1e-4)


def test_an_area_cuts_both(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # 50 m of the hit remain on either side, so that they are equal; the miss and the false alarm
    # lie outside
    area = saved(tmp_path, "aoi.gpkg", frame_of(rectangle(0, 0, 50, 400)))
    observed = saved(tmp_path, "observed.gpkg", OBSERVED)
    pair = read_pair(observed, PREDICTED, area)
    assert [shapely.area(shapes).tolist() for shapes in (pair.observed, pair.predicted)] == [
        [5000],
        [5000],
    ]
    assert (pair.area_name, pair.names) == ("aoi.gpkg", ("observed", "predicted"))
    assert pair.bounds == (325_000, 3_110_000, 325_050, 3_110_400)
    assert (
        "observed.gpkg: 1 of 2 landslides lies outside the area and is left out" in caplog.messages
    )


def test_an_area_without_landslides_is_said(caplog: pytest.LogCaptureFixture) -> None:
    pair = read_pair(OBSERVED, PREDICTED, frame_of(square(2000, 2000)))
    assert (len(pair.observed), len(pair.predicted)) == (0, 0)
    assert (
        "observed: none of 2 landslides lies in the area; check its CRS if that is not so"
        in caplog.messages
    )


def test_without_an_area_the_bounding_box_of_both_is_compared() -> None:
    pair = read_pair(OBSERVED, PREDICTED)
    assert pair.bounds == (325_000, 3_110_000, 325_600, 3_110_600)
    assert pair.area_name == "bounding box of both inventories"


def test_duplicate_nested_and_overlapping_polygons_are_one_ground(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Twice the hit, a 50 m square within it, and one that overlaps it by half: 10 000 + 5 000 m²
    many = frame_of(HIT, HIT, square(20, 20, 50), square(50, 0))
    pair = read_pair(many, frame_of(HIT))
    assert shapely.area(pair.observed_ground).sum() == 15_000
    assert shapely.area(pair.predicted_ground).sum() == 10_000
    assert (len(pair.observed), len(pair.predicted)) == (4, 1)
    assert (
        "observed: polygons overlap on 17500 m²; as ground it counts once, "
        "as landslides each counts" in caplog.messages
    )


def test_fragments_are_merged_before_they_are_cut() -> None:
    def merge(shapes: Shapes, crs: CRS) -> Shapes:
        return np.array([shapely.union_all(shapes)], dtype=object)

    area = frame_of(rectangle(0, 0, 90, 1000))
    pair = read_pair(OBSERVED, PREDICTED, area, merge)
    assert len(pair.predicted) == 1
    assert shapely.area(pair.predicted).tolist() == [8000 + 9000]
    assert sorted(shapely.area(pair.fragments)) == [8000, 9000]


def test_inventories_without_common_extent_are_refused(tmp_path: Path) -> None:
    observed = saved(tmp_path, "observed.gpkg", OBSERVED)
    far = saved(tmp_path, "predicted.gpkg", frame_of(square(200_000, 0)))
    with pytest.raises(
        InventoryError,
        match=r"observed\.gpkg and predicted\.gpkg lie 199 km apart; check their CRSs",
    ):
        read_pair(observed, far)
    empty = OBSERVED.iloc[:0]
    with pytest.raises(
        InventoryError,
        match=r"have no landslide, and so no extent; name the ground with area \(--aoi\)",
    ):
        read_pair(empty, empty)


def test_an_area_does_not_hide_that_inventories_lie_apart(tmp_path: Path) -> None:
    # the area is the layer `mapped` of the prediction, or one that the user names
    mapped = tmp_path / "mapped.gpkg"
    area = frame_of(square(0, 0, 1000))
    write_layers({"landslides": PREDICTED, "mapped": area}, mapped)
    observed = saved(tmp_path, "observed.gpkg", OBSERVED.set_crs(32654, allow_override=True))
    apart = r"observed\.gpkg and mapped\.gpkg lie \d{4} km apart; check their CRSs"
    with pytest.raises(InventoryError, match=apart):
        read_pair(observed, mapped)
    with pytest.raises(InventoryError, match=apart):
        read_pair(observed, mapped, area)
    with pytest.raises(InventoryError, match=r"observed\.gpkg and .* lie \d{4} km apart"):
        read_pair(observed, PREDICTED.iloc[:0], area)
