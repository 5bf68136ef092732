"""Observed ground of a date, from a polygon file or from the valid pixels of a raster."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.errors import RasterioIOError

from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.geo.vector import SUFFIXES, read_inventory
from slidelens.types import Mask


def read_observed(path: Path) -> gpd.GeoDataFrame:
    """Read the observed ground of a date, in the CRS of the file.

    Args:
        path: A vector file, of which the polygons are taken, or a raster, of which the pixels
            are taken where every band is valid.

    Raises:
        InventoryError: The vector file cannot be read.
        SceneError: The raster cannot be read, or has no CRS.
    """
    if Path(path).suffix.lower() in SUFFIXES:
        return read_inventory(path)
    valid, grid = _read_valid_mask(path)
    return observed_ground(valid, grid)


def observed_ground(valid: Mask, grid: Grid) -> gpd.GeoDataFrame:
    """Return the valid pixels, (height, width), as polygons in the grid's CRS."""
    return gpd.GeoDataFrame(
        geometry=np.array(polygonise(valid, grid), dtype=object), crs=grid.crs.to_wkt()
    )


def _read_valid_mask(path: Path) -> tuple[Mask, Grid]:
    """Read band by band, which bounds the memory needed for any number of bands."""
    try:
        with rasterio.open(path) as dataset:
            if dataset.crs is None:
                raise SceneError(
                    f"{path} has no CRS; set it, for instance with `gdal_edit.py -a_srs EPSG:32645`"
                )
            valid = np.ones(dataset.shape, dtype=bool)
            for band in dataset.indexes:
                valid &= dataset.read_masks(band) > 0
                if np.dtype(dataset.dtypes[band - 1]).kind == "f":
                    valid &= np.isfinite(dataset.read(band))
            return valid, Grid(dataset.crs, dataset.transform, dataset.height, dataset.width)
    except RasterioIOError as error:
        reason = " ".join(str(error).split())
        raise SceneError(
            f"cannot read {path}: {reason}; give a raster, or polygons in {', '.join(SUFFIXES)}"
        ) from error
