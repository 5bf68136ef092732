"""Scenes: dated multi-band images, read by band name, brought onto a grid, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import CRSError, RasterioIOError
from rasterio.warp import reproject, transform, transform_bounds
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.geo.grid import Bounds, Grid, crs_name
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class Header:
    """What a scene's file says of itself, pixels unread."""

    path: Path
    grid: Grid
    bands: tuple[str, ...]
    dtype: str

    def bounds_in(self, crs: CRS) -> Bounds:
        """The scene's (left, bottom, right, top) in another CRS. Raises SceneError where it has no place there."""
        try:
            bounds = transform_bounds(self.grid.crs, crs, *self.grid.bounds)
        except CRSError as error:
            raise SceneError(
                f"{self.path} is in {crs_name(self.grid.crs)}, which cannot be brought into {crs_name(crs)}; set its true CRS"
            ) from error
        if not np.isfinite(bounds).all():
            corner = f"{self.grid.bounds[0]:.7g}, {self.grid.bounds[3]:.7g}"
            raise SceneError(
                f"{self.path} is in {crs_name(self.grid.crs)}, but begins at {corner}, which is no place in {crs_name(crs)}; set its true CRS"
            )
        return bounds

    def positions(self, bands: Sequence[str]) -> list[int]:
        """1-based positions of the named bands. Raises SceneError naming the first that is missing."""
        missing = [band for band in bands if band not in self.bands]
        if missing:
            raise SceneError(
                f"{self.path} has no band {missing[0]}, only {', '.join(self.bands)}; name its bands in study.band_names (`slidelens map`: --bands)"
            )
        return [self.bands.index(band) + 1 for band in bands]


@dataclass(frozen=True)
class Scene:
    """Pixels on a grid.

    pixels: (height, width, bands) float32, in the file's units; 0 where not valid
    valid: (height, width) bool, true where every band has a value
    """

    grid: Grid
    bands: tuple[str, ...]
    pixels: Float32
    valid: Mask


def read_header(path: Path, band_names: Sequence[str] = ()) -> Header:
    """Size, CRS and bands of a scene.

    band_names: names in file order, for files whose bands have no descriptions
    Raises SceneError where the file is missing or no raster, has no CRS, or its bands have no names.
    """
    with open_dataset(path) as dataset:
        if dataset.crs is None:
            raise SceneError(
                f"{path} has no CRS; set it, for instance with `gdal_edit.py -a_srs EPSG:32645`"
            )
        grid = Grid(dataset.crs, dataset.transform, dataset.height, dataset.width)
        return Header(Path(path), grid, _names(dataset, Path(path), band_names), dataset.dtypes[0])


def _names(
    dataset: rasterio.DatasetReader, path: Path, band_names: Sequence[str]
) -> tuple[str, ...]:
    count = sum(kind != ColorInterp.alpha for kind in dataset.colorinterp)
    described = dataset.descriptions[:count]
    if all(described) and len(set(described)) == count:
        return tuple(described)
    if len(band_names) == count:
        return tuple(band_names)
    raise SceneError(
        f"{path} has {count} bands without distinct names and study.band_names has {len(band_names)}; name them in file order"
    )


def open_dataset(path: Path) -> rasterio.DatasetReader:
    """Open a raster file. Raises SceneError with one line where it cannot be read."""
    if not Path(path).exists():
        raise SceneError(f"there is no scene {path}; check the path")
    try:
        return rasterio.open(path)
    except RasterioIOError as error:
        raise SceneError(
            f"cannot read {path}: {one_line_reason(error)}; is it a complete GeoTIFF?"
        ) from error


def one_line_reason(error: Exception) -> str:
    """Return the first line of an error's text."""
    return " ".join(str(error.__cause__ or error).split())


def read_on_grid(
    path: Path, grid: Grid, bands: Sequence[str], band_names: Sequence[str] = ()
) -> Scene:
    """A scene's bands, brought onto a grid.

    Aligned pixels are taken as they are; others are resampled, by cubic convolution, or averaged where the scene is finer
    than the grid. A pixel is valid only where every band is: nodata, masks and NaN are respected band by band.
    Raises SceneError where a band is missing, or the file ends early.
    """
    header = read_header(path, band_names)
    positions = header.positions(bands)
    window = _window_over(header.grid, grid)
    if window is None:
        return Scene(
            grid,
            tuple(bands),
            np.zeros((*grid.shape, len(bands)), np.float32),
            np.zeros(grid.shape, bool),
        )
    native = np.stack([_native(path, position, window) for position in positions], axis=-1)
    pixels = _resampled(native, header.grid.window(window), grid)
    valid: Mask = np.logical_and.reduce(np.isfinite(pixels), axis=-1)
    pixels[~valid] = 0
    return Scene(grid, tuple(bands), pixels, valid)


