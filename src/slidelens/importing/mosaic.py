"""Lay the images of a training set side by side as the tiles of one scene, with its inventory.

Images are cut into tiles from their upper left corner; what is missing of a tile is left without
data. Neighbouring tiles are not neighbours on the ground: the CRS and the position of a mosaic are
nominal, which its tags say. Images are read and written one at a time.
"""

from __future__ import annotations

import errno
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.importing.tile_outlines import are_outlines, outline_tile
from slidelens.importing.training_sets.collection import Image, Part, Pixels

log = logging.getLogger(__name__)

NOMINAL = "nominal: unrelated tiles side by side; CRS and position do not tell where they are"
# In the sea south of Ghana and Nigeria, so that no mosaic overlaps the area of a study.
_CRS, _WEST, _NORTH = CRS.from_epsg(32631), 500_000.0, 300_000.0
_ROOM_BYTES = 4096  # that a disk with room for the whole mosaic still has
_EVERY = 500  # images between two lines of progress


@dataclass
class MosaicCounts:
    """What a mosaic holds.

    Attributes:
        images: Number of images.
        tiles: Number of tiles.
        tiles_with_landslides: Tiles with a landslide.
        landslides: Outlines; a landslide that crosses tiles is one in each.
        landslide_pixels: Seen pixels of landslides.
        seen_pixels: Pixels with data.
        cut_images: Images that are larger than a tile.
        padded_tiles: Tiles that are not filled by their image.
    """

    images: int = 0
    tiles: int = 0
    tiles_with_landslides: int = 0
    landslides: int = 0
    landslide_pixels: int = 0
    seen_pixels: int = 0
    cut_images: int = 0
    padded_tiles: int = 0


@dataclass
class _Inventory:
    shapes: list[shapely.Geometry] = field(default_factory=list)
    tiles: list[int] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def frame(self, crs: CRS) -> gpd.GeoDataFrame:
        columns = {
            "id": np.arange(1, len(self.shapes) + 1, dtype=np.int64),
            "tile": np.array(self.tiles, np.int64),
            "image": np.array(self.images, object),
        }
        return gpd.GeoDataFrame(columns, geometry=self.shapes, crs=crs)


def mosaic_grid(part: Part, tile_px: int, pixel_m: float) -> Grid:
    """Return the grid of a mosaic: as many rows of tiles as columns, or one less.

    Args:
        part: The images.
        tile_px: Side of a tile, pixels.
        pixel_m: Side of a pixel, metres.

    Raises:
        SceneError: There is no image.
    """
    number = sum(math.prod(_tiles_of(image.shape, tile_px)) for image in part.images)
    if not number:
        raise SceneError("the training set has no image; is it complete?")
    columns = math.ceil(math.sqrt(number))
    rows = math.ceil(number / columns)
    transform = Affine(pixel_m, 0, _WEST, 0, -pixel_m, _NORTH)
    return Grid(_CRS, transform, rows * tile_px, columns * tile_px)


def _tiles_of(shape: tuple[int, int], tile_px: int) -> tuple[int, int]:
    return math.ceil(shape[0] / tile_px), math.ceil(shape[1] / tile_px)


def write_mosaic(
    part: Part, tile_px: int, pixel_m: float, path: Path, tags: dict[str, str]
) -> tuple[gpd.GeoDataFrame, MosaicCounts]:
    """Write the images as a GeoTIFF with named bands and an internal mask of the seen pixels.

    The file is read again, as GDAL does not report a disk that fills up while a file is closed.

    Args:
        part: The images.
        tile_px: Side of a tile, pixels.
        pixel_m: Side of a pixel, metres.
        path: The file, which does not exist.
        tags: Metadata items of the file.

    Returns:
        The landslides in the order of the tiles (id, tile from 1, image), and the counts.

    Raises:
        SlidelensError: An image cannot be read.
        OSError: The disk is full.
    """
    grid = mosaic_grid(part, tile_px, pixel_m)
    counts, inventory = MosaicCounts(), _Inventory()
    checksums: list[tuple[Window, int]] = []
    # A cache of 64 bytes: blocks are complete when they are written.
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_CACHEMAX=64):
        with rasterio.open(path, "w", **_profile(part, grid, tile_px)) as dataset:
            dataset.descriptions = part.bands
            dataset.update_tags(**tags)
            for image in part.images:
                pixels = _checked(image)
                _count_image(image, tile_px, counts)
                for tile, corner in _cut(pixels, tile_px):
                    window = _window(grid, counts.tiles, tile_px)
                    counts.tiles += 1
                    checksums.append((window, _write_tile(dataset, tile, window, tile_px)))
                    outlines, mask = outline_tile(tile, grid.window(window), corner)
                    counts.landslides += len(outlines)
                    counts.tiles_with_landslides += bool(outlines)
                    counts.landslide_pixels += int((mask & tile.valid).sum())
                    counts.seen_pixels += int(tile.valid.sum())
                    inventory.shapes += outlines
                    inventory.tiles += [counts.tiles] * len(outlines)
                    inventory.images += [image.name] * len(outlines)
        _require_written(path, checksums)
    return inventory.frame(grid.crs), counts


