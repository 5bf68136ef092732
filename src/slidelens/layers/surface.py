"""Surfaces: one band of numbers with a unit, such as a density."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slidelens.geo.geotiff import open_for_writing
from slidelens.geo.grid import Grid


def write_surface(
    path: Path,
    array: NDArray[np.float32],
    grid: Grid,
    unit: str,
    description: str,
    tags: dict[str, str] | None = None,
) -> None:
    """Write one float32 band as a GeoTIFF, whole or not at all; NaN is nodata.

    array: (height, width), the shape of the grid
    unit: of the values; stands as the band's unit and as the tag UNIT
    tags: more of what is worth knowing of the surface, such as the radius
    Raises OutputError where it cannot be written.
    """
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "nodata": np.nan,
        "compress": "deflate",
        "predictor": 3,
        "tiled": True,
    }
    with open_for_writing(path, grid, profile) as dataset:
        dataset.write(array.astype(np.float32), 1)
        dataset.set_band_description(1, description)
        dataset.units = (unit,)
        dataset.update_tags(UNIT=unit, DESCRIPTION=description, **(tags or {}))
