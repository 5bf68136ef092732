"""Observed ground of a date, from a polygon file or from the valid pixels of a raster."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio.windows import Window

from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.geo.rasters.bands import PixelReader, describe_bands
from slidelens.geo.rasters.doubts import describe_soft_alpha, describe_zeros
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.geo.windowed import chunks
from slidelens.layers.inventory_files import is_vector
from slidelens.resources import require_memory
from slidelens.types import Mask

log = logging.getLogger(__name__)

_BYTES_PER_PIXEL = 12  # a band of at most 8 bytes and four masks


def read_observed(path: Path, options: ReadingOptions | None = None) -> gpd.GeoDataFrame:
    """Read the observed ground of a date, in the CRS of the file.

    Args:
        path: A vector file, of which the polygons are taken, or a raster, of which the pixels
            are taken that are seen in every band (see `geo.rasters.bands`).
        options: What the user says about a raster.

    Raises:
        InventoryError: The vector file cannot be read.
        SceneError: The raster cannot be read, or does not say where it lies.
        ResourceError: There is too little memory for the raster.
    """
    if is_vector(path):
        observed = read_inventory(path)
        if observed.empty:
            log.warning("%s holds no polygon: nothing counts as observed there", path)
        return observed
    valid, grid = _read_valid_mask(Path(path), options or ReadingOptions())
    return observed_ground(valid, grid)


def observed_ground(valid: Mask, grid: Grid) -> gpd.GeoDataFrame:
    """Return the valid pixels, (height, width), as polygons in the grid's CRS."""
    return gpd.GeoDataFrame(
        geometry=np.array(polygonise(valid, grid), dtype=object), crs=grid.crs.to_wkt()
    )


def mapped_ground(path: Path, grid: Grid, most_px: int) -> shapely.Geometry:
    """Return an outline of all valid pixels of a map, made of larger pixels.

    Args:
        path: The map.
        grid: Its grid.
        most_px: Upper limit of both sides of the larger pixels' grid.
    """
    step = ground_step(grid, most_px)
    height, width = (-(-side // step) for side in grid.shape)
    seen = np.zeros((height, width), bool)
    with open_dataset(path) as dataset:
        for part in chunks(grid.shape, step * max(1, 1024 // step)):
            rows, columns = np.nonzero(dataset.read_masks(1, window=Window.from_slices(*part)))
            seen[(rows + part[0].start) // step, (columns + part[1].start) // step] = True
    larger = Grid(grid.crs, grid.transform @ Affine.scale(step), height, width)
    outline = shapely.union_all(polygonise(seen, larger))
    return shapely.intersection(outline, shapely.box(*grid.bounds))


def ground_step(grid: Grid, most_px: int) -> int:
    """Return how many pixels of a grid the side of a larger pixel of `mapped_ground` has.

    Args:
        grid: The grid of the map.
        most_px: Upper limit of both sides of the larger pixels' grid.
    """
    return -(-max(grid.shape) // most_px)


def _read_valid_mask(path: Path, options: ReadingOptions) -> tuple[Mask, Grid]:
    """Read band by band, which bounds the memory needed for any number of bands."""
    remedy = "give a raster, or polygons in .gpkg, .shp or .geojson"
    with open_dataset(path, "observed ground", remedy) as dataset:
        grid = read_grid(dataset, path)
        bands = describe_bands(dataset, path, masks_only=True)
        require_memory(
            float(grid.height) * grid.width * _BYTES_PER_PIXEL,
            f"{path.name}, {grid.describe()},",
            "give polygons of the observed ground, or the raster with larger pixels",
        )
        reader = PixelReader(dataset, bands, nodata=options.nodata)
        valid, zero = np.ones(grid.shape, bool), np.ones(grid.shape, bool)
        data = [band for band in bands if band.role == "data"]
        for _, stored, seen in reader.read_all_stored(data):
            valid &= seen
            zero &= stored == 0
    notes = (
        describe_zeros(path, float((zero & valid).sum() / max(valid.sum(), 1)), bands, options),
        describe_soft_alpha(path, reader.soft_share, options),
    )
    for note in filter(None, notes):
        log.warning("%s", note)
    return valid, grid
