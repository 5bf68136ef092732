"""Refuse outlines that are too rough to overlay with those of another date."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from slidelens.errors import InventoryError
from slidelens.geo.vectors.crossings import MAX_CROSSINGS, count_crossings, edges_of
from slidelens.types import Shapes

_LARGE = 10_000  # vertices; smaller outlines do not cross so often unless they are drawn to


def require_few_crossings(before: Shapes, polygons: Shapes, dates: Sequence[str]) -> None:
    """Raise InventoryError if two large outlines cross each other too often.

    An overlay takes time and memory by the crossings, and a lifecycle makes some twenty overlays of
    every pair of dates.

    Args:
        before: (n,) polygons of a date.
        polygons: (m,) polygons of the next date.
        dates: Labels of the two.
    """
    large = [shapes[shapely.get_num_coordinates(shapes) > _LARGE] for shapes in (before, polygons)]
    others = {}
    for left, right in shapely.STRtree(large[0]).query(large[1]).T:
        if right not in others:
            others[right] = edges_of(large[0][right])
        if count_crossings(edges_of(large[1][left]), others[right], MAX_CROSSINGS) > MAX_CROSSINGS:
            x, y = np.asarray(shapely.bounds(large[1][left])[:2])
            raise InventoryError(
                f"{' and '.join(dates)}: two outlines (west {x:.0f}, south {y:.0f}) cross each"
                f" other over {MAX_CROSSINGS:,} times, and tracing them would take many"
                " minutes; they are rougher than any landslide, simplify them in a GIS"
            )
