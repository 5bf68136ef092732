"""Write GeoTIFFs atomically and read them back."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import DatasetWriter, MemoryFile
from rasterio.windows import Window

from slidelens.files import atomic_write
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.scene import Scene, read_on_grid
from slidelens.geo.windowed import Part, strips
from slidelens.types import Float32, UInt8

_REMEDY = "run the stage that writes it again"
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
    with open_for_writing(path, scene.grid, _scene_profile(scene, dtype)) as dataset:
        dataset.write(layers)
        dataset.write_mask(scene.valid)
        dataset.descriptions = scene.bands
        dataset.update_tags(**(tags or {}))


def _scene_profile(scene: Scene, dtype: str) -> dict[str, Any]:
    return _LAYOUT | {
        "dtype": dtype,
        "count": len(scene.bands),
        "predictor": 3 if dtype.startswith("float") else 2,
        "interleave": "band",
    }


def write_scene_by_parts(scene: Scene, path: Path, dtype: str = "float32") -> None:
    """Write what `write_scene` writes, of a scene that is read part by part.

    The file is read again, as GDAL does not report a disk that fills up while a file is closed.

    Args:
        scene: Pixels to write.
        path: The file.
        dtype: Data type of the file; integer types round, and clip to their range.

    Raises:
        OutputError: The file cannot be written.
    """
    parts = list(strips(scene.grid.shape))
    profile = _scene_profile(scene, dtype) | _georeference(scene.grid) | {"bigtiff": "if_safer"}
    with atomic_write(path) as temporary, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        checksums = []
        with rasterio.open(temporary, "w", **profile) as dataset:
            for part in parts:
                layers = np.moveaxis(as_type(scene.read(part), np.dtype(dtype)), -1, 0)
                checksums.append(crc32(np.ascontiguousarray(layers).data))
                dataset.write(layers, window=Window.from_slices(*part))
            dataset.write_mask(scene.valid)
            dataset.descriptions = scene.bands
        full = OSError(errno.ENOSPC, "it does not hold what was written to it", str(path))
        try:
            with rasterio.open(temporary) as dataset:
                for part, checksum in zip(parts, checksums, strict=True):
                    written = dataset.read(window=Window.from_slices(*part))
                    if crc32(written.data) != checksum:
                        raise full
                if not np.array_equal(dataset.dataset_mask() > 0, scene.valid):
                    raise full
        except rasterio.errors.RasterioError as error:
            raise full from error


def as_type(values: Float32, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Convert values to a data type; integer types round, and clip to their range."""
    if dtype.kind == "f":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    highest = values.dtype.type(limits.max)
    if int(highest) > limits.max:  # no float of this type is the greatest integer
        highest = np.nextafter(highest, values.dtype.type(0))
    return np.clip(np.rint(values), limits.min, highest).astype(dtype)


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
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        memory.open(**_georeference(grid), **profile) as dataset,
    ):
        yield dataset


def _georeference(grid: Grid) -> dict[str, Any]:
    return {
        "crs": grid.crs,
        "transform": grid.transform,
        "height": grid.height,
        "width": grid.width,
    }


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
    with open_dataset(path, "raster", _REMEDY, _REMEDY) as dataset:
        return dataset.read(1), read_grid(dataset, path)


class LayerFile:
    """The first band of a raster that slidelens wrote, read window by window.

    Attributes:
        path: The file.
        grid: Its grid.
    """

    def __init__(self, path: Path) -> None:
        """Open a raster.

        Raises:
            SceneError: The file is missing or damaged.
        """
        self.path = path
        with open_dataset(path, "raster", _REMEDY, _REMEDY) as dataset:
            self.grid = read_grid(dataset, path)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.grid.shape

    def read(self, part: Part) -> NDArray[Any]:
        """Return the values of some rows and columns."""
        with open_dataset(self.path, "raster", _REMEDY, _REMEDY) as dataset:
            values: NDArray[Any] = dataset.read(1, window=Window.from_slices(*part))
        return values


def read_scene(path: Path) -> Scene:
    """Return all bands of a scene on its own grid."""
    header = read_header(path)
    return read_on_grid(header, header.grid, header.bands)
