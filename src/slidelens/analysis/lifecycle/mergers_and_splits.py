"""Edges between landslides: which merged into which, and which fell into pieces."""

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
    ground: FootprintUpdate,
    bodies: Shapes,
    date: int,
    rules: LifecycleRules,
) -> pd.DataFrame:
    """Mergers and splits at a date; the geometry is the ground that was handed on.

    merge: landslide `from_id` ended, its ground went on in a body of `to_id`
    split: landslide `from_id`, mapped in fewer pieces at `from_date`, has one of its pieces in `to_id` now: itself, or another landslide
    from_date and date are positions of dates.
    """
    pairs = ground.on_standing
    strong = pairs.where(
        share_of_smaller(pairs, shapely.area(bodies), shapely.area(memory.standing))
        >= rules.minimum_overlap
    )
    pieces = np.bincount(strong.right, minlength=len(memory))
    merged = strong.where(
        (ground.heir[strong.right] != NOBODY)
        & (ground.heir[strong.right] == ground.owner[strong.left])
    )
    split = strong.where(pieces[strong.right] > np.maximum(memory.pieces[strong.right], 1))
    return pd.concat(
        [
            _rows("merge", merged, memory, ground, bodies, date),
            _rows("split", split, memory, ground, bodies, date),
        ]
    )


def _rows(
    kind: str,
    pairs: Overlaps,
    memory: FootprintMemory,
    ground: FootprintUpdate,
    bodies: Shapes,
    date: int,
) -> pd.DataFrame:
    order = _in_order(pairs, ground.owner)
    pairs = Overlaps(pairs.left[order], pairs.right[order], pairs.area_m2[order])
    shape = intersection(bodies[pairs.left], memory.standing[pairs.right])
    values = (
        kind,
        pairs.right + 1,
        ground.owner[pairs.left] + 1,
        memory.last[pairs.right],
        date,
        pairs.area_m2,
        shape,
    )
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)), columns=list(COLUMNS))


def _in_order(pairs: Overlaps, owner: Int64) -> Int64:
    return np.lexsort((pairs.area_m2, owner[pairs.left], pairs.right))
