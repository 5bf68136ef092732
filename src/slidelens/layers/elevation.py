"""Elevation on the grid of a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from slidelens.errors import SceneError
from slidelens.files import read_json, write_json
from slidelens.geo.geotiff import LayerFile, open_for_writing, read_layer
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.scene import Scene, read_part
from slidelens.geo.windowed import MemoryArray, Part, WindowedArray, chunks, grow
from slidelens.layers.single_band import read_band_header, read_band_on_grid
from slidelens.types import Float32

_BAND, _WHAT = "elevation", "height model"
_NOWHERE = "height in the area; check its CRS, or give another file (study.dem, --dem)"
_FILL_PX = 64  # around a window, from which nodata in it is filled
_HELD_PX = 2**24  # of an elevation that is held in memory


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
    return _fill_nearest(read_band_on_grid(path, grid, _BAND, _WHAT, _NOWHERE))


class HeightReader:
    """A height model on a grid, read window by window.

    Nodata is filled with the nearest height up to 64 pixels from the window, and beyond with 0, so
    that the filled ground is level and has no fall line.
    """

    def __init__(self, path: Path, grid: Grid) -> None:
        """Open a height model.

        Args:
            path: A raster of one band.
            grid: Grid to read on.

        Raises:
            SceneError: The file is missing or is not a raster, or has several bands.
        """
        self._header, self._grid = read_band_header(Path(path), _BAND, _WHAT), grid

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self._grid.shape

    def require_heights(self) -> None:
        """Raise SceneError if the file has no value on the grid; mostly one chunk is read."""
        for part in chunks(self.shape):
            scene, _ = read_part(self._header, self._grid, (_BAND,), part)
            if scene.valid.any():
                return
        raise SceneError(f"{self._header.path} has no {_NOWHERE}")

    def read(self, part: Part) -> Float32:
        """Return the heights of some rows and columns, in the unit of the file."""
        wider = grow(part, _FILL_PX, self.shape)
        scene, _ = read_part(self._header, self._grid, (_BAND,), wider)
        inner = tuple(
            slice(piece.start - around.start, piece.stop - around.start)
            for piece, around in zip(part, wider, strict=True)
        )
        return _fill_nearest(scene)[inner]


def _fill_nearest(scene: Scene) -> Float32:
    heights: Float32 = scene.pixels[..., 0]
    if scene.valid.all() or not scene.valid.any():
        return heights
    nearest = ndimage.distance_transform_edt(
        ~scene.valid, return_distances=False, return_indices=True
    )
    return np.asarray(heights[tuple(nearest)], dtype=np.float32)


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
        SceneError: terrain.json names a height model and there is no elevation, or the reverse.
    """
    path = _terrain_path(folder)
    if path is None:
        return None
    elevation, file_grid = read_layer(path)
    grid.require_same(file_grid, "the scene", str(path))
    return np.asarray(elevation, dtype=np.float32)


def open_terrain(folder: Path, grid: Grid) -> WindowedArray | None:
    """Open the elevation written by `write_terrain`; a large one stays in its file.

    Args:
        folder: Folder that `write_terrain` wrote.
        grid: Expected grid.

    Returns:
        (height, width); None if the study has no height model.

    Raises:
        SlidelensError: See `read_terrain`.
    """
    if grid.height * grid.width <= _HELD_PX:
        elevation = read_terrain(folder, grid)
        return None if elevation is None else MemoryArray(elevation)
    path = _terrain_path(folder)
    if path is None:
        return None
    layer = LayerFile(path)
    grid.require_same(layer.grid, "the scene", str(path))
    return layer


def _terrain_path(folder: Path) -> Path | None:
    """Return the path of the elevation; None if the study has no height model."""
    path, named = folder / "elevation.tif", read_json(folder / "terrain.json")["dem"]
    if named is None and not path.exists():
        return None
    if named is None or not path.exists():
        what = f"{path} is missing" if named else f"there is {path}"
        raise SceneError(f"{folder / 'terrain.json'} names the height model {named}, but {what}")
    return path
