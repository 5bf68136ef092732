"""Find what was changed in an inventory: by outline, then by id, then by common ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.overlay import Overlaps, overlaps
from slidelens.analysis.review.outlines import Outlines, pair_same
from slidelens.layers.marks import CONFIRMED
from slidelens.types import Mask

KEPT, DELETED, DRAWN, RESHAPED = CONFIRMED, "deleted", "drawn", "reshaped"
SPLIT, MERGED, REDRAWN, RECLASSED = "split", "merged", "redrawn", "reclassed"
KINDS = (KEPT, DELETED, DRAWN, RESHAPED, SPLIT, MERGED, REDRAWN, RECLASSED)

# Common share of the smaller of two polygons from which one has become the other.
_COMMON_SHARE = 0.5


@dataclass(frozen=True)
class Change:
    """What became of rows of an inventory.

    Attributes:
        kind: One of `KINDS`.
        before: Rows of the inventory before; none if drawn.
        after: Rows of the inventory after; none if deleted.
    """

    kind: str
    before: tuple[int, ...]
    after: tuple[int, ...]


def find_changes(before: Outlines, after: Outlines, tolerance_m: float) -> list[Change]:
    """Return what became of every row, in the order of the rows before, drawn ones last.

    Rows of the same outline are one, whatever their ids say. Of the others, one has become another
    if no other row has their common id and they overlap, or if they share half of the smaller.
    Ids that are lost or there twice, as after splitting and merging in a GIS, do not count.

    Args:
        before: The rows as they were, none twice.
        after: The rows as they are, none twice.
        tolerance_m: How far outlines may lie apart and be the same, m.
    """
    kept = _same_rows(before, after, tolerance_m)
    changes = [
        Change(_kind_of_same(before, after, i, j), (i,), (j,)) for i, j in sorted(kept.items())
    ]
    old = np.setdiff1d(np.arange(len(before)), list(kept)).astype(np.int64)
    new = np.setdiff1d(np.arange(len(after)), list(kept.values())).astype(np.int64)
    pairs = overlaps(before.shapes[old], after.shapes[new])
    pairs = Overlaps(old[pairs.left], new[pairs.right], pairs.area_m2)
    linked = pairs.where(_is_linked(before, after, pairs))
    size = len(before) + len(after)
    ends = (linked.left, linked.right + len(before))
    graph = coo_array((np.ones(len(linked.left)), ends), shape=(size, size))
    body = connected_components(graph, directed=False)[1]
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for row in old.tolist():
        groups.setdefault(int(body[row]), ([], []))[0].append(row)
    for row in new.tolist():
        groups.setdefault(int(body[row + len(before)]), ([], []))[1].append(row)
    changes += [
        Change(_kind_of(before, after, rows, others), tuple(rows), tuple(others))
        for rows, others in groups.values()
    ]
    return sorted(changes, key=lambda change: change.before or (len(before), *change.after))


def _same_rows(before: Outlines, after: Outlines, tolerance_m: float) -> dict[int, int]:
    """Return rows of the same outline, one to one; those of the same class come first."""
    first, second = pair_same(before.shapes, after.shapes, tolerance_m)
    other_class = before.is_landslide[first] != after.is_landslide[second]
    kept: dict[int, int] = {}
    taken: set[int] = set()
    for k in np.lexsort([second, first, other_class]):
        i, j = int(first[k]), int(second[k])
        if i not in kept and j not in taken:
            kept[i] = j
            taken.add(j)
    return kept


def _kind_of_same(before: Outlines, after: Outlines, row: int, other: int) -> str:
    return KEPT if before.is_landslide[row] == after.is_landslide[other] else RECLASSED


def _is_linked(before: Outlines, after: Outlines, pairs: Overlaps) -> Mask:
    """Return (k,) whether the polygon on the left has become the one on the right."""
    ids, others = before.unique_ids(), after.unique_ids()
    partner = {row: others[text] for text, row in ids.items() if text in others}
    same_id = np.array(
        [partner.get(i) == j for i, j in zip(pairs.left, pairs.right, strict=True)], dtype=bool
    )
    settled = np.isin(pairs.left, pairs.left[same_id]) & np.isin(pairs.right, pairs.right[same_id])
    smaller = np.minimum(
        shapely.area(before.shapes[pairs.left]), shapely.area(after.shapes[pairs.right])
    )
    linked: Mask = same_id | ((pairs.area_m2 >= _COMMON_SHARE * smaller) & ~settled)
    return linked


def _kind_of(before: Outlines, after: Outlines, rows: list[int], others: list[int]) -> str:
    if not others:
        return DELETED
    if not rows:
        return DRAWN
    if len(rows) == len(others) == 1:
        is_kept = before.is_landslide[rows[0]] == after.is_landslide[others[0]]
        return RESHAPED if is_kept else RECLASSED
    if len(rows) == 1:
        return SPLIT
    return MERGED if len(others) == 1 else REDRAWN
