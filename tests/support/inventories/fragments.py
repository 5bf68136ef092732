"""Three fragments on a slope, and merging them."""

from __future__ import annotations

import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import MergedFragments, merge_fragments
from slidelens.analysis.overlay import shapes_of
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.types import Float64

GRID = Grid(CRS.from_epsg(32645), Affine(5, 0, 0, 0, -5, 500), 100, 100)  # 500 × 500 m, north up
# Elevation that falls to the south, 4 m in 5 m.
SOUTHWARD: Float64 = np.repeat(np.linspace(400, 0, 100)[:, None], 100, axis=1)
# 20 × 40 m each, 20 m apart, one above the other.
UPPER, LOWER = shapely.box(200, 260, 220, 300), shapely.box(200, 200, 220, 240)
BESIDE = shapely.box(240, 260, 260, 300)  # 20 m east of the upper one


def merge(
    *shapes: shapely.Geometry,
    rules: FragmentRules | None = None,
    around: FragmentContext | None = None,
) -> MergedFragments:
    return merge_fragments(shapes_of(shapes), rules, around)


def probability_context(
    between: float, threshold: float = 0.5, elevation_m: Float64 | None = None
) -> FragmentContext:
    """Return a probability of 0.95 on the fragments and `between` elsewhere."""
    fragments = rasterise([UPPER, LOWER, BESIDE], GRID)
    return FragmentContext(GRID, np.where(fragments, 0.95, between), threshold, elevation_m)


def slope_context(elevation_m: Float64) -> FragmentContext:
    return FragmentContext(GRID, elevation_m=elevation_m)
