"""Read and write probability maps."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.files import atomic_write
from slidelens.geo.geotiff import as_type, read_layer
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.windowed import CACHE_BYTES, Part, WindowedArray, as_windowed, chunks
from slidelens.layers.single_band import read_band_on_grid
from slidelens.types import Float32, Mask, UInt8

ONSET = "probability that landslide began since the date before"
PROBABILITY, DEVIATION = "landslide probability", "standard deviation of the probability"

_IN_MEMORY_PX = 2**24  # up to this size a map is written through memory


def read_probability_on(path: Path, grid: Grid) -> Float32:
    """Read a probability map of any origin, resampled to a grid.

    The scale and offset that the file gives its band are applied.

    Args:
        path: A raster of one band, or a map written by `write_probability`.
        grid: Grid to read on.

    Returns:
        (height, width), 0…1; 0 for nodata.

    Raises:
        SceneError: The file is missing or is not a raster, has several bands, has no value on the
            grid, or has values that are not probabilities.
    """
    scene = read_band_on_grid(
        path, grid, PROBABILITY, "probability map", "value where the landslides are; check its CRS"
    )
    probability = scene.pixels[..., 0]
    low, high = float(probability.min()), float(probability.max())
    if low < -0.5 or high > 1.5:  # resampling may overshoot 0…1 slightly
        raise SceneError(
            f"{path} has values from {low:g} to {high:g}, which are no probabilities;"
            " give its band a scale, for example 1/255"
        )
    return np.asarray(np.clip(probability, 0, 1), dtype=np.float32)


def write_probability(
    probability: Float32 | WindowedArray,
    valid: Mask | WindowedArray,
    grid: Grid,
    path: Path,
    tags: dict[str, str] | None = None,
    deviation: Float32 | WindowedArray | None = None,
    name: str = PROBABILITY,
) -> None:
    """Write a probability map as a cloud-optimised GeoTIFF of bytes, 0–255 for 0…1.

    Args:
        probability: (height, width), 0…1.
        valid: (height, width); false pixels are masked.
        grid: Grid of the map.
        path: File to write, atomically.
        tags: Further tags of the file.
        deviation: (height, width) standard deviation of the probability, written as a second band.
        name: What is probable.
    """
    layers = {name: as_windowed(probability)}
    if deviation is not None:
        layers[DEVIATION] = as_windowed(deviation)
    content = _Content(layers, as_windowed(valid), tags or {})
    if grid.height * grid.width <= _IN_MEMORY_PX:
        # GDAL does not report a disk that fills up while a file is closed.
        with MemoryFile() as plain, MemoryFile() as optimised:
            _write_plain(content, grid, plain.name)
            _optimise(plain.name, optimised.name)
            with atomic_write(path) as temporary:
                temporary.write_bytes(optimised.getbuffer())
        return
    with atomic_write(path) as temporary:
        plain_file = temporary.with_name("plain.tif")
        _write_plain(content, grid, str(plain_file))
        _optimise(str(plain_file), str(temporary))
        plain_file.unlink()
        _require_written(content, grid, temporary)


@dataclass(frozen=True)
class _Content:
    """What a map's file holds.

    Attributes:
        layers: Values of the bands by name, 0…1.
        valid: Pixels that are not masked.
        tags: Further tags of the file.
    """

    layers: Mapping[str, WindowedArray]
    valid: WindowedArray
    tags: Mapping[str, str]

    def read(self, part: Part) -> tuple[UInt8, Mask]:
        """Return (bands, height, width) bytes and the (height, width) mask of some rows, columns.

        Tools that ignore masks read 0 where the map is not valid.
        """
        valid = np.asarray(self.valid.read(part), bool)
        values = np.stack([layer.read(part) for layer in self.layers.values()])
        return as_type(np.where(valid, values, 0) * 255, np.dtype("uint8")), valid


def _write_plain(content: _Content, grid: Grid, path: str) -> None:
    profile = {
        "driver": "GTiff",
        "dtype": "uint8",
        "count": len(content.layers),
        "crs": grid.crs,
        "transform": grid.transform,
        "height": grid.height,
        "width": grid.width,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "zlevel": 1,
        "bigtiff": "if_safer",
    }
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_CACHEMAX=CACHE_BYTES),
        rasterio.open(path, "w", **profile) as dataset,
    ):
        dataset.descriptions = tuple(content.layers)
        dataset.scales = (1 / 255,) * len(content.layers)
        dataset.update_tags(UNIT="1", VALUES="0–255 for 0–1", **content.tags)
        for part in chunks(grid.shape):
            values, valid = content.read(part)
            window = Window.from_slices(*part)
            dataset.write(values, window=window)
            dataset.write_mask(valid, window=window)


def _optimise(plain: str, path: str) -> None:
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES):
        rasterio.shutil.copy(
            plain,
            path,
            driver="COG",
            compress="DEFLATE",
            blocksize=256,
            overview_resampling="average",
            bigtiff="if_safer",
        )


def _require_written(content: _Content, grid: Grid, path: Path) -> None:
    """Raise OSError unless a file holds what was written to it.

    GDAL does not report a disk that fills up while a file is closed.
    """
    full = OSError(errno.ENOSPC, "it does not hold what was written to it", str(path))
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(path) as dataset:
            levels = dataset.overviews(1)
            for part in chunks(grid.shape):
                window = Window.from_slices(*part)
                values, valid = content.read(part)
                same = np.array_equal(dataset.read(window=window), values)
                if not same or not np.array_equal(dataset.dataset_mask(window=window) > 0, valid):
                    raise full
            smaller = [(-(-grid.height // level), -(-grid.width // level)) for level in levels]
        for level, shape in enumerate(smaller):
            with rasterio.open(path, overview_level=level) as dataset:
                for part in chunks(shape):
                    dataset.read(window=Window.from_slices(*part))
    except rasterio.errors.RasterioError as error:
        raise full from error


def read_probability(path: Path) -> tuple[Float32, Mask, Grid]:
    """Read a map written by `write_probability`.

    Returns:
        (height, width) probability, 0…1 to the nearest 1/255; (height, width) mask of valid
        pixels; the grid.
    """
    values, grid = read_layer(path)
    with open_dataset(path) as dataset:
        return (values / np.float32(255)).astype(np.float32), dataset.dataset_mask() > 0, grid
