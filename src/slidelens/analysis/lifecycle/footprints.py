"""Footprint and standing ground of each landslide, updated from one date to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from slidelens.analysis.lifecycle.identity import NOBODY, share_of_smaller
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.overlay import (
    EMPTY,
    Overlaps,
    empties,
    overlaps,
    snapped,
    total_by,
    union,
    union_by,
    without,
)
from slidelens.types import Int64, Mask, Shapes

Region = Shapes | None  # observed ground; None is everywhere


@dataclass(frozen=True)
class FootprintMemory:
    """All landslides before a date, in the order of their ids.

    Attributes:
        footprint: (n,) ground that each landslide was the first to cover. Footprints are disjoint
            and together cover all ground ever mapped.
        standing: (n,) disjoint ground of each that was landslide when last observed.
        pieces: (n,) number of bodies of each when it was last mapped.
        first: (n,) position of the date at which each was first mapped.
        last: (n,) position of the date at which each was last mapped.
        heir: (n,) the landslide that each merged into, or `NOBODY`.
        seen: Observed ground of each earlier date.
    """

    footprint: Shapes
    standing: Shapes
    pieces: Int64
    first: Int64
    last: Int64
    heir: Int64
    seen: tuple[Region, ...] = ()

    def __len__(self) -> int:
        return len(self.footprint)


@dataclass(frozen=True)
class FootprintUpdate:
    """Ground of each landslide at one date, in the order of the ids.

    Attributes:
        owner: (m,) landslide of each body.
        mapped: (n,) ground of each landslide's bodies.
        on_standing: Overlaps of bodies and standing ground.
        on_footprint: Overlaps of bodies and footprints.
        unseen: (n,) standing ground that is neither mapped nor observed.
        healed: (n,) whether a standing landslide is observed and no longer mapped.
        heir: (n,) the landslide that each merges into, or `NOBODY`.
        fold: (n,) the landslide that its ground is accounted to: itself, or its heir.
    """

    owner: Int64
    mapped: Shapes
    on_standing: Overlaps
    on_footprint: Overlaps
    unseen: Shapes
    healed: Mask
    heir: Int64
    fold: Int64


def empty_memory() -> FootprintMemory:
    """Return the memory before the first date."""
    shapes, positions = empties(0), np.zeros(0, dtype=np.int64)
    return FootprintMemory(
        footprint=shapes,
        standing=shapes,
        pieces=positions,
        first=positions,
        last=positions,
        heir=positions,
    )


def enlarge(memory: FootprintMemory, more: int, date: int) -> FootprintMemory:
    """Append landslides that are new at a date, without ground as yet.

    Args:
        memory: Landslides before the date.
        more: Number of new landslides.
        date: Position of the date.
    """
    shapes, nobody = empties(more), np.full(more, NOBODY, dtype=np.int64)
    return replace(
        memory,
        footprint=np.concatenate([memory.footprint, shapes]),
        standing=np.concatenate([memory.standing, shapes]),
        pieces=np.concatenate([memory.pieces, np.zeros(more, dtype=np.int64)]),
        first=np.concatenate([memory.first, np.full(more, date, dtype=np.int64)]),
        last=np.concatenate([memory.last, nobody]),
        heir=np.concatenate([memory.heir, nobody]),
    )


def update_footprints(
    memory: FootprintMemory,
    bodies: Shapes,
    owner: Int64,
    on_footprint: Overlaps,
    observed: Region,
    rules: LifecycleRules,
) -> FootprintUpdate:
    """Compare the bodies of a date with the ground that stood before it.

    Args:
        memory: Landslides before the date, and those new at it.
        bodies: (m,) disjoint bodies.
        owner: (m,) their landslides.
        on_footprint: Overlaps of bodies and footprints.
        observed: Ground observed at the date; mapped ground always counts as observed.
        rules: Thresholds.
    """
    size = len(memory)
    mapped = union_by(owner, bodies, size)
    on_standing = overlaps(bodies, memory.standing)
    unseen = _unseen_ground(memory.standing, bodies, on_standing, observed, rules)
    absent = shapely.is_empty(mapped) & ~shapely.is_empty(memory.standing)
    heir = _heirs(on_standing, bodies, owner, memory.standing, absent, rules.minimum_overlap)
    rest_m2 = shapely.area(memory.standing) - total_by(on_standing.right, on_standing.area_m2, size)
    healed = (
        absent
        & (heir == NOBODY)
        & (shapely.area(unseen) <= (1 - rules.minimum_observed) * rest_m2)
        & (not rules.increments)
    )
    # A landslide whose observed part has healed is taken to have healed as a whole.
    unseen[healed] = EMPTY
    return FootprintUpdate(
        owner=owner,
        mapped=mapped,
        on_standing=on_standing,
        on_footprint=on_footprint,
        unseen=unseen,
        healed=healed,
        heir=heir,
        fold=np.where(heir == NOBODY, np.arange(size), heir),
    )


def _unseen_ground(
    standing: Shapes, bodies: Shapes, on_standing: Overlaps, observed: Region, rules: LifecycleRules
) -> Shapes:
    """Return (n,) standing ground that is neither mapped nor observed.

    With increments, all standing ground that is not mapped counts as unobserved.
    """
    if observed is None and not rules.increments:
        return empties(len(standing))
    rest = without(standing, bodies, (on_standing.right, on_standing.left))
    return rest if observed is None or rules.increments else without(rest, observed)


def _heirs(
    pairs: Overlaps,
    bodies: Shapes,
    owner: Int64,
    standing: Shapes,
    absent: Mask,
    minimum_overlap: float,
) -> Int64:
    """Return (n,) the heir of each landslide without a body of its own, else `NOBODY`.

    It is the landslide whose body took most of the ground, the first of equals.
    """
    share = share_of_smaller(pairs, shapely.area(bodies), shapely.area(standing))
    taken = pairs.where(absent[pairs.right] & (share >= minimum_overlap))
    heir = np.full(len(standing), NOBODY, dtype=np.int64)
    order = np.lexsort((-owner[taken.left], np.round(taken.area_m2, 3)))
    heir[taken.right[order]] = owner[taken.left[order]]
    return heir


def update_memory(
    memory: FootprintMemory, update: FootprintUpdate, observed: Region, date: int
) -> FootprintMemory:
    """Return the memory after a date.

    Args:
        memory: Landslides before the date, and those new at it.
        update: Their ground at the date.
        observed: Ground observed at the date.
        date: Position of the date.
    """
    size = len(memory)
    present = ~shapely.is_empty(update.mapped)
    group = np.concatenate([np.arange(size), update.fold])
    ground = np.concatenate([update.mapped, update.unseen])
    nonempty = ~shapely.is_empty(ground)
    merged = np.where(update.heir == NOBODY, memory.heir, update.heir)
    return replace(
        memory,
        footprint=_grow(memory.footprint, update),
        standing=union_by(group[nonempty], ground[nonempty], size),
        pieces=np.where(present, np.bincount(update.owner, minlength=size), memory.pieces),
        last=np.where(present, date, memory.last),
        heir=np.where(present, NOBODY, merged),
        seen=(*memory.seen, observed),
    )


def _grow(footprint: Shapes, update: FootprintUpdate) -> Shapes:
    """Return (n,) the footprints, each with the mapped ground that is in no other footprint."""
    taker, giver = update.owner[update.on_footprint.left], update.on_footprint.right
    foreign = taker != giver
    fresh = without(update.mapped, footprint, (taker[foreign], giver[foreign]))
    present = ~shapely.is_empty(fresh)
    grown = footprint.copy()
    grown[present] = snapped(union(footprint[present], fresh[present]))
    return grown


def never_seen(shapes: Shapes, regions: Sequence[Region]) -> Shapes:
    """Return (n,) the part of each shape that lies in none of the observed regions."""
    for region in regions:
        if region is None:
            return empties(len(shapes))
        shapes = without(shapes, region)
    return shapes
