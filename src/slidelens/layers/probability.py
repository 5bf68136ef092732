"""Read and write probability maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio.shutil
from rasterio.io import MemoryFile

from slidelens.errors import SceneError
from slidelens.files import atomic_write
from slidelens.geo.geotiff import as_type, open_in, read_layer
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.layers.single_band import read_band_on_grid
from slidelens.types import Float32, Mask

PROBABILITY, DEVIATION = "landslide probability", "standard deviation of the probability"


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
    probability: Float32,
    valid: Mask,
    grid: Grid,
    path: Path,
    tags: dict[str, str] | None = None,
    deviation: Float32 | None = None,
) -> None:
    """Write a probability map as a cloud-optimised GeoTIFF of bytes, 0–255 for 0…1.

    Args:
        probability: (height, width), 0…1.
        valid: (height, width); false pixels are masked.
        grid: Grid of the map.
        path: File to write, atomically.
        tags: Further tags of the file.
        deviation: (height, width) standard deviation of the probability, written as a second band.
    """
    layers = {PROBABILITY: probability} | ({} if deviation is None else {DEVIATION: deviation})
    profile = {"driver": "GTiff", "dtype": "uint8", "count": len(layers)}
    with MemoryFile() as plain, MemoryFile() as optimised:
        with open_in(plain, grid, profile) as dataset:
            for band, (name, values) in enumerate(layers.items(), 1):
                # Tools that ignore masks read 0 where the map is not valid.
                masked = as_type(np.where(valid, values, 0) * 255, np.dtype("uint8"))
                dataset.write(masked, band)
                dataset.set_band_description(band, name)
            dataset.write_mask(valid)
            dataset.scales = (1 / 255,) * len(layers)
            dataset.update_tags(UNIT="1", VALUES="0–255 for 0–1", **(tags or {}))
        rasterio.shutil.copy(
            plain.name,
            optimised.name,
            driver="COG",
            compress="DEFLATE",
            blocksize=256,
            overview_resampling="average",
        )
        with atomic_write(path) as temporary:
            temporary.write_bytes(optimised.getbuffer())


def read_probability(path: Path) -> tuple[Float32, Mask, Grid]:
    """Read a map written by `write_probability`.

    Returns:
        (height, width) probability, 0…1 to the nearest 1/255; (height, width) mask of valid
        pixels; the grid.
    """
    values, grid = read_layer(path)
    with open_dataset(path) as dataset:
        return (values / np.float32(255)).astype(np.float32), dataset.dataset_mask() > 0, grid
