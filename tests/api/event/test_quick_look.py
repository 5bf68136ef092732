"""Pictures of scenes in few pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.crs import CRS
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from slidelens.api.event import quick_look
from slidelens.api.event.quick_look import picture_grid, read_quick_look, window_over
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.opening import open_dataset
from support.studies import grid_of, write_image


def halves(height: int, width: int) -> Any:
    """100 on the western half and 300 on the eastern, nodata in the two northern rows."""
    values = np.full((height, width, 3), 100, np.uint16)
    values[:, width // 2 :] = 300
    values[:2] = 0
    return values


def test_pixels_are_means_of_those_below(tmp_path: Path) -> None:
    grid = grid_of(8, 12)
    values = np.arange(1, 1 + 8 * 12 * 3).reshape(8, 12, 3).astype(np.uint16)
    header = read_header(write_image(tmp_path / "a.tif", grid, values))
    scene = read_quick_look(header, ("red", "green"), grid, 6)
    assert scene.pixels.shape == (4, 6, 2)
    assert scene.grid.bounds == grid.bounds
    expected = values[..., [1, 0]].reshape(4, 2, 6, 2, 2).mean(axis=(1, 3))
    assert np.abs(scene.pixels - expected).max() <= 0.5  # whole numbers in the file


def test_neither_what_is_read_nor_the_picture_is_larger_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = grid_of(90, 300)
    header = read_header(write_image(tmp_path / "a.tif", grid, halves(90, 300)))
    shapes: list[tuple[int, ...]] = []

    class Watched:
        def __init__(self, dataset: Any) -> None:
            self.dataset = dataset

        def read(self, *arguments: Any, **options: Any) -> Any:
            values = self.dataset.read(*arguments, **options)
            shapes.append(values.shape)
            return values

    @contextmanager
    def watched(path: Path) -> Iterator[Watched]:
        with open_dataset(path) as dataset:
            yield Watched(dataset)

    monkeypatch.setattr(quick_look, "open_dataset", watched)
    scene = read_quick_look(header, header.bands, grid, 40)
    assert shapes == [(3, 12, 40)]
    assert scene.pixels.shape == (12, 40, 3)


def test_a_scene_in_another_crs_lies_where_it_is(tmp_path: Path) -> None:
    degrees = grid_of(40, 40, 0.001, west=85.0, north=28.0, crs=CRS.from_epsg(4326))
    header = read_header(write_image(tmp_path / "a.tif", degrees, halves(40, 40)))
    left, bottom, right, top = header.bounds_in(CRS.from_epsg(32645))
    grid = grid_of(int((top - bottom) / 10) + 10, int((right - left) / 10) + 10, 10.0, left, top)
    scene = read_quick_look(header, header.bands, grid, 60)
    assert max(scene.grid.shape) == 60
    middle, quarter = scene.grid.height // 2, scene.grid.width // 4
    assert scene.valid[middle, quarter]
    assert scene.pixels[middle, quarter, 0] == pytest.approx(100)
    assert scene.pixels[middle, 3 * quarter, 0] == pytest.approx(300)
    assert not scene.valid[0].any()


@pytest.mark.parametrize("west", [179.98, -180.02])
def test_a_scene_in_degrees_across_the_180th_meridian_is_shown_on_both_sides(
    tmp_path: Path, west: float
) -> None:
    degrees = grid_of(40, 40, 0.001, west=west, north=28.0, crs=CRS.from_epsg(4326))
    header = read_header(write_image(tmp_path / "a.tif", degrees, halves(40, 40)))
    left, bottom, right, top = transform_bounds(
        CRS.from_epsg(4326), CRS.from_epsg(32601), 179.98, 27.96, 180.02, 28.0
    )
    size = int((top - bottom) / 100) + 1, int((right - left) / 100) + 1
    grid = grid_of(*size, 100.0, left, top, CRS.from_epsg(32601))
    scene = read_quick_look(header, header.bands, grid, 60)
    middle, quarter = grid.height // 2, grid.width // 4
    assert scene.pixels[middle, quarter, 0] == pytest.approx(100)
    assert scene.pixels[middle, 3 * quarter, 0] == pytest.approx(300)
    assert scene.valid[5:-5, 3:-3].all()


def test_of_a_part_of_a_scene_that_part_is_read_in_full(tmp_path: Path) -> None:
    grid = grid_of(60, 80)
    values = np.arange(1, 1 + 60 * 80 * 3).reshape(60, 80, 3).astype(np.uint16)
    header = read_header(write_image(tmp_path / "a.tif", grid, values))
    part = grid.window(Window.from_slices((40, 50), (20, 40)))
    scene = read_quick_look(header, header.bands, part, 20)
    assert scene.grid == part
    assert np.array_equal(scene.pixels, values[40:50, 20:40])


def test_bounds_are_covered_by_whole_pixels_on_the_grid() -> None:
    grid = grid_of(30, 40, 10.0)
    left, bottom, right, top = grid.bounds
    assert window_over(grid, grid.bounds) == Window(0, 0, 40, 30)
    assert window_over(grid, (left - 50, top - 25, left + 15, top)) == Window(0, 0, 2, 3)
    assert window_over(grid, (right - 5, bottom, right + 90, bottom)) == Window(39, 29, 1, 1)


def test_a_small_grid_is_left_as_it_is() -> None:
    grid = grid_of(30, 40)
    assert picture_grid(grid, 1600) == grid
    assert picture_grid(grid_of(1, 5000), 100).shape == (1, 100)
