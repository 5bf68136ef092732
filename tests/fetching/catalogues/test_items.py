"""Where images were taken, also across the 180th meridian."""

from __future__ import annotations

from datetime import UTC, datetime

import pystac
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from slidelens.fetching.catalogues.items import footprint, within

SOUTH, NORTH = -17.2, -16.2
FIJI = (179.95, -16.9, 179.97, -16.8)
OTHER_SIDE = (-179.97, -16.9, -179.95, -16.8)
BETWEEN = (177.0, -16.9, 177.1, -16.8)


def item(geometry: BaseGeometry | None, bbox: list[float]) -> pystac.Item:
    values = None if geometry is None else shapely.geometry.mapping(geometry)
    moment = datetime(2018, 9, 16, tzinfo=UTC)
    return pystac.Item("a", values, bbox, moment, {}, collection="images")


def box(west: float, east: float) -> shapely.Polygon:
    return shapely.box(west, SOUTH, east, NORTH)


@pytest.mark.parametrize(
    ("geometry", "west", "east"),
    [
        (shapely.MultiPolygon([box(179.1, 180), box(-180, -179.9)]), 179.1, -179.9),
        (box(179.1, 180.1), 179.1, 180.1),
        (box(-180.9, -179.9), -180.9, -179.9),
        (box(-179.9, 179.1), -179.9, 179.1),  # corners 179.1° and −179.9°, joined across 0°
        (None, 179.1, -179.9),
    ],
)
def test_a_footprint_across_the_180th_meridian_is_found_on_both_sides(
    geometry: BaseGeometry | None, west: float, east: float
) -> None:
    image = item(geometry, [west, SOUTH, east, NORTH])
    for place in (FIJI, OTHER_SIDE):
        assert within([image], "images", place, None) == [image]


def test_a_box_may_tell_heights() -> None:
    image = item(None, [10, SOUTH, -100, 11, NORTH, 900])
    assert footprint(image).equals(box(10, 11))


def test_other_footprints_are_as_they_are_written() -> None:
    assert footprint(item(box(177.0, 178.0), [177, SOUTH, 178, NORTH])).equals(box(177, 178))
    whole = shapely.box(-180, -90, 180, 90)
    assert footprint(item(whole, [-180, -90, 180, 90])).equals(whole)
    crossing = item(shapely.MultiPolygon([box(179.1, 180), box(-180, -179.9)]), [])
    assert within([crossing], "images", BETWEEN, None) == []
