"""Read an inventory together with the area that was mapped."""

from __future__ import annotations

import logging
from dataclasses import replace

import shapely

from slidelens.api.inputs.inventories import (
    InventoryLike,
    NamedInventory,
    load_together,
    merge_area,
)
from slidelens.api.inputs.mapped_ground import common_ground
from slidelens.errors import InventoryError
from slidelens.types import Float64

log = logging.getLogger(__name__)


def read_mapped(
    inventory: InventoryLike, area: InventoryLike | None
) -> tuple[NamedInventory, shapely.Geometry | None, str | None]:
    """Return the landslides with their centroid in the area, the area, and its name.

    The area is no larger than the ground on which the inventory says it is complete.

    Raises:
        InventoryError: If there is neither a landslide nor an area, or the two lie apart.
    """
    mapped = common_ground([inventory], area)
    landslides, *areas = load_together([(inventory, "inventory")], mapped)
    if not areas:
        if landslides.frame.empty:
            raise InventoryError(
                f"{landslides.location} has no landslide, and so no extent; "
                "name the ground that was mapped with area (--aoi)"
            )
        return landslides, None, None
    ground, frame = merge_area(areas[0]), landslides.frame
    if len(frame) and not shapely.box(*frame.total_bounds).intersects(ground):
        spans = f"{_span(frame.total_bounds)} and {_span(shapely.bounds(ground))} in metres"
        raise InventoryError(
            f"{landslides.name} lies outside {areas[0].name}: {spans}; check their CRSs"
        )
    inside = shapely.covers(ground, frame.centroid.to_numpy())
    if not inside.all():
        log.warning(
            "%s: landslides left out, as their centroid is outside %s: %d of %d",
            landslides.name,
            areas[0].name,
            (~inside).sum(),
            len(frame),
        )
    return replace(landslides, frame=frame[inside]), ground, areas[0].name


def _span(bounds: Float64) -> str:
    left, bottom, right, top = bounds
    return f"x {left:.0f} to {right:.0f}, y {bottom:.0f} to {top:.0f}"
