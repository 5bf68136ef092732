"""What a date could see: polygons from an outline file, or from the valid pixels of a raster."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError

from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.geo.vector import SUFFIXES, read_inventory


def read_observed(path: Path) -> gpd.GeoDataFrame:
    """Ground that could be seen, in the file's CRS: the polygons of a vector file, or the pixels of a raster where every band is valid.

    Raises InventoryError or SceneError where the file cannot be read.
    """
    if Path(path).suffix.lower() in SUFFIXES:
        return read_inventory(path)
    valid, grid = _valid_pixels(path)
    return observed_ground(valid, grid)


def observed_ground(valid: NDArray[np.bool_], grid: Grid) -> gpd.GeoDataFrame:
    """The valid pixels of a grid as polygons. valid: (height, width)."""
    return gpd.GeoDataFrame(
        geometry=np.array(polygonise(valid, grid), dtype=object), crs=grid.crs.to_wkt()
    )


def _valid_pixels(path: Path) -> tuple[NDArray[np.bool_], Grid]:
    """Read band by band, so that a scene of any number of bands fits."""
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
