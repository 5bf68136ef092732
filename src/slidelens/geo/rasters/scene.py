"""Read the bands of a scene by name and bring them onto a grid."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.geo.grid import Bounds, Grid, crs_name
from slidelens.geo.rasters.bands import (
    Band,
    PixelReader,
    common_dtype,
    describe_bands,
    describe_scales,
    has_mask,
)
from slidelens.geo.rasters.doubts import describe_soft_alpha, describe_zeros, zero_pixels
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.naming import missing_band, name_bands
from slidelens.geo.rasters.opening import RASTER_ERRORS, open_dataset
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.resampling import (
    resample,
    source_window,
    turned_towards,
    whole_segments,
)
from slidelens.geo.windowed import Part, strips
from slidelens.resources import require_memory
from slidelens.types import Float32, Mask

log = logging.getLogger(__name__)

_BYTES_PER_VALUE = 12  # stored, as float32 and resampled


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

    def zeros_note(self, scene: Scene, area: Mask) -> str | None:
        """Return a note if seen pixels are 0 in all bands and nothing says that they are no data.

        Args:
            scene: The scene, as read.
            area: (height, width) pixels to look at.
        """
        if has_mask(self.layers) or self.options.nodata is not None:
            return None
        looked, bands, zeros = scene.valid & area, self.select(scene.bands), 0
        for part in strips(scene.grid.shape):
            if looked[part].any():
                zeros += int((zero_pixels(scene.read(part), bands) & looked[part]).sum())
        share = zeros / max(int(looked.sum()), 1)
        return describe_zeros(self.path, share, self.layers, self.options)


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

    def read(self, part: Part) -> Float32:
        """Return the pixels of some rows and columns."""
        return self.pixels[part]


def read_header(path: Path, options: ReadingOptions | None = None) -> Header:
    """Read the size, CRS and bands of a scene.

    Args:
        path: The file.
        options: What the user says about the file.

    Raises:
        SceneError: The file is missing or no raster, does not say where it lies, or its bands have
            no names.
    """
    path, options = Path(path), options or ReadingOptions()
    with open_dataset(path) as dataset:
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


def read_on_grid(source: Header | Path, grid: Grid, bands: Sequence[str]) -> Scene:
    """Read bands of a scene, bring them onto a grid, and log what is doubtful about them.

    Args:
        source: The scene.
        grid: Grid of the result.
        bands: Names of the bands, in the order of the result.

    Raises:
        SceneError: A band is missing, or the file is truncated.
        ResourceError: There is too little memory for the pixels.
    """
    header = source if isinstance(source, Header) else read_header(source)
    scene, soft_share = read_part(header, grid, bands)
    log_reading(header, bands, soft_share)
    return scene


def log_reading(header: Header, bands: Sequence[str], soft_share: float) -> None:
    """Log that scales are applied, and warn of soft edges of an alpha band.

    Args:
        header: The scene.
        bands: Names of the bands that were read.
        soft_share: Largest share of soft pixels; see `PixelReader`.
    """
    if doubt := describe_soft_alpha(header.path, soft_share, header.options):
        log.warning("%s", doubt)
    if scales := describe_scales(header.select(bands)):
        log.info("%s: the scale and offset that it declares are applied: %s", header.path, scales)


def read_part(
    header: Header, grid: Grid, bands: Sequence[str], part: Part | None = None
) -> tuple[Scene, float]:
    """Read a part of a scene on a grid (see `geo.resampling.resample`).

    A pixel is valid only where it is seen in every band (see `geo.rasters.bands`). Scales and
    offsets that the file declares are applied. A part has the values that the whole has.

    Args:
        header: The scene.
        grid: The whole grid.
        bands: Names of the bands, in the order of the result.
        part: Rows and columns of the grid; all by default.

    Returns:
        The part, and the share of its pixels at soft edges of an alpha band.

    Raises:
        SceneError: A band is missing, or the file is truncated.
        ResourceError: There is too little memory for the pixels.
    """
    rows, columns = part or (slice(0, grid.height), slice(0, grid.width))
    own = turned_towards(header.grid, grid)
    _, wider = whole_segments((rows, columns), own, grid)
    target = grid.window(Window.from_slices(rows, wider))
    native, window, soft_share = _read_native(header, own, target, bands)
    inner = slice(columns.start - wider.start, columns.stop - wider.start)
    pixels = (
        np.full((*target.shape, len(bands)), np.nan, np.float32)
        if native is None
        else resample(native, own.window(window), target)
    )[:, inner]
    valid: Mask = np.logical_and.reduce(np.isfinite(pixels), axis=-1)
    pixels = np.where(valid[..., None], pixels, np.float32(0))
    place = grid.window(Window.from_slices(rows, columns))
    return Scene(place, tuple(bands), pixels, valid), soft_share


def _read_native(
    header: Header, own: Grid, target: Grid, bands: Sequence[str]
) -> tuple[Float32 | None, Window, float]:
    """Read the pixels that a grid needs, NaN where not seen; None if the scene lies elsewhere."""
    chosen, window = header.select(bands), source_window(own, target)
    needed = max(
        target.height * target.width, 0 if window is None else window.height * window.width
    )
    require_memory(
        float(needed) * len(bands) * _BYTES_PER_VALUE,
        f"{header.path.name} on {target.describe()}, {len(bands)} bands,",
        "use larger pixels or a smaller area, or cut the scene (`gdal_translate -projwin`)",
    )
    if window is None:
        return None, Window(0, 0, 0, 0), 0.0
    native = np.empty((window.height, window.width, len(bands)), np.float32)
    with open_dataset(header.path) as dataset:
        reader = PixelReader(dataset, header.layers, window, header.options.nodata)
        for index, band in enumerate(chosen):
            native[..., index] = reader.read_values(band)
    return native, window, reader.soft_share


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
