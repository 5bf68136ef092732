"""Agreement of two inventories by area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.windows import Window
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.accuracy.confusion import Counts, count
from slidelens.analysis.overlay import (
    intersection,
    overlaps,
    polygonal,
    shapes_of,
    touching,
    union_by,
    without,
)
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.geo.windowed import chunks
from slidelens.types import Float64, Shapes

TILE_PX = 2048


@dataclass(frozen=True)
class AreaAgreement:
    """Areas of two inventories and of their intersection, m².

    Scores are None if undefined, as in `Counts`.
    """

    observed_m2: float
    predicted_m2: float
    both_m2: float

    @property
    def union_m2(self) -> float:
        """Return the area of the union, m²."""
        return self.observed_m2 + self.predicted_m2 - self.both_m2

    @property
    def mapping_error(self) -> float | None:
        """Return the mapping error (A ∪ B − A ∩ B) / (A ∪ B).

        It is 0 for equal inventories, 1 for disjoint ones, and None if both are empty.

        Source: Carrara et al. (1992); Galli et al. (2008), Comparing landslide inventory maps,
        Geomorphology 94.
        """
        return 1 - self.both_m2 / self.union_m2 if self.union_m2 > 0 else None

    def scores(self) -> dict[str, float | None]:
        """Return precision, recall, f1 and iou by name."""
        observed, predicted = self.observed_m2 > 0, self.predicted_m2 > 0
        return {
            "precision": self.both_m2 / self.predicted_m2 if predicted else None,
            "recall": self.both_m2 / self.observed_m2 if observed else None,
            "f1": 2 * self.both_m2 / (self.observed_m2 + self.predicted_m2) if observed else None,
            "iou": self.both_m2 / self.union_m2 if observed else None,
        }


def dissolve(shapes: Shapes) -> Shapes:
    """Return (m,) disjoint polygons that cover the same area as (n,) valid ones."""
    a, b = touching(shapes, shapes)
    _, group = connected_components(
        coo_array((np.ones(len(a)), (a, b)), shape=(len(shapes), len(shapes))), directed=False
    )
    parts = shapely.get_parts(union_by(group.astype(np.int64), shapes, len(shapes)))
    return shapes_of(parts[shapely.area(parts) > 0])


def clip(shapes: Shapes, area: shapely.Geometry) -> Shapes:
    """Return (m,) the parts of the shapes inside an area; shapes outside are dropped."""
    shapely.prepare(area)
    near = shapes[shapely.intersects(area, shapes)]
    partly = ~shapely.covers(area, near)
    near[partly] = intersection(near[partly], np.full(partly.sum(), area, dtype=object))
    return near[shapely.area(near) > 0]


def area_agreement(observed: Shapes, predicted: Shapes) -> AreaAgreement:
    """Compute the common area of two dissolved inventories in one metric CRS."""
    areas = [float(shapely.area(shapes).sum()) for shapes in (observed, predicted)]
    both = float(overlaps(observed, predicted).area_m2.sum())
    # Rounding may make the intersection of equal inventories the larger.
    return AreaAgreement(areas[0], areas[1], min(both, *areas))


def pixel_counts(
    observed: Shapes,
    predicted: Shapes,
    grid: Grid,
    area: shapely.Geometry | None = None,
    tile_px: int = TILE_PX,
) -> Counts:
    """Count the agreement of pixels, tile by tile.

    A pixel belongs to a polygon that covers its centre.

    Args:
        observed: (n,) polygons in the grid's CRS.
        predicted: (m,) polygons in the grid's CRS.
        grid: Pixels to compare.
        area: Ground to compare; by default the whole grid.
        tile_px: Side of a tile, which bounds the memory needed, pixels.
    """
    trees = [(shapes, shapely.STRtree(shapes)) for shapes in (observed, predicted)]
    total = Counts()
    for part in chunks(grid.shape, tile_px):
        tile = grid.window(Window.from_slices(*part))
        box = shapely.box(*tile.bounds)
        near = [shapes[tree.query(box)] for shapes, tree in trees]
        if area is None and not any(len(shapes) for shapes in near):
            total += Counts(true_negative=tile.height * tile.width)
        elif area is None or shapely.intersects(area, box):
            known = None if area is None else rasterise([area], tile)
            total += count(rasterise(near[0], tile), rasterise(near[1], tile), known)
    return total


def covered_share(shapes: Shapes, ground: Shapes) -> Float64:
    """Return (n,) the share of each polygon inside the other, dissolved inventory."""
    return np.minimum(overlaps(shapes, ground).by_left(len(shapes)) / shapely.area(shapes), 1.0)


def agreement_map(observed: Shapes, predicted: Shapes) -> dict[str, Shapes]:
    """Return the polygons of hits, misses and false alarms of two dissolved inventories.

    Together they cover the union of the inventories.
    """
    pairs = overlaps(observed, predicted)
    hits = intersection(observed[pairs.left], predicted[pairs.right])
    maps = {
        "hit": hits,
        "miss": without(observed, predicted),
        "false alarm": without(predicted, observed),
    }
    return {kind: _single_polygons(shapes) for kind, shapes in maps.items()}


def _single_polygons(shapes: Shapes) -> Shapes:
    parts = shapely.get_parts(polygonal(shapes_of(shapes)))
    return shapes_of(parts[shapely.area(parts) > 0])
