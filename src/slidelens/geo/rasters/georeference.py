"""Read where a raster lies on Earth, or say what it lacks."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio._err import CPLE_NotSupportedError
from rasterio.crs import CRS
from rasterio.warp import transform

from slidelens.errors import SceneError
from slidelens.geo.grid import Grid, crs_name
from slidelens.geo.rasters.opening import RASTER_ERRORS

log = logging.getLogger(__name__)

_SET_CRS = "set it, for instance with `gdal_edit.py -a_srs EPSG:32645`"
_MOST_LONGITUDE_DEG = 540.0  # of a raster whose longitudes are counted from elsewhere
_MOST_SUBDATASETS = 6  # that a message names
FULL_TURN_DEG = 360.0
METRES_PER_DEGREE = 111_320.0
_LEAST_EXTENT_M = 0.1


def read_grid(dataset: rasterio.DatasetReader, path: Path) -> Grid:
    """Return the grid of a raster.

    Longitudes of a raster that lies wholly beyond 180° east or west are brought into −180…180°.

    Args:
        dataset: The open raster.
        path: Its file, for messages.

    Raises:
        SceneError: The raster does not say where on Earth it lies, or holds other rasters.
    """
    _require_image(dataset, path)
    placed, crs = dataset.transform, dataset.crs
    if crs is None or _is_unplaced(placed, dataset.height):
        _require_no_points(dataset, path)
    if crs is None:
        raise SceneError(f"{path} has no CRS; {_SET_CRS}")
    if _is_unplaced(placed, dataset.height):
        raise SceneError(
            f"{path} has no position; georeference it, for instance with"
            f" `gdal_edit.py -a_ullr LEFT TOP RIGHT BOTTOM` in the units of {crs_name(crs)}"
        )
    if not np.isfinite(placed[:6]).all() or placed.determinant == 0:
        raise SceneError(
            f"{path} has pixels without a size (its geotransform is"
            f" {', '.join(f'{value:g}' for value in placed.to_gdal())}); georeference it again"
        )
    grid = Grid(crs, placed, dataset.height, dataset.width)
    _require_place(grid, path)
    _require_extent(grid, path)
    return _in_usual_longitudes(grid) if crs.is_geographic else grid


def _require_image(dataset: rasterio.DatasetReader, path: Path) -> None:
    """Raise SceneError if a file holds other rasters but no bands; warn if it holds both."""
    names = dataset.subdatasets
    if not names and dataset.count:
        return
    listed = ", ".join(names[:_MOST_SUBDATASETS])
    listed += (
        f" and {len(names) - _MOST_SUBDATASETS} more" if len(names) > _MOST_SUBDATASETS else ""
    )
    if dataset.count == 0:
        if not names:
            raise SceneError(f"{path} has no bands; give a raster with at least one")
        raise SceneError(
            f"{path} holds the subdatasets {listed}; give one of them as a GeoTIFF:"
            f" `gdal_translate {shlex.quote(_quoted(names[0], path))} scene.tif`"
        )
    if len(names) > 1:
        log.warning("%s holds %d rasters, %s; only its first is read", path, len(names), listed)


def _quoted(name: str, path: Path) -> str:
    """Return the name of a subdataset with its path in quotes, if GDAL reads it only so."""
    return name.replace(f":{path}:", f':"{path}":', 1) if ":" in str(path) else name


def _is_unplaced(placed: Affine, height: int) -> bool:
    """Return whether a transform counts pixels from a corner, as in files without position.

    The corner is that of the image, or the middle of its first pixel.
    """
    if (abs(placed.a), abs(placed.e), placed.b, placed.d) != (1, 1, 0, 0):
        return False
    past = min(abs(placed.f), abs(placed.f + placed.e * height))
    return abs(placed.c) in (0, 0.5) and past in (0, 0.5)


def _require_no_points(dataset: rasterio.DatasetReader, path: Path) -> None:
    if dataset.gcps[0]:
        raise SceneError(
            f"{path} has ground control points and no grid; warp it first, for instance with"
            " `gdalwarp -t_srs EPSG:32645 scene.tif warped.tif`"
        )
    if dataset.rpcs is not None:
        raise SceneError(
            f"{path} has rational polynomial coefficients (RPCs) and no grid; orthorectify it"
            " first, for instance with `gdalwarp -rpc -to RPC_DEM=dem.tif scene.tif ortho.tif`"
        )


def _require_place(grid: Grid, path: Path) -> None:
    """Raise SceneError unless the middle of a grid is a place on Earth.

    Local grids of an engineering site and CRSs of other planets have no relation to it.
    """
    crs = grid.crs
    if not (crs.is_projected or crs.is_geographic):
        raise _unrelated(crs, path)
    middle = grid.centre_of(grid.height / 2 - 0.5, grid.width / 2 - 0.5)
    try:
        with rasterio.Env():  # which keeps GDAL from printing
            longitudes, latitudes = transform(crs, "EPSG:4326", *([value] for value in middle))
    except CPLE_NotSupportedError as error:
        raise _unrelated(crs, path) from error
    except RASTER_ERRORS:
        longitudes = latitudes = [np.inf]
    if not (abs(longitudes[0]) < _MOST_LONGITUDE_DEG and abs(latitudes[0]) <= 90):
        corner = f"{grid.bounds[0]:.7g}, {grid.bounds[3]:.7g}"
        raise SceneError(
            f"{path} is in {crs_name(crs)}, but begins at {corner}, which is no place in it;"
            " set its true CRS, for instance with `gdal_edit.py -a_srs EPSG:32645`"
        )


def _require_extent(grid: Grid, path: Path) -> None:
    """Raise SceneError if a raster is smaller than any image of ground."""
    left, bottom, right, top = grid.bounds
    unit_m = METRES_PER_DEGREE if grid.crs.is_geographic else grid.crs.linear_units_factor[1]
    longest_m = max(right - left, top - bottom) * unit_m
    if longest_m < _LEAST_EXTENT_M:
        raise SceneError(
            f"{path} covers {longest_m:.2g} m of ground, so its pixel size is wrong; correct it,"
            " for instance with `gdal_edit.py -a_ullr LEFT TOP RIGHT BOTTOM`"
        )


def _unrelated(crs: CRS, path: Path) -> SceneError:
    return SceneError(
        f"{path} has no CRS that tells where on Earth it is ({crs_name(crs)}); {_SET_CRS}"
    )


def _in_usual_longitudes(grid: Grid) -> Grid:
    """Return a geographic grid, moved by whole turns so that it begins within 180° of Greenwich."""
    left, _, right, _ = grid.bounds
    if -180 <= left < 180 or right - left > FULL_TURN_DEG / 2:
        return grid
    return turned(grid, -np.floor((left + 180) / FULL_TURN_DEG))


def turned(grid: Grid, turns: float) -> Grid:
    """Return a geographic grid with a number of whole turns added to its longitudes."""
    if not turns:
        return grid
    moved = Affine.translation(turns * FULL_TURN_DEG, 0) @ grid.transform
    return Grid(grid.crs, moved, grid.height, grid.width)