def read_band_on_grid(path: Path, grid: Grid, name: str, what: str, nowhere: str) -> Scene:
    """One band of a file, brought onto a grid: its only one, or that called `name`.

    what: the file is; nowhere: the message's end where it has no value on the grid
    Raises SceneError where the file is missing or no raster, has several bands of other names, or no value on the grid.
    """
    header = read_header(path, (name,))
    if len(header.bands) > 1 and name not in header.bands:
        raise SceneError(f"{path} has {len(header.bands)} bands; a {what} has one")
    scene = read_on_grid(path, grid, (name,) if name in header.bands else header.bands, (name,))
    if not scene.valid.any():
        raise SceneError(f"{path} has no {nowhere}")
    return scene


def _window_over(source: Grid, grid: Grid, margin: int = 4) -> Window | None:
    """The pixels of `source` that `grid` needs, with a margin for the resampling kernel; None where there are none."""
    left, bottom, right, top = transform_bounds(grid.crs, source.crs, *grid.bounds, densify_pts=101)
    columns, rows = zip(
        *(
            ~source.transform @ corner
            for corner in ((left, top), (right, bottom), (left, bottom), (right, top))
        ),
        strict=True,
    )
    first = max(0, int(np.floor(min(rows))) - margin), max(0, int(np.floor(min(columns))) - margin)
    last = (
        min(source.height, int(np.ceil(max(rows))) + margin),
        min(source.width, int(np.ceil(max(columns))) + margin),
    )
    if last[0] <= first[0] or last[1] <= first[1]:
        return None
    return Window(first[1], first[0], last[1] - first[1], last[0] - first[0])


def _native(path: Path, position: int, window: Window) -> Float32:
    """One band as float32, NaN where it has no value."""
    with open_dataset(path) as dataset:
        try:
            values = dataset.read(position, window=window).astype(np.float32)
            values[dataset.read_masks(position, window=window) == 0] = np.nan
        except RasterioIOError as error:
            raise SceneError(
                f"cannot read band {position} of {path}: {one_line_reason(error)}; is the file truncated? copy it again"
            ) from error
    values[~np.isfinite(values)] = np.nan
    return values


def _resampled(native: Float32, source: Grid, grid: Grid) -> Float32:
    offset = _whole_offset(source, grid)
    if offset is not None:
        return shift_pixels(native, offset, grid.shape)
    finer = (
        np.sqrt(abs(source.transform.determinant)) * _metres_per_unit(source)
        < 0.67 * grid.transform.a
    )
    target = np.full((native.shape[2], *grid.shape), np.nan, np.float32)
    reproject(
        np.moveaxis(native, -1, 0),
        target,
        src_transform=source.transform,
        src_crs=source.crs,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        src_nodata=np.nan,
        dst_nodata=np.nan,
        resampling=Resampling.average if finer else Resampling.cubic,
    )
    return np.ascontiguousarray(np.moveaxis(target, 0, -1))


def _metres_per_unit(grid: Grid) -> float:
    return float(grid.crs.linear_units_factor[1]) if grid.crs.is_projected else 111_320.0


def _whole_offset(source: Grid, grid: Grid) -> tuple[int, int] | None:
    """(rows, columns) from `grid`'s origin to `source`'s where their pixels coincide, else None."""
    if source.crs != grid.crs or not np.allclose(
        pixel_scale(source.transform), pixel_scale(grid.transform)
    ):
        return None
    column, row = ~grid.transform @ (source.transform @ (0, 0))
    if max(abs(column - round(column)), abs(row - round(row))) > 1e-3:
        return None
    return round(row), round(column)


def pixel_scale(transform: Affine) -> tuple[float, float, float, float]:
    """Return the linear part of a transform."""
    return transform.a, transform.b, transform.d, transform.e


def shift_pixels(native: Float32, offset: tuple[int, int], shape: tuple[int, int]) -> Float32:
    """Shift an array by whole pixels, with nodata where nothing moves in."""
    target = np.full((*shape, native.shape[2]), np.nan, np.float32)
    into = tuple(
        slice(max(0, o), max(0, min(n, o + m)))
        for o, n, m in zip(offset, shape, native.shape[:2], strict=True)
    )
    out_of = tuple(
        slice(s.start - o, max(s.start, s.stop) - o) for s, o in zip(into, offset, strict=True)
    )
    target[into] = native[out_of]
    return target


def pixel_size_m(header: Header, crs: CRS) -> float:
    """The shorter side of the scene's pixel at its centre, so that no detail is lost; metres, to two digits where `crs` is not its own.

    crs: a metric CRS over the scene
    """
    grid, middle = header.grid, (header.grid.width // 2, header.grid.height // 2)
    corners = [
        grid.transform @ (middle[0] + column, middle[1] + row)
        for column, row in ((0, 0), (1, 0), (0, 1))
    ]
    x, y = (np.array(values) for values in transform(grid.crs, crs, *zip(*corners, strict=True)))
    side = float(np.hypot(x[1:] - x[0], y[1:] - y[0]).min())
    return side if grid.crs == crs else float(f"{side:.2g}")
