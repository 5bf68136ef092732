"""Mosaics: where tiles lie, what is seen, and a disk that fills up."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from slidelens.importing.mosaic import mosaic_grid, write_mosaic
from slidelens.importing.training_sets.collection import Image, Part, Pixels
from slidelens.types import Mask, Shapes

TILE = 16


def part_of(landslides: Mask | Shapes, valid: Mask, dtype: str = "uint8") -> Part:
    """One image of random values, with landslides."""
    rng = np.random.default_rng(1)
    values = rng.integers(1, 200, (*valid.shape, 2)).astype(dtype)
    pixels = Pixels(values, valid, landslides)
    image = Image("a", (valid.shape[0], valid.shape[1]), lambda: pixels)
    return Part("", [image], ("one", "two"), dtype, "as made here")


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [([(16, 16)], (16, 16)), ([(17, 16)], (16, 32)), ([(16, 16)] * 5, (32, 48))],
)
def test_a_mosaic_is_about_square(shapes: list[tuple[int, int]], expected: tuple[int, int]) -> None:
    pixels = Pixels(np.zeros((1, 1, 1)), np.ones((1, 1), bool), np.zeros((1, 1), bool))
    images = [Image("a", shape, lambda: pixels) for shape in shapes]
    assert mosaic_grid(Part("", images, ("one",), "uint8", ""), 16, 10).shape == expected


def test_pixels_that_are_not_seen_are_masked_and_zero(tmp_path: Path) -> None:
    valid = np.ones((TILE, TILE), bool)
    valid[2, 3] = False
    path = tmp_path / "a.tif"
    mask = np.zeros((TILE, TILE), bool)
    mask[2:4, 3:5] = True
    _, counts = write_mosaic(part_of(mask, valid), TILE, 5, path, {"position": "nominal"})
    with rasterio.open(path) as scene:
        assert np.argwhere(scene.dataset_mask() == 0).tolist() == [[2, 3]]
        assert scene.read()[:, 2, 3].tolist() == [0, 0]
        assert scene.tags()["position"] == "nominal"
    assert (counts.seen_pixels, counts.landslide_pixels) == (TILE**2 - 1, 3)


def test_outlines_keep_holes_and_lose_what_lies_outside_the_image(tmp_path: Path) -> None:
    shape = shapely.box(-4, 2, 10, 12).difference(shapely.box(4, 4, 6, 6))
    outlines = np.array([shape, shapely.box(40, 40, 50, 50)], object)
    part = part_of(outlines, np.ones((TILE, TILE), bool))
    frame, counts = write_mosaic(part, TILE, 5, tmp_path / "a.tif", {})
    assert (counts.landslides, counts.landslide_pixels) == (1, 96)
    assert frame.area.tolist() == [96 * 25]
    assert len(frame.geometry[0].interiors) == 1


def test_outlines_are_cut_at_the_tiles_of_their_image(tmp_path: Path) -> None:
    outlines = np.array([shapely.box(10, 4, 38, 18), shapely.box(33, 17, 36, 19)], object)
    part = part_of(outlines, np.ones((20, 40), bool))
    frame, counts = write_mosaic(part, TILE, 5, tmp_path / "a.tif", {})
    with rasterio.open(tmp_path / "a.tif") as scene:
        west, north = scene.transform.c, scene.transform.f
        assert scene.shape == (2 * TILE, 3 * TILE)
    corners = {
        (int(tile), *np.divide([x0 - west, north - y1, x1 - west, north - y0], 5).tolist())
        for tile, (x0, y0, x1, y1) in zip(frame["tile"], frame.bounds.to_numpy(), strict=True)
    }
    # Two rows of three tiles, of 16 pixels; the image ends in the middle of the last ones
    assert corners == {
        (1, 10, 4, 16, 16),
        (2, 16, 4, 32, 16),
        (3, 32, 4, 38, 16),
        (4, 10, 16, 16, 18),
        (5, 16, 16, 32, 18),
        (6, 32, 16, 38, 18),
        (6, 33, 17, 36, 19),
    }
    assert (counts.tiles, counts.padded_tiles, counts.tiles_with_landslides) == (6, 4, 6)
    assert counts.landslide_pixels == 28 * 14 + 3


@pytest.mark.parametrize("missing", [1, 1000, 100_000])
def test_a_disk_that_fills_up_is_an_error(tmp_path: Path, missing: int) -> None:
    """GDAL does not report a disk that fills up while it closes a file."""
    empty = np.zeros((256, 256), bool)
    part = part_of(empty, ~empty, "float32")
    write_mosaic(part, 64, 5, tmp_path / "a.tif", {})
    size_bytes = (tmp_path / "a.tif").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes - missing, before[1]))
    try:
        with pytest.raises(OSError):
            write_mosaic(part, 64, 5, tmp_path / "b.tif", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
