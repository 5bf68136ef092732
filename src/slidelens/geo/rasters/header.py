"""Read the metadata of a scene's file without its pixels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.warp import transform, transform_bounds

from slidelens.errors import SceneError
from slidelens.geo.grid import Bounds, Grid, crs_name
from slidelens.geo.rasters.bands import Band, common_dtype, describe_bands, has_mask
from slidelens.geo.rasters.doubts import count_fills, describe_fills
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.naming import missing_band, name_bands
from slidelens.geo.rasters.opening import RASTER_ERRORS, open_dataset
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.rasters.wholeness import require_whole
from slidelens.geo.windowed import strips
from slidelens.types import Mask

if TYPE_CHECKING:
    from slidelens.geo.rasters.scene import Scene


@dataclass(frozen=True)
class Header:
    """Metadata of a scene's file, read without its pixels.

    Attributes:
        path: The file.
        grid: Its own grid.
        bands: Names of the data bands in file order.
        dtype: Type that holds the values of all data bands, for example `uint16`.
        layers: All bands, those of masks too.
        options: What the user says about the file.
    """

    path: Path
    grid: Grid
    bands: tuple[str, ...]
    dtype: str
    layers: tuple[Band, ...] = ()
    options: ReadingOptions = field(default_factory=ReadingOptions)

    def dtype_of(self, bands: Sequence[str]) -> str:
        """Return the type that holds the values of the named bands."""
        return common_dtype(self.select(bands)) if self.layers else self.dtype

    def bounds_in(self, crs: CRS) -> Bounds:
        """Return the scene's (left, bottom, right, top) in another CRS.

        Raises:
            SceneError: The scene's CRS cannot be transformed, or the scene lies outside `crs`.
        """
        try:
            with rasterio.Env():  # which keeps GDAL from printing
                bounds: Bounds = transform_bounds(self.grid.crs, crs, *self.grid.bounds)
        except RASTER_ERRORS:
            bounds = (np.inf,) * 4
        if not np.isfinite(bounds).all():
            corner = f"{self.grid.bounds[0]:.7g}, {self.grid.bounds[3]:.7g}"
            raise SceneError(
                f"{self.path} is in {crs_name(self.grid.crs)}, but begins at {corner},"
                f" which is no place in {crs_name(crs)}; set its true CRS"
            )
        return bounds

    def require_bands(self, bands: Sequence[str]) -> None:
        """Raise SceneError if a band is missing; the first missing one is named."""
        if any(band not in self.bands for band in bands):
            raise missing_band(self.path, bands, self.bands, self.options)

    def select(self, bands: Sequence[str]) -> list[Band]:
        """Return the named bands.

        Raises:
            SceneError: A band is missing; the first missing one is named.
        """
        self.require_bands(bands)
        by_name = {band.name: band for band in self.layers if band.role == "data"}
        return [by_name[name] for name in bands]

    def fills_note(self, scene: Scene, area: Mask) -> str | None:
        """Return a note if seen pixels hold one value of no data, for example 0, in all bands.

        There is none if the file or the user says which pixels are no data.

        Args:
            scene: The scene, as read.
            area: (height, width) pixels to look at.
        """
        if has_mask(self.layers) or self.options.nodata is not None:
            return None
        looked, bands, fills = scene.valid & area, self.select(scene.bands), Counter[float]()
        for part in strips(scene.grid.shape):
            if looked[part].any():
                fills.update(count_fills(scene.read(part), looked[part], bands))
        return describe_fills(self.path, fills, int(looked.sum()), self.layers, self.options)


def read_header(path: Path, options: ReadingOptions | None = None) -> Header:
    """Read the size, CRS and bands of a scene.

    Args:
        path: The file.
        options: What the user says about the file.

    Raises:
        SceneError: The file is missing, no raster or incomplete, does not say where it lies, or its
            bands have no names.
    """
    path, options = Path(path), options or ReadingOptions()
    with open_dataset(path) as dataset:
        require_whole(path)
        grid = read_grid(dataset, path)
        layers = name_bands(describe_bands(dataset, path), path, options)
    return header_of(path, grid, layers, options)


def header_of(path: Path, grid: Grid, layers: tuple[Band, ...], options: ReadingOptions) -> Header:
    """Return the header of a file whose bands have names.

    Raises:
        SceneError: All bands are alpha.
    """
    data = [band for band in layers if band.role == "data"]
    if not data:
        raise SceneError(f"{path} has no band but alpha, which is a mask; give an image")
    names = tuple(band.name or "" for band in data)
    return Header(path, grid, names, common_dtype(data), layers, options)


def pixel_size_m(header: Header, crs: CRS) -> float:
    """Return the shorter side of the scene's central pixel in metres.

    The shorter side, so that no detail is lost; to two digits unless the pixels can be copied to
    a grid in `crs`, which they can if that is the scene's own and they are square.

    Args:
        header: The scene.
        crs: A metric CRS over the scene.
    """
    grid = header.grid
    row, column = grid.height // 2, grid.width // 2
    corners = [
        grid.transform @ corner for corner in ((column, row), (column + 1, row), (column, row + 1))
    ]
    x, y = (np.array(values) for values in transform(grid.crs, crs, *zip(*corners, strict=True)))
    side = float(np.hypot(x[1:] - x[0], y[1:] - y[0]).min())
    square = math.isclose(grid.transform.a, -grid.transform.e, rel_tol=1e-6) and not (
        grid.transform.b or grid.transform.d
    )
    return side if grid.crs == crs and square else float(f"{side:.2g}")
