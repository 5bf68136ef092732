"""Vectorise a probability map: threshold, outline, drop small polygons, describe each landslide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.outlines.bodies import outline_bodies
from slidelens.analysis.outlines.fragments import MergedFragments
from slidelens.analysis.outlines.within import probabilities_within
from slidelens.analysis.overlay import shapes_of
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import Part, WindowedArray, as_windowed
from slidelens.types import Float32, Int64, Mask, Shapes


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
        mapped: (height, width), false where the image has no data; such pixels are no landslide,
            and have no part in mean and highest probabilities.
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
        _describe(merged.shapes[inside], merged.pieces[inside], values, seen, grid),
        outlines[_has_centroid_in(outlines, area, grid)],
    )


def _describe(
    landslides: Shapes,
    fragments: Int64,
    probability: WindowedArray,
    seen: WindowedArray,
    grid: Grid,
) -> gpd.GeoDataFrame:
    order = np.argsort(-shapely.area(landslides), kind="stable")
    landslides = landslides[order]
    return gpd.GeoDataFrame(
        {
            "id": np.arange(1, len(landslides) + 1, dtype=np.int64),
            "area_m2": np.round(shapely.area(landslides), 1),
            "perimeter_m": np.round(shapely.length(landslides), 1),
            **probabilities_within(landslides, probability, grid, seen),
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