def _profile(part: Part, grid: Grid, tile_px: int) -> dict[str, Any]:
    block = tile_px if tile_px % 16 == 0 and tile_px <= 1024 else 256
    return {
        "driver": "GTiff",
        "dtype": part.dtype,
        "count": len(part.bands),
        "crs": grid.crs,
        "transform": grid.transform,
        "height": grid.height,
        "width": grid.width,
        "tiled": True,
        "blockxsize": block,
        "blockysize": block,
        "compress": "deflate",
        "predictor": 3 if part.dtype.startswith("float") else 2,
        "interleave": "pixel",
        "bigtiff": "if_safer",
        "sparse_ok": True,
    }


def _checked(image: Image) -> Pixels:
    pixels = image.read()
    if pixels.values.shape[:2] != image.shape:
        raise OSError(errno.EIO, "it changed while it was read", image.name)
    return pixels


def _count_image(image: Image, tile_px: int, counts: MosaicCounts) -> None:
    height, width = image.shape
    rows, columns = _tiles_of(image.shape, tile_px)
    counts.images += 1
    counts.cut_images += rows * columns > 1
    whole = (height // tile_px) * (width // tile_px)
    counts.padded_tiles += rows * columns - whole
    if counts.images % _EVERY == 0:
        log.info("%d images are in the mosaic", counts.images)


def _cut(pixels: Pixels, tile_px: int) -> Iterator[tuple[Pixels, tuple[int, int]]]:
    """Yield the tiles of an image with the row and column of their upper left corners."""
    height, width = pixels.valid.shape
    for row in range(0, height, tile_px):
        for column in range(0, width, tile_px):
            part = slice(row, row + tile_px), slice(column, column + tile_px)
            marked = pixels.landslides
            cut = marked if are_outlines(marked) else marked[part]
            yield Pixels(pixels.values[part], pixels.valid[part], cut), (row, column)


def _window(grid: Grid, index: int, tile_px: int) -> Window:
    row, column = divmod(index, grid.width // tile_px)
    return Window(column * tile_px, row * tile_px, tile_px, tile_px)


def _write_tile(dataset: DatasetWriter, tile: Pixels, window: Window, tile_px: int) -> int:
    """Write a tile, padded with zeros that are no data, and return its checksum."""
    height, width, bands = tile.values.shape
    layers = np.zeros((bands, tile_px, tile_px), dataset.dtypes[0])
    seen = np.zeros((tile_px, tile_px), np.uint8)
    values = np.where(tile.valid[..., None], tile.values, 0)
    layers[:, :height, :width] = np.moveaxis(values, -1, 0)
    seen[:height, :width] = np.where(tile.valid, 255, 0)
    dataset.write(layers, window=window)
    dataset.write_mask(seen, window=window)
    return _checksum(layers, seen)


def _checksum(layers: NDArray[Any], seen: NDArray[Any]) -> int:
    return crc32(np.ascontiguousarray(seen).data, crc32(np.ascontiguousarray(layers).data))


def _require_written(path: Path, checksums: list[tuple[Window, int]]) -> None:
    full = OSError(errno.ENOSPC, "the disk is full: it does not hold what was written", str(path))
    size_bytes = path.stat().st_size
    with path.open("ab") as file:  # the checksums do not tell of the last bytes
        file.write(bytes(_ROOM_BYTES))
        file.flush()
        file.truncate(size_bytes)
    try:
        with rasterio.open(path) as dataset:
            for window, checksum in checksums:
                seen = dataset.dataset_mask(window=window)
                if _checksum(dataset.read(window=window), seen) != checksum:
                    raise full
    except rasterio.errors.RasterioError as error:
        raise full from error
