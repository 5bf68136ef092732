"""Probability maps of any origin, brought onto a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio

from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.scene import PROBABILITY, Floats, read_single_on


def read_probability_on(path: Path, grid: Grid) -> Floats:
    """(height, width) probability 0…1 on a grid, by the scale that the file gives its band; 0 where it has no value.

    Raises SceneError where the file is missing or no raster, has several bands, no value on the grid, or values that are no probabilities.
    """
    scene = read_single_on(path, grid, PROBABILITY, "probability map", "value where the landslides are; check its CRS")
    with rasterio.open(path) as dataset:
        probability = scene.pixels[..., 0] * dataset.scales[0]
    low, high = float(probability.min()), float(probability.max())
    if low < -0.5 or high > 1.5:  # resampling may pass the ends by a little
        raise SceneError(f"{path} has values from {low:g} to {high:g}, which are no probabilities; give its band a scale, such as 1/255")
    return np.clip(probability, 0, 1).astype(np.float32)
