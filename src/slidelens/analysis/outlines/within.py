"""Mean and highest value of a map within polygons."""

from __future__ import annotations

import numpy as np
import shapely
from rasterio.windows import Window

from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise_ids
from slidelens.geo.windowed import WindowedArray, chunks
from slidelens.types import Float64, Shapes

_UNIT = 2**32  # of the sums of probabilities


def probabilities_within(
    landslides: Shapes,
    probability: WindowedArray,
    grid: Grid,
    seen: WindowedArray | None = None,
) -> dict[str, Float64]:
    """Return the mean and the highest probability in each landslide, to four digits.

    Args:
        landslides: Polygons in the grid's CRS; of pixels in several, the last one counts.
        probability: (height, width), 0…1.
        grid: Its grid.
        seen: (height, width) mask of the pixels that count, by default all.

    Returns:
        `mean_probability` and `max_probability`; 0 where no such pixel's centre lies in a polygon.
    """
    total, pixels = np.zeros((2, len(landslides)), np.int64)
    highest = np.zeros(len(landslides))
    tree = shapely.STRtree(landslides)
    for part in chunks(grid.shape):
        piece = grid.window(Window.from_slices(*part))
        near = np.sort(tree.query(shapely.box(*piece.bounds)))
        ids = rasterise_ids(landslides[near], piece) if len(near) else np.zeros(1, np.int32)
        if not ids.any():
            continue
        inside = ids > 0 if seen is None else (ids > 0) & seen.read(part)
        position, values = near[ids[inside] - 1], probability.read(part)[inside]
        # Whole numbers, so that the sums do not depend on the chunks.
        np.add.at(total, position, np.rint(values * np.float64(_UNIT)).astype(np.int64))
        np.add.at(pixels, position, 1)
        np.maximum.at(highest, position, values)
    mean = total / np.maximum(pixels, 1) / _UNIT
    return {"mean_probability": mean.round(4), "max_probability": highest.round(4)}
