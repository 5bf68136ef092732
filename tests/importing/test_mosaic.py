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
