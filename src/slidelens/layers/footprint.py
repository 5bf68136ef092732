"""Observed ground of a date, from a polygon file or from the valid pixels of a raster."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.windows import Window

from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.geo.rasters.bands import PixelReader, describe_bands
from slidelens.geo.rasters.doubts import (
    describe_corner,
    describe_fills,
    describe_soft_alpha,
    describe_unmarked_mask,
    fill_values,
)
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.vectors.inventory import OBSERVED_LAYERS, read_area
from slidelens.geo.windowed import CACHE_BYTES, chunks
from slidelens.layers.inventory_files import is_vector
from slidelens.resources import require_memory
from slidelens.types import Mask

log = logging.getLogger(__name__)

_MOST_EDGES = 100_000  # of an outline: a second of work, and 3 MB
_BYTES_PER_PIXEL = 12  # a band of at most 8 bytes and four masks


def read_observed(path: Path, options: ReadingOptions | None = None) -> gpd.GeoDataFrame:
    """Read the observed ground of a date, in the CRS of the file.

    Args:
        path: A vector file, of which the layer `observed` or the area is taken if there are
            several, never `landslides`; or a raster, of which the pixels are taken that are seen
            in every band (see `geo.rasters.bands`).
        options: What the user says about a raster.

    Raises:
        InventoryError: The vector file cannot be read.
        SceneError: The raster cannot be read, or does not say where it lies.
        ResourceError: There is too little memory for the raster.
    """
    if is_vector(path):
        observed = read_area(path, first=OBSERVED_LAYERS)
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


class ValidOutline(NamedTuple):
    """An outline of the valid pixels of a map.

    Attributes:
        outline: The outline, in the CRS of the map.
        step: Side of the larger pixels that it is made of, pixels of the map.
    """

    outline: shapely.Geometry
    step: int


def outline_valid_pixels(path: Path, grid: Grid, most_px: int) -> ValidOutline:
    """Return an outline of all valid pixels of a map, made of larger pixels.

    A larger pixel is in it if one of its pixels is valid. Ground that is strewn with gaps is
    outlined by still larger ones, as an outline of millions of corners is of no use.

    Args:
        path: The map.
        grid: Its grid.
        most_px: Upper limit of both sides of the larger pixels' grid.
    """
    step = -(-max(grid.shape) // most_px)
    seen = np.zeros([-(-side // step) for side in grid.shape], bool)
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), open_dataset(path) as dataset:
        for part in chunks(grid.shape, step * max(1, 1024 // step)):
            rows, columns = np.nonzero(dataset.read_masks(1, window=Window.from_slices(*part)))
            seen[(rows + part[0].start) // step, (columns + part[1].start) // step] = True
    while _count_edges(seen) > _MOST_EDGES:
        seen, step = _halved(seen), 2 * step
    larger = Grid(grid.crs, grid.transform @ Affine.scale(step), *seen.shape)
    outline = shapely.union_all(polygonise(seen, larger))
    return ValidOutline(shapely.intersection(outline, shapely.box(*grid.bounds)), step)


def _count_edges(seen: Mask) -> int:
    """Return the number of sides between pixels that differ."""
    return int((seen[1:] != seen[:-1]).sum() + (seen[:, 1:] != seen[:, :-1]).sum())


def _halved(seen: Mask) -> Mask:
    """Return a mask of pixels twice as large, true where one of the smaller ones is."""
    height, width = seen.shape
    even = np.pad(seen, ((0, height % 2), (0, width % 2)))
    return np.asarray(even.reshape(-(-height // 2), 2, -(-width // 2), 2).any(axis=(1, 3)))


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
        valid = np.ones(grid.shape, bool)
        data = [band for band in bands if band.role == "data"]
        filled = {value: np.ones(grid.shape, bool) for value in fill_values(data)}
        for _, stored, seen in reader.read_all_stored(data):
            valid &= seen
            same = {value: mask & (stored == value) for value, mask in filled.items()}
            filled = {value: mask for value, mask in same.items() if mask.any()}
    counts = {value: int((mask & valid).sum()) for value, mask in filled.items()}
    notes = (
        describe_corner(path, grid),
        describe_fills(path, counts, int(valid.sum()), bands, options),
        describe_unmarked_mask(path, bands),
        describe_soft_alpha(path, reader.soft_share, options),
    )
    for note in filter(None, notes):
        log.warning("%s", note)
    return valid, grid
