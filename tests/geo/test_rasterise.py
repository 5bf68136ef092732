"""Polygons to masks and back, by hand and as properties of any mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio.features
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from slidelens.errors import GridError
from slidelens.geo.rasterise import open_mask, polygonise, polygonise_file, rasterise, rasterise_ids
from slidelens.types import Mask
from support.studies import box, grid_of

masks = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(lambda shape: arrays(bool, shape))


def test_a_pixel_is_in_when_its_centre_is() -> None:
    grid = grid_of(3, 3)
    assert rasterise([box(grid, 0.6, 0.4, 1.0, 1.0)], grid).tolist() == [
        [False, False, False],
        [True, False, False],
        [False, False, False],
    ]


def test_holes_stay_open() -> None:
    grid = grid_of(5, 5)
    ring = box(grid, 0, 0, 5, 5).difference(box(grid, 1, 1, 3, 3))
    mask = rasterise([ring], grid)
    assert mask.sum() == 25 - 9
    assert not mask[1:4, 1:4].any()


def test_a_landslide_in_the_hole_of_another_is_kept() -> None:
    grid = grid_of(5, 5)
    ring = box(grid, 0, 0, 5, 5).difference(box(grid, 1, 1, 3, 3))
    mask = rasterise([ring, box(grid, 2, 2, 1, 1)], grid)
    assert mask.sum() == 25 - 9 + 1


def test_overlapping_polygons_are_a_union() -> None:
    grid = grid_of(4, 4)
    assert rasterise([box(grid, 0, 0, 3, 3), box(grid, 1, 1, 3, 3)], grid).sum() == 9 + 9 - 4


def test_multipolygons_with_overlapping_parts_are_a_union() -> None:
    grid = grid_of(4, 4)
    both = shapely.MultiPolygon([box(grid, 0, 0, 3, 3), box(grid, 1, 1, 3, 3)])
    assert rasterise([both], grid).sum() == 9 + 9 - 4


def test_nothing_off_the_grid_and_nothing_from_nothing() -> None:
    grid = grid_of(3, 3)
    assert rasterise([box(grid, 10, 10, 2, 2)], grid).sum() == 0
    assert rasterise([], grid).shape == (3, 3)
    assert rasterise([shapely.Polygon(), None], grid).sum() == 0


def test_a_polygon_over_the_edge_is_cut_there() -> None:
    grid = grid_of(3, 3)
    assert rasterise([box(grid, -2, -2, 4, 4)], grid).sum() == 4


def test_pixels_know_the_number_of_their_polygon() -> None:
    # A pair of parts is one landslide; the later of two that overlap is on top; an empty one keeps
    # its number.
    grid = grid_of(2, 4)
    pair = shapely.MultiPolygon([box(grid, 0, 0, 1, 1), box(grid, 1, 0, 1, 2)])
    assert rasterise_ids([pair, shapely.Polygon(), box(grid, 1, 1, 1, 2)], grid).tolist() == [
        [1, 0, 0, 0],
        [1, 3, 3, 0],
    ]
    assert rasterise_ids([], grid).sum() == 0


def test_bodies_that_touch_at_a_corner_are_two() -> None:
    mask = np.array([[True, False], [False, True]])
    bodies = polygonise(mask, grid_of(2, 2))
    assert [body.area for body in bodies] == [100.0, 100.0]


def test_polygons_come_row_by_row() -> None:
    mask = np.array([[False, False, True], [True, False, False], [True, False, True]])
    grid = grid_of(3, 3)
    rows = [round((grid.transform.f - body.bounds[3]) / 10) for body in polygonise(mask, grid)]
    assert rows == [0, 1, 2]


def test_many_polygons_come_row_by_row_too() -> None:
    """More than are made at once: 5,625 single pixels."""
    mask = np.zeros((150, 150), bool)
    mask[::2, ::2] = True
    grid = grid_of(150, 150)
    centres = shapely.get_coordinates(shapely.centroid(polygonise(mask, grid)))
    rows, columns = np.argwhere(mask).T.astype(np.float64)
    np.testing.assert_allclose(centres, np.stack(grid.centre_of(rows, columns), axis=1))


def test_a_full_and_an_empty_mask() -> None:
    grid = grid_of(3, 4)
    assert polygonise(np.zeros(grid.shape, bool), grid) == []
    (whole,) = polygonise(np.ones(grid.shape, bool), grid)
    assert whole.equals(shapely.box(*grid.bounds))


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(GridError, match=r"2 rows × 3 columns and the grid 3 × 2"):
        polygonise(np.zeros((2, 3), bool), grid_of(3, 2))


@given(masks)
def test_the_round_trip_loses_nothing(mask: Mask) -> None:
    grid = grid_of(*mask.shape)
    assert (rasterise(polygonise(mask, grid), grid) == mask).all()


@given(masks)
def test_polygons_are_the_connected_bodies(mask: Mask) -> None:
    grid = grid_of(*mask.shape)
    bodies = polygonise(mask, grid)
    labels, count = ndimage.label(mask)
    assert len(bodies) == count
    assert all(body.is_valid for body in bodies)
    assert [round(body.area / grid.pixel_area_m2) for body in bodies] == np.bincount(
        labels.ravel()
    )[1:].tolist()


def test_a_row_of_blocks_stays_in_memory_while_a_file_is_outlined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GDAL reads line by line: without the cache it unpacks each block once for every line."""
    caches: list[int] = []
    outline = rasterio.features.shapes

    def noticed(*arguments: Any, **options: Any) -> Any:
        caches.append(rasterio.env.getenv()["GDAL_CACHEMAX"])  # bytes
        return outline(*arguments, **options)

    monkeypatch.setattr(rasterio.features, "shapes", noticed)
    width = 100_000
    with open_mask(tmp_path / "mask.tif", (8, width)):
        pass
    assert polygonise_file(tmp_path / "mask.tif", grid_of(8, width)) == []
    assert caches[0] > 2 * 512 * width
