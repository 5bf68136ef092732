"""Read rasters of one band: heights and probabilities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.bands import describe_bands
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.header import Header, header_of
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.rasters.scene import Scene, read_on_grid


def read_band_header(path: Path, name: str, what: str) -> Header:
    """Read the header of a file of one band, or of one that has a band of this name.

    Args:
        path: The file.
        name: Name of the band in the result.
        what: What the file is, for messages.

    Raises:
        SceneError: The file is missing or no raster, does not say where it lies, or has several
            bands with other names.
    """
    path = Path(path)
    with open_dataset(path, what) as dataset:
        grid, layers = read_grid(dataset, path), describe_bands(dataset, path)
    data = [band for band in layers if band.role == "data"]
    chosen = data if len(data) == 1 else [band for band in data if band.name == name]
    if len(chosen) != 1:
        raise SceneError(f"{path} has {len(data)} bands; a {what} has one")
    masks = (band for band in layers if band.role == "alpha")
    return header_of(path, grid, (replace(chosen[0], name=name), *masks), ReadingOptions())


def read_band_on_grid(path: Path, grid: Grid, name: str, what: str, nowhere: str) -> Scene:
    """Read the only band of a file, or the one called `name`, and bring it onto a grid.

    Args:
        path: The file.
        grid: Grid of the result.
        name: Name of the band.
        what: What the file is, for messages: a file of that kind has one band.
        nowhere: End of the message `PATH has no …` if no pixel of the grid has a value.

    Raises:
        SceneError: The file is missing or no raster, has several bands with other names, or no
            value on the grid.
    """
    scene = read_on_grid(read_band_header(path, name, what), grid, (name,))
    if not scene.valid.any():
        raise SceneError(f"{path} has no {nowhere}")
    return scene
