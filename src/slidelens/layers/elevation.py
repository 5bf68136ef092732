"""Elevation on the grid of a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from slidelens.files import write_json
from slidelens.geo.geotiff import open_for_writing, read_layer
from slidelens.geo.grid import Grid
from slidelens.layers.single_band import read_band_on_grid
from slidelens.types import Float32

_BAND = "elevation"


def read_elevation(path: Path, grid: Grid) -> Float32:
    """Read a height model resampled to a grid.

    Nodata is filled with the nearest height, so the filled ground is level and has no fall line.

    Args:
        path: A raster of one band.
        grid: Grid to read on.

    Returns:
        (height, width), in the unit of the file.

    Raises:
        SceneError: The file is missing or is not a raster, has several bands, or has no value on
            the grid.
    """
    scene = read_band_on_grid(
        path,
        grid,
        _BAND,
        "height model",
        "height in the area; check its CRS, or give another file (study.dem, --dem)",
    )
    nearest = ndimage.distance_transform_edt(
        ~scene.valid, return_distances=False, return_indices=True
    )
    return np.asarray(scene.pixels[..., 0][tuple(nearest)], dtype=np.float32)


def write_terrain(dem: Path | None, grid: Grid, folder: Path) -> None:
    """Write terrain.json, which names the height model, and elevation.tif if there is one.

    Inverse: `read_terrain`.

    Args:
        dem: Height model, or None.
        grid: Grid of the study.
        folder: Folder to write to.
    """
    if dem is not None:
        profile = {
            "driver": "GTiff",
            "dtype": "float32",
            "count": 1,
            "compress": "deflate",
            "predictor": 3,
            "tiled": True,
        }
        with open_for_writing(folder / "elevation.tif", grid, profile) as dataset:
            dataset.write(read_elevation(dem, grid), 1)
            dataset.set_band_description(1, _BAND)
    write_json(folder / "terrain.json", {"dem": None if dem is None else dem.name})


def read_terrain(folder: Path, grid: Grid) -> Float32 | None:
    """Read the elevation written by `write_terrain`; None if the study has no height model.

    Args:
        folder: Folder that `write_terrain` wrote.
        grid: Expected grid.

    Raises:
        GridError: The elevation is on another grid.
    """
    path = folder / "elevation.tif"
    if not path.exists():
        return None
    elevation, file_grid = read_layer(path)
    grid.require_same(file_grid, "the scene", str(path))
    return np.asarray(elevation, dtype=np.float32)
