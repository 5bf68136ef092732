"""Write GeoTIFFs atomically and read them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import DatasetWriter, MemoryFile

from slidelens.files import atomic_write
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.scene import Scene, read_header, read_on_grid
from slidelens.types import Float32, UInt8

_LAYOUT = {
    "driver": "GTiff",
    "tiled": True,
    "blockxsize": 256,
    "blockysize": 256,
    "compress": "deflate",
    "zlevel": 4,
}


def write_scene(
    scene: Scene, path: Path, dtype: str = "float32", tags: dict[str, str] | None = None
) -> None:
    """Write a GeoTIFF with named bands and an internal validity mask.

    Args:
        scene: Pixels to write.
        path: The file.
        dtype: Data type of the file; integer types round, and clip to their range.
        tags: Metadata items of the file.
    """
    layers = np.moveaxis(as_type(scene.pixels, np.dtype(dtype)), -1, 0)
    profile = _LAYOUT | {
        "dtype": dtype,
        "count": len(scene.bands),
        "predictor": 3 if dtype.startswith("float") else 2,
        "interleave": "band",
    }
    with open_for_writing(path, scene.grid, profile) as dataset:
        dataset.write(layers)
        dataset.write_mask(scene.valid)
        dataset.descriptions = scene.bands
        dataset.update_tags(**(tags or {}))


def as_type(values: Float32, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Convert values to a data type; integer types round, and clip to their range."""
    if dtype.kind == "f":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)


@contextmanager
def open_for_writing(path: Path, grid: Grid, profile: dict[str, Any]) -> Iterator[DatasetWriter]:
    """Yield a new GeoTIFF to fill; the file appears when the block succeeds.

    The file is built in memory, because GDAL does not report a disk that fills up while a file is
    closed.

    Args:
        path: The file.
        grid: Grid of the pixels.
        profile: Rasterio's profile without CRS, transform and size.
    """
    with MemoryFile() as memory:
        with open_in(memory, grid, profile) as dataset:
            yield dataset
        with atomic_write(path) as temporary:
            temporary.write_bytes(memory.getbuffer())


@contextmanager
def open_in(memory: MemoryFile, grid: Grid, profile: dict[str, Any]) -> Iterator[DatasetWriter]:
    """Yield a new GeoTIFF in memory to fill; see `open_for_writing`."""
    georeference = {
        "crs": grid.crs,
        "transform": grid.transform,
        "height": grid.height,
        "width": grid.width,
    }
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        memory.open(**georeference, **profile) as dataset,
    ):
        yield dataset


def write_bytes(
    values: UInt8,
    grid: Grid,
    path: Path,
    name: str,
    tags: dict[str, str] | None = None,
    nodata: int | None = None,
) -> None:
    """Write one band of bytes, for example labels or a split.

    Args:
        values: (height, width).
        grid: Grid of the values.
        path: The file.
        name: Description of the band.
        tags: Metadata items of the file.
        nodata: Value that stands for no data.
    """
    profile = _LAYOUT | {"dtype": "uint8", "count": 1, "nodata": nodata}
    with open_for_writing(path, grid, profile) as dataset:
        dataset.write(values, 1)
        dataset.set_band_description(1, name)
        dataset.update_tags(**(tags or {}))


def read_layer(path: Path) -> tuple[NDArray[Any], Grid]:
    """Return the first band of a raster that slidelens wrote, and its grid.

    Raises:
        SceneError: The file is missing or damaged.
    """
    remedy = "run the stage that writes it again"
    with open_dataset(path, "raster", remedy, remedy) as dataset:
        return dataset.read(1), read_grid(dataset, path)


def read_scene(path: Path) -> Scene:
    """Return all bands of a scene on its own grid."""
    header = read_header(path)
    return read_on_grid(header, header.grid, header.bands)
