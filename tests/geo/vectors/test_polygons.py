"""Rows are made valid polygons in bounded time, or refused, and the rows are told."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.errors import InventoryError
from slidelens.geo.vectors.polygons import require_polygons
from support.inventories.vectors import frame_of
from support.studies import UTM, box, grid_of

SQUARE = box(grid_of(20, 20), 0, 0, 3, 3)
X, Y = SQUARE.exterior.coords[0]
BOW_TIE = shapely.Polygon([(0, 0), (10, 10), (0, 10), (10, 0)])


def tangle(vertices: int) -> shapely.Polygon:
    return shapely.Polygon(np.random.default_rng(1).random((vertices, 2)) * 1000 + [X, Y])


def test_rows_keep_their_numbers_in_messages(caplog: pytest.LogCaptureFixture) -> None:
    frame = gpd.GeoDataFrame(geometry=[None, SQUARE, BOW_TIE], crs=UTM)
    repaired = require_polygons(frame, "a")
    assert repaired.index.tolist() == [0, 1]
    assert "a: 1 invalid polygon repaired (row 2)" in caplog.text


def test_the_polygons_of_collections_are_read(caplog: pytest.LogCaptureFixture) -> None:
    point, line = shapely.Point(X, Y), shapely.LineString([(X, Y), (X + 9, Y)])
    nested = shapely.GeometryCollection(
        [shapely.GeometryCollection([SQUARE, line]), point, shapely.MultiPolygon([BOW_TIE])]
    )
    frame = require_polygons(frame_of(SQUARE, nested), "a")
    assert frame.area.tolist() == [900, 950]
    assert "a: only the polygons of 1 collection of geometries are read (row 1)" in caplog.text
    lines = shapely.GeometryCollection([line, point])
    with pytest.raises(InventoryError, match="a holds GeometryCollection geometries, not polygons"):
        require_polygons(frame_of(lines), "a")


@pytest.mark.filterwarnings("ignore:invalid value")  # of shapely, about the input itself
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_coordinates_that_are_no_numbers(value: float, caplog: pytest.LogCaptureFixture) -> None:
    odd = shapely.Polygon([(X, Y), (value, Y), (X, Y + 9)])
    frame = require_polygons(frame_of(SQUARE, odd), "a")
    assert frame.area.tolist() == [900]
    assert "a: 1 polygon has coordinates that are no numbers and is left out (row 1)" in (
        caplog.text
    )


def test_coordinates_of_no_place_are_refused() -> None:
    odd = shapely.Polygon([(X, Y), (1e300, Y), (X, 1e300)])
    with pytest.raises(InventoryError, match=r"a has coordinates 1e\+300, .* \(row 1\), which are"):
        require_polygons(frame_of(SQUARE, odd), "a")


def test_a_tangle_is_refused_before_it_takes_all_time_and_memory() -> None:
    begin = time.process_time()
    with pytest.raises(
        InventoryError,
        match=r"a: outlines cross themselves over 50,000 times \(row 1\) and cannot be repaired",
    ):
        require_polygons(frame_of(SQUARE, tangle(3000)), "a")
    assert time.process_time() - begin < 10


def test_outlines_with_many_crossings_are_still_repaired() -> None:
    repaired = require_polygons(frame_of(tangle(250)), "a")
    assert repaired.is_valid.all()
    assert repaired.area.iloc[0] > 0


def test_a_hundred_thousand_vertices_are_no_trouble() -> None:
    angles = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    radius = 1000 + 300 * np.sin(50 * angles)
    star = shapely.Polygon(
        np.column_stack([X + radius * np.cos(angles), Y + radius * np.sin(angles)])
    )
    assert len(require_polygons(frame_of(star), "a")) == 1
