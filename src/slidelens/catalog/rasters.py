"""What the rasters of a study hold: bands to show, their values, the deviation of a map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rasterio.windows import Window

from slidelens.geo.rasters.header import Header
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.windowed import chunks
from slidelens.intermediate.reading import stage_output

_COLOURS = ("red", "green", "blue")
_PX = 512  # of both sides of the picture that the values are taken from
_PERCENTILES = (2, 98)


def has_deviation(path: Path) -> bool:
    """Return whether the second band of a probability map is its standard deviation.

    Args:
        path: The map.
    """
    with open_dataset(path) as dataset:
        return bool(dataset.count > 1)


def require_whole(path: Path) -> None:
    """Raise SlidelensError if a raster that a stage wrote cannot be read to its end.

    Args:
        path: The raster.
    """
    highest_value(path)


def highest_value(path: Path) -> float:
    """Return the highest value of a raster that a stage wrote, of its first band; 0 if none.

    Args:
        path: The raster.

    Raises:
        SlidelensError: It cannot be read to its end.
    """
    highest = 0.0
    with stage_output(path), open_dataset(path) as dataset:
        for part in chunks(dataset.shape):
            values = dataset.read(window=Window.from_slices(*part))
            highest = max(highest, float(np.nanmax(values[0], initial=0)))
    return highest


def bands_to_show(header: Header) -> list[int]:
    """Return the numbers of the bands to show: red, green and blue, else the first three or one.

    Args:
        header: The image.
    """
    names = header.bands
    if set(_COLOURS) <= set(names):
        chosen: tuple[str, ...] = _COLOURS
    else:
        chosen = tuple(reversed(names[:3])) if len(names) > 2 else names[:1]
    return [band.position for band in header.select(chosen)]


def stretches_of(header: Header, bands: list[int]) -> list[tuple[float, float]]:
    """Return the values of bands between which their contrast is stretched.

    Args:
        header: The image.
        bands: Numbers of the bands.
    """
    height, width = (min(side, _PX) for side in header.grid.shape)
    told = header.options.nodata
    unseen = np.nan if told is None else told  # besides what the file declares
    found = []
    with open_dataset(header.path) as dataset:
        for band in bands:
            values = dataset.read(band, out_shape=(height, width), masked=True)
            stored = values.compressed().astype(float)
            stored = stored[np.isfinite(stored) & (stored != unseen)]
            seen = stored * dataset.scales[band - 1] + dataset.offsets[band - 1]
            low, high = np.percentile(seen, _PERCENTILES) if len(seen) else (0.0, 1.0)
            found.append((float(low), max(float(high), float(low) + 1e-6)))
    return found
