"""Read the bands of a scene by name and bring them onto a grid."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rasterio.windows import Window

from slidelens.geo.grid import Grid
from slidelens.geo.rasters.bands import PixelReader, describe_scales
from slidelens.geo.rasters.doubts import (
    describe_corner,
    describe_soft_alpha,
    describe_unmarked_mask,
)
from slidelens.geo.rasters.header import Header, read_header
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.resampling import resample, source_window, turned_towards, whole_segments
from slidelens.geo.windowed import Part
from slidelens.resources import require_memory
from slidelens.types import Float32, Mask

log = logging.getLogger(__name__)

_BYTES_PER_VALUE = 12  # stored, as float32 and resampled


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
    """Log that scales are applied, and warn of what may be meant otherwise.

    Args:
        header: The scene.
        bands: Names of the bands that were read.
        soft_share: Largest share of soft pixels; see `PixelReader`.
    """
    doubts = (
        describe_corner(header.path, header.grid),
        describe_unmarked_mask(header.path, [b for b in header.layers if b.name not in bands]),
        describe_soft_alpha(header.path, soft_share, header.options),
    )
    for doubt in filter(None, doubts):
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
