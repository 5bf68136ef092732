"""Write continuous surfaces with a unit, for example a density."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.geo.geotiff import open_for_writing
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.types import Float32


def write_surface(
    path: Path,
    array: Float32,
    grid: Grid,
    unit: str,
    description: str,
    tags: dict[str, str] | None = None,
) -> None:
    """Write one float32 band as a GeoTIFF, atomically; NaN is nodata.

    Args:
        path: File to write.
        array: (height, width), the shape of the grid.
        grid: Grid of the array.
        unit: Unit of the values, written as the band's unit and as the tag UNIT.
        description: Description of the band, also written as the tag DESCRIPTION.
        tags: Further tags, for example the search radius.

    Raises:
        OutputError: The file cannot be written.
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


def read_unit(path: Path) -> str:
    """Return the unit of the values of a surface.

    Args:
        path: File of the surface.

    Raises:
        SceneError: It is missing or damaged.
    """
    with open_dataset(path, "raster") as dataset:
        return dataset.units[0] or ""


def require_cells(cells: Grid, area: Grid, path: Path) -> None:
    """Raise GridError unless the cells of a surface are those over a grid.

    Args:
        cells: Grid of the surface.
        area: Grid of the images, of any pixel.
        path: File of the surface.
    """
    expected = covering_grid(area.bounds, area.crs, cells.pixel_m)
    expected.require_same(cells, "the extent of the prepared data", str(path))
