"""Edges between landslides: mergers and splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from slidelens.analysis.lifecycle.footprints import FootprintMemory, FootprintUpdate
from slidelens.analysis.lifecycle.identity import NOBODY, share_of_smaller
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.overlay import Overlaps, intersection
from slidelens.types import Int64, Shapes

COLUMNS = ("kind", "from_id", "to_id", "from_date", "date", "shared_m2", "geometry")


def merger_and_split_edges(
    memory: FootprintMemory,
    update: FootprintUpdate,
    bodies: Shapes,
    date: int,
    rules: LifecycleRules,
) -> pd.DataFrame:
    """Return the mergers and splits at a date.

    Args:
        memory: Landslides before the date, and those new at it.
        update: Their ground at the date.
        bodies: (m,) disjoint bodies of the date.
        date: Position of the date.
        rules: Thresholds.

    Returns:
        `COLUMNS`. In a `merge` landslide from_id ended and its ground continues in a body of
        to_id. In a `split` landslide from_id, mapped in fewer bodies at from_date, has one of its
        bodies in to_id (itself or another landslide). The geometry is the common ground, and
        from_date and date are positions.
    """
    pairs = update.on_standing
    share = share_of_smaller(pairs, shapely.area(bodies), shapely.area(memory.standing))
    strong = pairs.where(share >= rules.minimum_overlap)
    body_count = np.bincount(strong.right, minlength=len(memory))
    heir = update.heir[strong.right]
    merged = strong.where((heir != NOBODY) & (heir == update.owner[strong.left]))
    split = strong.where(body_count[strong.right] > np.maximum(memory.pieces[strong.right], 1))
    return pd.concat(
        [
            _rows("merge", merged, memory, update, bodies, date),
            _rows("split", split, memory, update, bodies, date),
        ]
    )


def _rows(
    kind: str,
    pairs: Overlaps,
    memory: FootprintMemory,
    update: FootprintUpdate,
    bodies: Shapes,
    date: int,
) -> pd.DataFrame:
    order = _order(pairs, update.owner)
    pairs = Overlaps(pairs.left[order], pairs.right[order], pairs.area_m2[order])
    values = (
        kind,
        pairs.right + 1,
        update.owner[pairs.left] + 1,
        memory.last[pairs.right],
        date,
        pairs.area_m2,
        intersection(bodies[pairs.left], memory.standing[pairs.right]),
    )
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)), columns=list(COLUMNS))


def _order(pairs: Overlaps, owner: Int64) -> Int64:
    return np.lexsort((pairs.area_m2, owner[pairs.left], pairs.right))
