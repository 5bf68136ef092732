"""Bring two inventories of one area into a common CRS, cut at the compared area."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.crs import CRS

from slidelens.analysis.comparison.area_agreement import clip, dissolve
from slidelens.analysis.overlay import shapes_of
from slidelens.api.inputs.inventories import (
    InventoryLike,
    NamedInventory,
    load_together,
    merge_area,
)
from slidelens.api.inputs.mapped_ground import common_ground
from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.geo.grid import Bounds
from slidelens.geo.vectors.inventory import require_near
from slidelens.types import Shapes

log = logging.getLogger(__name__)

Merge = Callable[[Shapes, CRS], Shapes]
_OVERLAP_TO_REPORT_M2 = 1.0


@dataclass(frozen=True, kw_only=True)
class InventoryPair:
    """Two inventories of one area in a metric CRS.

    Attributes:
        observed: (n,) polygons taken for the truth.
        predicted: (m,) polygons compared with them.
        observed_ground: Ground of the observed polygons, without overlaps.
        predicted_ground: Ground of the predicted polygons, without overlaps.
        fragments: (k,) predicted polygons before fragments were merged.
        area: The compared area; None for the bounding box of both inventories.
        crs: The common CRS.
        names: Names of the observed and of the predicted inventory, without suffix.
        area_name: Name of the compared area.
    """

    observed: Shapes
    predicted: Shapes
    observed_ground: Shapes
    predicted_ground: Shapes
    fragments: Shapes
    area: shapely.Geometry | None
    crs: CRS
    names: tuple[str, str]
    area_name: str

    @property
    def compared(self) -> shapely.Geometry:
        """The compared ground: the area, or the bounding box of both inventories."""
        if self.area is not None:
            return self.area
        return shapely.box(*shapely.total_bounds(np.concatenate([self.observed, self.predicted])))

    @property
    def bounds(self) -> Bounds:
        """(left, bottom, right, top) of the compared ground, metres."""
        left, bottom, right, top = shapely.bounds(self.compared)
        return left, bottom, right, top


def read_pair(
    observed: InventoryLike,
    predicted: InventoryLike,
    area: InventoryLike | None = None,
    merge: Merge | None = None,
) -> InventoryPair:
    """Read two inventories, merge fragments of the predicted one, and cut both at an area.

    Args:
        observed: Polygons taken for the truth.
        predicted: Polygons compared with them.
        area: The area to compare; by default the bounding box of both inventories. Ground
            outside the layer `mapped` of either does not count.
        merge: Merges the predicted fragments, given in a metric CRS.

    Raises:
        InventoryError: If both inventories are empty and there is no area, or if they lie apart.
    """
    truth, prediction, *areas = load_together(
        [(observed, "observed"), (predicted, "predicted")],
        common_ground([observed, predicted], area),
    )
    _require_near([truth, prediction, *areas])
    ground = merge_area(areas[0]) if areas else None
    fragments = shapes_of(prediction.frame.geometry.to_numpy())
    merged = fragments if merge is None else merge(fragments, truth.crs)
    observed_shapes = _cut(shapes_of(truth.frame.geometry.to_numpy()), ground, truth.name)
    predicted_shapes = _cut(merged, ground, prediction.name)
    return InventoryPair(
        observed=observed_shapes,
        predicted=predicted_shapes,
        observed_ground=_dissolve(observed_shapes, truth.name),
        predicted_ground=_dissolve(predicted_shapes, prediction.name),
        fragments=fragments if ground is None or merge is None else clip(fragments, ground),
        area=ground,
        crs=truth.crs,
        names=(truth.stem, prediction.stem),
        area_name=areas[0].name if areas else "bounding box of both inventories",
    )


def _require_near(inventories: Sequence[NamedInventory]) -> None:
    """Require that the inventories, and the area if there is one, are of the same ground."""
    filled = [item for item in inventories if not item.frame.empty]
    if not filled:
        observed, predicted = inventories
        raise InventoryError(
            f"{observed.location} and {predicted.location} have no landslide, and so no extent; "
            "name the ground with area (--aoi)"
        )
    for item in filled[1:]:
        require_near(filled[0].frame, item.frame, (filled[0].name, item.name))


def _cut(shapes: Shapes, area: shapely.Geometry | None, name: str) -> Shapes:
    if area is None or not len(shapes):
        return shapes
    inside = clip(shapes, area)
    if not len(inside):
        log.warning(
            "%s: none of %s lies in the area; check its CRS if that is not so",
            name,
            counted(len(shapes), "landslide"),
        )
    elif len(inside) < len(shapes):
        of_all = f"of {len(shapes)} landslides"
        outside = counted(
            len(shapes) - len(inside),
            f"{of_all} lies outside the area and is",
            f"{of_all} lie outside the area and are",
        )
        log.warning("%s: %s left out", name, outside)
    return inside


def _dissolve(shapes: Shapes, name: str) -> Shapes:
    ground = dissolve(shapes)
    overlap_m2 = float(shapely.area(shapes).sum() - shapely.area(ground).sum())
    if overlap_m2 > _OVERLAP_TO_REPORT_M2:
        log.warning(
            "%s: polygons overlap on %.0f m²; as ground it counts once, as landslides each counts",
            name,
            overlap_m2,
        )
    return ground
