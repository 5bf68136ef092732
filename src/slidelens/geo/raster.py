"""Read the bands of a scene by name and bring them onto a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import CRSError, RasterioIOError
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.geo.grid import Bounds, Grid, crs_name
from slidelens.geo.resampling import resample, source_window
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class Header:
    """Metadata of a scene's file, read without its pixels.

    Attributes:
        path: The file.
        grid: Its own grid.
        bands: Names in file order.
        dtype: Data type of the pixels, for example `uint16`.
    """

    path: Path
    grid: Grid
    bands: tuple[str, ...]
    dtype: str

    def bounds_in(self, crs: CRS) -> Bounds:
        """Return the scene's (left, bottom, right, top) in another CRS.

        Raises:
            SceneError: The scene's CRS cannot be transformed, or the scene lies outside `crs`.
        """
        try:
            bounds: Bounds = transform_bounds(self.grid.crs, crs, *self.grid.bounds)
        except CRSError as error:
            raise SceneError(
                f"{self.path} is in {crs_name(self.grid.crs)}, which cannot be transformed to"
                f" {crs_name(crs)}; set its true CRS"
            ) from error
        if not np.isfinite(bounds).all():
            corner = f"{self.grid.bounds[0]:.7g}, {self.grid.bounds[3]:.7g}"
            raise SceneError(
                f"{self.path} is in {crs_name(self.grid.crs)}, but begins at {corner},"
                f" which is no place in {crs_name(crs)}; set its true CRS"
            )
        return bounds

    def positions(self, bands: Sequence[str]) -> list[int]:
        """Return the 1-based positions of the named bands.

        Raises:
            SceneError: A band is missing; the first missing one is named.
        """
        missing = [band for band in bands if band not in self.bands]
        if missing:
            raise SceneError(
                f"{self.path} has no band {missing[0]}, only {', '.join(self.bands)};"
                " name its bands in study.band_names (`slidelens map`: --bands)"
            )
        return [self.bands.index(band) + 1 for band in bands]


@dataclass(frozen=True)
class Scene:
    """Pixels on a grid.

    Attributes:
        grid: Grid of the pixels.
        bands: Names, in the order of the pixels' last axis.
        pixels: (height, width, bands), in the file's units; 0 where not valid.
        valid: (height, width), true where every band has a value.
    """

    grid: Grid
    bands: tuple[str, ...]
    pixels: Float32
    valid: Mask


def read_header(path: Path, band_names: Sequence[str] = ()) -> Header:
    """Read the size, CRS and bands of a scene.

    Args:
        path: The file.
        band_names: Names in file order, for files whose bands have no descriptions.

    Raises:
        SceneError: The file is missing, is no raster, or has no CRS or no band names.
    """
    with open_dataset(path) as dataset:
        if dataset.crs is None:
            raise SceneError(
                f"{path} has no CRS; set it, for instance with `gdal_edit.py -a_srs EPSG:32645`"
            )
        grid = Grid(dataset.crs, dataset.transform, dataset.height, dataset.width)
        bands = _band_names(dataset, Path(path), band_names)
        return Header(Path(path), grid, bands, dataset.dtypes[0])


def _band_names(
    dataset: rasterio.DatasetReader, path: Path, band_names: Sequence[str]
) -> tuple[str, ...]:
    count = sum(kind != ColorInterp.alpha for kind in dataset.colorinterp)
    described = dataset.descriptions[:count]
    if all(described) and len(set(described)) == count:
        return tuple(described)
    if len(band_names) == count:
        return tuple(band_names)
    raise SceneError(
        f"{path} has {count} bands without distinct names and study.band_names has"
        f" {len(band_names)}; name them in file order"
    )


def open_dataset(path: Path) -> rasterio.DatasetReader:
    """Open a raster file for reading.

    Raises:
        SceneError: The file is missing or cannot be read.
    """
    if not Path(path).exists():
        raise SceneError(f"there is no scene {path}; check the path")
    try:
        return rasterio.open(path)
    except RasterioIOError as error:
        raise SceneError(
            f"cannot read {path}: {one_line_reason(error)}; is it a complete GeoTIFF?"
        ) from error


def one_line_reason(error: Exception) -> str:
    """Return an error's text, or that of its cause, on one line."""
    return " ".join(str(error.__cause__ or error).split())


def read_on_grid(
    path: Path, grid: Grid, bands: Sequence[str], band_names: Sequence[str] = ()
) -> Scene:
    """Read bands of a scene and bring them onto a grid (see `geo.resampling.resample`).

    A pixel is valid only where every band is: nodata, masks and NaN count band by band.

    Args:
        path: The file.
        grid: Grid of the result.
        bands: Names of the bands, in the order of the result.
        band_names: Names in file order, for files whose bands have no descriptions.

    Raises:
        SceneError: A band is missing, or the file is truncated.
    """
    header = read_header(path, band_names)
    positions = header.positions(bands)
    window = source_window(header.grid, grid)
    if window is None:
        nothing = np.zeros((*grid.shape, len(bands)), np.float32)
        return Scene(grid, tuple(bands), nothing, np.zeros(grid.shape, bool))
    native = np.stack([_read_band(path, position, window) for position in positions], axis=-1)
    pixels = resample(native, header.grid.window(window), grid)
    valid: Mask = np.logical_and.reduce(np.isfinite(pixels), axis=-1)
    pixels[~valid] = 0
    return Scene(grid, tuple(bands), pixels, valid)


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
    header = read_header(path, (name,))
    if len(header.bands) > 1 and name not in header.bands:
        raise SceneError(f"{path} has {len(header.bands)} bands; a {what} has one")
    scene = read_on_grid(path, grid, (name,) if name in header.bands else header.bands, (name,))
    if not scene.valid.any():
        raise SceneError(f"{path} has no {nowhere}")
    return scene


def _read_band(path: Path, position: int, window: Window) -> Float32:
    """Return one band, NaN where it has no value."""
    with open_dataset(path) as dataset:
        try:
            values: Float32 = dataset.read(position, window=window).astype(np.float32)
            values[dataset.read_masks(position, window=window) == 0] = np.nan
        except RasterioIOError as error:
            raise SceneError(
                f"cannot read band {position} of {path}: {one_line_reason(error)};"
                " is the file truncated? copy it again"
            ) from error
    values[~np.isfinite(values)] = np.nan
    return values


def pixel_size_m(header: Header, crs: CRS) -> float:
    """Return the shorter side of the scene's central pixel in metres.

    The shorter side, so that no detail is lost; to two digits if `crs` is not the scene's own.

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
    return side if grid.crs == crs else float(f"{side:.2g}")
