"""Agreement of two inventories by area."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.windows import Window
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.accuracy.confusion import Counts, count
from slidelens.analysis.overlay import overlaps, polygonal, shapes_of, touching, union_by, without
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.types import Float64, Shapes

_TILE_PIXELS = 2048


@dataclass(frozen=True)
class AreaAgreement:
    """Common ground of two inventories, m². Scores are None where they have no meaning, as in `Counts`."""

    observed_m2: float
    predicted_m2: float
    both_m2: float

    @property
    def union_m2(self) -> float:
        """Ground in either."""
        return self.observed_m2 + self.predicted_m2 - self.both_m2

    @property
    def mapping_error(self) -> float | None:
        """(A ∪ B − A ∩ B) / (A ∪ B), 0 for equal inventories and 1 for disjoint ones; None where both are empty.

        Source: Carrara et al. (1992); Galli et al. (2008), Comparing landslide inventory maps, Geomorphology 94.
        """
        return 1 - self.both_m2 / self.union_m2 if self.union_m2 > 0 else None

    def scores(self) -> dict[str, float | None]:
        """Precision, recall, f1 and iou by name."""
        there, mapped = self.observed_m2 > 0, self.predicted_m2 > 0
        return {
            "precision": self.both_m2 / self.predicted_m2 if mapped else None,
            "recall": self.both_m2 / self.observed_m2 if there else None,
            "f1": 2 * self.both_m2 / (self.observed_m2 + self.predicted_m2) if there else None,
            "iou": self.both_m2 / self.union_m2 if there else None,
        }


def dissolve(shapes: Shapes) -> Shapes:
    """(m,) the same ground in polygons that do not overlap. shapes: (n,) valid polygons."""
    a, b = touching(shapes, shapes)
    _, body = connected_components(
        coo_array((np.ones(len(a)), (a, b)), shape=(len(shapes), len(shapes))), directed=False
    )
    parts = shapely.get_parts(union_by(body.astype(np.int64), shapes, len(shapes)))
    return shapes_of(parts[shapely.area(parts) > 0])


def clip(shapes: Shapes, area: shapely.Geometry) -> Shapes:
    """(m,) the parts of the shapes on an area; those that lie off it are left out."""
    shapely.prepare(area)
    near = shapes[shapely.intersects(area, shapes)]
    partly = ~shapely.covers(area, near)
    near[partly] = polygonal(shapely.intersection(near[partly], area))
    return near[shapely.area(near) > 0]


def area_agreement(observed: Shapes, predicted: Shapes) -> AreaAgreement:
    """Common ground of two dissolved inventories in one metric CRS."""
    areas = [float(shapely.area(shapes).sum()) for shapes in (observed, predicted)]
    both = float(overlaps(observed, predicted).area_m2.sum())
    return AreaAgreement(
        areas[0], areas[1], min(both, *areas)
    )  # rounding may make the common ground of equal inventories the larger


def pixel_counts(
    observed: Shapes, predicted: Shapes, grid: Grid, area: shapely.Geometry | None = None
) -> Counts:
    """Pixels that agree, on a common grid, tile by tile; a pixel belongs to a polygon that covers its centre.

    area: ground to compare; by default the whole grid
    """
    trees = [(shapes, shapely.STRtree(shapes)) for shapes in (observed, predicted)]
    total = Counts()
    for tile in _tiles(grid):
        box = shapely.box(*tile.bounds)
        near = [shapes[tree.query(box)] for shapes, tree in trees]
        if area is None and not any(len(some) for some in near):
            total += Counts(true_negative=tile.height * tile.width)
        elif area is None or shapely.intersects(area, box):
            known = None if area is None else rasterise([area], tile)
            total += count(rasterise(near[0], tile), rasterise(near[1], tile), known)
    return total


def _tiles(grid: Grid) -> Iterator[Grid]:
    for row in range(0, grid.height, _TILE_PIXELS):
        for column in range(0, grid.width, _TILE_PIXELS):
            height, width = (
                min(_TILE_PIXELS, grid.height - row),
                min(_TILE_PIXELS, grid.width - column),
            )
            yield grid.window(Window(column, row, width, height))


def covered_share(shapes: Shapes, ground: Shapes) -> Float64:
    """(n,) share of each polygon that lies on the ground of the other inventory, dissolved."""
    return np.minimum(overlaps(shapes, ground).by_left(len(shapes)) / shapely.area(shapes), 1.0)


def agreement_map(observed: Shapes, predicted: Shapes) -> dict[str, Shapes]:
    """Polygons of the hits, misses and false alarms of two dissolved inventories; together they are the ground of both."""
    pairs = overlaps(observed, predicted)
    hits = shapely.intersection(observed[pairs.left], predicted[pairs.right])
    maps = {
        "hit": hits,
        "miss": without(observed, predicted),
        "false alarm": without(predicted, observed),
    }
    return {kind: _polygons(shapes) for kind, shapes in maps.items()}


def _polygons(shapes: Shapes) -> Shapes:
    parts = shapely.get_parts(polygonal(shapes_of(shapes)))
    return shapes_of(parts[shapely.area(parts) > 0])
