"""Tell what of an edited inventory may not be as it was meant."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import geopandas as gpd
import shapely

from slidelens.analysis.overlay import overlaps
from slidelens.analysis.review.changes import DELETED, KEPT, Change
from slidelens.api.review.both import BothInventories
from slidelens.api.review.reviewer import REVIEWED_BY
from slidelens.escaping import counted
from slidelens.geo.vectors.columns import column_texts
from slidelens.geo.vectors.labels import CLASS, LANDSLIDE, MAPPED, NOT_LANDSLIDE
from slidelens.layers.marks import CHANGE, are_corrections_alone

log = logging.getLogger(__name__)

_MANY = 5  # polygons, of which some will have been left as they were


def tell_doubts(
    both: BothInventories,
    changes: Sequence[Change],
    labels: gpd.GeoDataFrame,
    known: gpd.GeoDataFrame,
    tolerance_m: float,
) -> None:
    """Warn of edits that may not be what was meant.

    Args:
        both: The inventories.
        changes: What became of the rows.
        labels: What is known.
        known: The ground of which it is known.
        tolerance_m: How far outlines may lie apart and be the same, m.
    """
    mapped, edited = both.names
    if len(both.before[1]) >= _MANY and not any(change.kind == KEPT for change in changes):
        log.warning(
            "%s has no polygon of %s unchanged; was it made from this file, and is its CRS right?",
            edited,
            mapped,
        )
    deleted = sum(len(change.before) for change in changes if change.kind == DELETED)
    if deleted >= _MANY and deleted > len(both.before[1]) / 2:
        log.warning(
            "%d of %d polygons of %s are not in %s and count as deleted; if it was exported from a"
            " selection, or cut, give the whole inventory",
            deleted,
            len(both.before[1]),
            mapped,
            edited,
        )
    if are_corrections_alone(labels[CHANGE], labels.area.sum(), known.area.sum()):
        log.warning(
            "hardly more than the ground on which %s was wrong is known; weights adapted to it"
            " forget what was right: give ground that was checked completely (--reviewed)",
            mapped,
        )
    _tell_boxes_on_landslides(both, tolerance_m)
    _tell_mapped_ground(both, labels, tolerance_m)
    people = sorted({text for text in column_texts(both.before[0], REVIEWED_BY) if text})
    if people and both.earlier is None:
        log.warning(
            "%s was reviewed by %s before; what was deleted then is unknown here unless the labels"
            " of that review are given (--previous)",
            mapped,
            ", ".join(people[:3]),
        )


def _tell_boxes_on_landslides(both: BothInventories, tolerance_m: float) -> None:
    after = both.after[1]
    boxes = after.shapes[~after.is_landslide]
    pairs = overlaps(boxes, after.landslides())
    wide = pairs.area_m2 > tolerance_m * shapely.length(boxes)[pairs.left]
    if wide.any():
        of_class = f"of class `{NOT_LANDSLIDE}`"
        log.warning(
            "%s: %s on landslides, which count there; delete the landslides if there are none",
            both.names[1],
            counted(
                len(set(pairs.left[wide].tolist())),
                f"polygon {of_class} lies",
                f"polygons {of_class} lie",
            ),
        )


def _tell_mapped_ground(
    both: BothInventories, labels: gpd.GeoDataFrame, tolerance_m: float
) -> None:
    before, after = both.mapped
    if before is not None and after is not None and both.area is None:
        old, new = before.union_all(), after.union_all()
        same = shapely.equals_exact(old, new)
        if not same and old.symmetric_difference(new).area > tolerance_m * old.length:
            log.warning(
                "%s: its layer %s was changed; if it is the ground that was checked completely,"
                " give it (--reviewed %s)",
                both.names[1],
                MAPPED,
                both.names[1],
            )
    ground = before if after is None else after
    if ground is not None:
        landslides = labels[labels[CLASS] == LANDSLIDE]
        area = ground.union_all()
        shapely.prepare(area)
        outside = ~shapely.covers(area, landslides.centroid.to_numpy())
        if outside.any():
            log.warning(
                "%s: %s outside its layer %s, where no command counts them in the corrected"
                " inventory; extend that layer",
                both.names[1],
                counted(int(outside.sum()), "landslide lies", "landslides lie"),
                MAPPED,
            )
