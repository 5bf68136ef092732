"""Vectorise a probability map: threshold, outline, drop small polygons, describe each landslide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from rasterio.windows import Window

from slidelens.analysis.outlines.bodies import outline_bodies
from slidelens.analysis.outlines.fragments import MergedFragments
from slidelens.analysis.overlay import shapes_of
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise_ids
from slidelens.geo.windowed import Part, WindowedArray, as_windowed, chunks
from slidelens.types import Float32, Float64, Int64, Mask, Shapes

_UNIT = 2**32  # of the sums of probabilities


@dataclass(frozen=True)
class VectorisedLandslides:
    """The landslides of a probability map.

    Attributes:
        landslides: A row for each landslide, largest first: id (from 1), area_m2, perimeter_m,
            mean_probability, max_probability and pieces (its number of fragments), with the
            geometry in the grid's CRS.
        pieces: (n,) outlines of connected pixels before fragments were merged.
    """

    landslides: gpd.GeoDataFrame
    pieces: Shapes


def vectorise(
    probability: Float32 | WindowedArray,
    mapped: Mask | WindowedArray,
    grid: Grid,
    threshold: float,
    min_area_m2: float,
    area: Mask | None = None,
    join: Callable[[Shapes], MergedFragments] | None = None,
    scratch: Path | None = None,
) -> VectorisedLandslides:
    """Outline connected pixels, drop small outlines, merge fragments, and describe landslides.

    Args:
        probability: (height, width), 0…1.
        mapped: (height, width), false where the image has no data.
        grid: Grid of both.
        threshold: Lowest probability of a landslide pixel.
        min_area_m2: Smallest outline that is kept, before merging, m².
        area: (height, width); landslides and outlines with their centroid outside are dropped.
        join: Merges fragments; without it each outline is a landslide.
        scratch: Folder for temporary files of large maps; by default that of the system.
    """
    values, seen = as_windowed(probability), as_windowed(mapped)

    def read_landslide(part: Part) -> Mask:
        return np.asarray(seen.read(part) & (values.read(part) >= threshold))

    outlines = shapes_of(outline_bodies(read_landslide, grid, min_area_m2, scratch))
    merged = join(outlines) if join else MergedFragments(outlines, np.arange(len(outlines)))
    inside = _has_centroid_in(merged.shapes, area, grid)
    return VectorisedLandslides(
        _describe(merged.shapes[inside], merged.pieces[inside], values, grid),
        outlines[_has_centroid_in(outlines, area, grid)],
    )


def _describe(
    landslides: Shapes, fragments: Int64, probability: WindowedArray, grid: Grid
) -> gpd.GeoDataFrame:
    order = np.argsort(-shapely.area(landslides), kind="stable")
    landslides = landslides[order]
    return gpd.GeoDataFrame(
        {
            "id": np.arange(1, len(landslides) + 1, dtype=np.int64),
            "area_m2": np.round(shapely.area(landslides), 1),
            "perimeter_m": np.round(shapely.length(landslides), 1),
            **probabilities_within(landslides, probability, grid),
            "pieces": fragments[order],
        },
        geometry=landslides,
        crs=grid.crs,
    )


def _has_centroid_in(shapes: Shapes, area: Mask | None, grid: Grid) -> Mask:
    if area is None:
        return np.ones(len(shapes), dtype=bool)
    x, y = shapely.get_coordinates(shapely.centroid(shapes)).T
    rows, columns = grid.pixel_of(x, y)
    return np.asarray(area[rows.astype(int), columns.astype(int)])


def probabilities_within(
    landslides: Shapes, probability: WindowedArray, grid: Grid
) -> dict[str, Float64]:
    """Return the mean and the highest probability in each landslide, to four digits.

    Args:
        landslides: Polygons in the grid's CRS; of pixels in several, the last one counts.
        probability: (height, width), 0…1.
        grid: Its grid.

    Returns:
        `mean_probability` and `max_probability`; 0 where no pixel's centre lies in a polygon.
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
        inside = ids > 0
        position, values = near[ids[inside] - 1], probability.read(part)[inside]
        # Whole numbers, so that the sums do not depend on the chunks.
        np.add.at(total, position, np.rint(values * np.float64(_UNIT)).astype(np.int64))
        np.add.at(pixels, position, 1)
        np.maximum.at(highest, position, values)
    mean = total / np.maximum(pixels, 1) / _UNIT
    return {"mean_probability": mean.round(4), "max_probability": highest.round(4)}
