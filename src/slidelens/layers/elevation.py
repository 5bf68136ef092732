"""Heights of the ground on a study's grid: which way is down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from slidelens.files import write_json
from slidelens.geo.geotiff import open_for_writing, read_layer
from slidelens.geo.grid import Grid
from slidelens.geo.raster import read_band_on_grid
from slidelens.types import Float32

_NAME = "elevation"


def read_elevation(path: Path, grid: Grid) -> Float32:
    """A height model brought onto a grid, (height, width) float32 in the file's unit.

    Where it has no value, the nearest one stands, so that the ground is level there and tells no direction.
    Raises SceneError where the file is missing or no raster, has several bands, or no value on the grid.
    """
    scene = read_band_on_grid(
        path,
        grid,
        _NAME,
        "height model",
        "height in the area; check its CRS, or give another file (study.dem, --dem)",
    )
    nearest = ndimage.distance_transform_edt(
        ~scene.valid, return_distances=False, return_indices=True
    )
    return np.asarray(scene.pixels[..., 0][tuple(nearest)], dtype=np.float32)


def write_terrain(dem: Path | None, grid: Grid, folder: Path) -> None:
    """Write elevation.tif where there is a height model, and terrain.json, which names it, in any case. Inverse: `read_terrain`."""
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
            dataset.set_band_description(1, _NAME)
    write_json(folder / "terrain.json", {"dem": None if dem is None else dem.name})


def read_terrain(folder: Path, grid: Grid) -> Float32 | None:
    """The heights that `write_terrain` wrote; None where the study has none. Raises GridError where they are on another grid."""
    path = folder / "elevation.tif"
    if not path.exists():
        return None
    elevation, own = read_layer(path)
    grid.require_same(own, "the scene", str(path))
    return np.asarray(elevation, dtype=np.float32)
