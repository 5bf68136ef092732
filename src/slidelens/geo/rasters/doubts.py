"""Notice masks and pixels that may mean something else than they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from slidelens.geo.grid import Grid, crs_name
from slidelens.geo.rasters.bands import Band, has_mask, is_mask_name
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.types import Float32, Mask

_FEWEST = 1e-3  # share of the pixels, below which single dark pixels are likely
_FEWEST_BRIGHT = 0.02  # the same of the greatest value, as clouds have it
_VALUES = (0.0, -999.0, -9999.0, -10000.0, -32767.0, -32768.0, -99999.0)
_LONG = 1e15
_OTHER_MASKS = ("datamask", "nodatamask", "udm", "udm2", "usable", "coverage", "footprint")
_SOFT = 0.1  # share of the pixels from which an alpha band is no mask with soft edges


def fill_values(bands: Sequence[Band]) -> tuple[float, ...]:
    """Return stored values that programs write in all bands where a scene ends.

    They are 0, −9999 and the like, and the least and, of several bands, the greatest value of their
    type.

    Args:
        bands: Bands of a file; without any there are no values.
    """
    if not bands:
        return ()
    dtype = np.result_type(*(band.dtype for band in bands))
    limits = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    wanted = [*_VALUES, float(limits.min), *([float(limits.max)] if len(bands) > 1 else [])]
    return tuple(dict.fromkeys(value for value in wanted if limits.min <= value <= limits.max))


def count_fills(pixels: Float32, seen: Mask, bands: Sequence[Band]) -> dict[float, int]:
    """Return how many seen pixels are one of the `fill_values` in all bands, by value.

    Args:
        pixels: (height, width, bands), scaled.
        seen: (height, width) pixels to count.
        bands: Their bands.
    """
    counts = {}
    least = pixels[..., 0].min() if pixels.size else np.float32(0)
    for value in fill_values(bands):
        with np.errstate(over="ignore"):
            shown = [np.float32(value * band.scale + band.offset) for band in bands]
        filled = np.zeros_like(seen) if shown[0] < least else seen
        for position, fill in enumerate(shown):
            if filled.any():
                filled = filled & _is_close(pixels[..., position], fill)
        counts[value] = int(filled.sum())
    return counts


def _is_close(values: Float32, value: np.float32) -> Mask:
    if abs(value) > _LONG:  # differences would overflow
        return np.asarray(values == value)
    return np.isclose(values, value, rtol=1e-6, atol=0)


def describe_fills(
    path: Path,
    counts: Mapping[float, int],
    seen: int,
    bands: Sequence[Band],
    options: ReadingOptions,
) -> str | None:
    """Return a note if seen pixels hold one value in all bands that often stands for no data.

    Args:
        path: The file.
        counts: As `count_fills` returns them.
        seen: Number of seen pixels.
        bands: All bands of the file.
        options: What the user says about the file.

    Returns:
        None if there are few, a mask or an alpha band says that they are seen, or the user has
        given a nodata value.
    """
    if has_mask(bands) or options.nodata is not None or not seen:
        return None
    declares = any(band.marked_by == "nodata" for band in bands)
    sets = (
        "the nodata value of the file is another" if declares else "the file sets no nodata value"
    )
    for value, count in counts.items():
        share = count / seen
        if share >= (_FEWEST_BRIGHT if value > 0 else _FEWEST):
            shown = f"{value:.0f}" if abs(value) < _LONG else str(np.float32(value))
            percent = f"{100 * share:.0f}" if share >= 0.01 else f"{100 * share:.1f}"
            return (
                f"{path}: {percent} % of the pixels are {shown} in all bands, and {sets};"
                f" if they are not ground, set it with {options.marking(shown)} or"
                f" `gdal_edit.py -a_nodata {shown}`; if they are, give {options.marking('-1')}"
            )
    return None


def describe_unmarked_mask(path: Path, bands: Sequence[Band]) -> str | None:
    """Return a note if a band is called a mask or marked as one, but has no effect as one.

    Args:
        path: The file.
        bands: All bands of the file.
    """
    for band in bands:
        if band.role == "alpha" or not band.name:
            continue
        if band.is_named_alpha:
            return (
                f"{path}: its band {band.position} is marked as alpha, but is called {band.name},"
                " so that it is read as an image, and has no effect on which pixels are seen; if"
                " it is a mask, call it alpha (`rio edit-info` or `gdal_edit.py`)"
            )
        if is_mask_name(band.name) or band.name.strip().casefold() in _OTHER_MASKS:
            return (
                f"{path}: its band {band.position} is called {band.name}, but is not marked as a"
                " mask, and has no effect on which pixels are seen; if its pixels of 0 are not"
                f" seen, mark it with `gdal_edit.py -colorinterp_{band.position} alpha`"
            )
    return None


def describe_soft_alpha(path: Path, share: float, options: ReadingOptions) -> str | None:
    """Return a note if an alpha band looks like an image.

    Args:
        path: The file.
        share: Share of the pixels, 0 to 1, where alpha is neither 0 nor at its maximum.
        options: What the user says about the file.
    """
    if share < _SOFT:
        return None
    return (
        f"{path}: its alpha band, taken as a mask, has many values in {100 * share:.0f} % of the"
        f" pixels; if it is an image, name all bands with {options.names_option}, or describe it in"
        " the file"
    )


def describe_corner(path: Path, grid: Grid) -> str | None:
    """Return a note if the upper left corner of a raster is the origin of a projected CRS.

    Programs that know the size of the pixels, but not where they are, write such rasters.

    Args:
        path: The file.
        grid: Its grid.
    """
    if not grid.crs.is_projected or (grid.transform.c, grid.transform.f) != (0, 0):
        return None
    return (
        f"{path}: its upper left corner lies at exactly (0, 0) of {crs_name(grid.crs)}; if that is"
        " not its place, georeference it, for instance with"
        " `gdal_edit.py -a_ullr LEFT TOP RIGHT BOTTOM`"
    )
