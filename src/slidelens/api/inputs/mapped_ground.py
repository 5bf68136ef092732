"""The ground on which inventories say that they are complete: their layer `mapped`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely

from slidelens.api.inputs.inventories import InventoryLike, NamedInventory, load_area, merge_area
from slidelens.errors import InventoryError
from slidelens.geo.vectors.file import list_layers, split_layer
from slidelens.geo.vectors.inventory import read_area
from slidelens.geo.vectors.labels import mapped_layer

log = logging.getLogger(__name__)


def read_mapped_ground(source: InventoryLike) -> NamedInventory | None:
    """Return the ground on which an inventory is complete; None if it does not say so.

    Args:
        source: A vector file, whose layer `mapped` is read, or a GeoDataFrame, which has none.

    Raises:
        InventoryError: The layer cannot be read, or holds no polygon.
    """
    if not isinstance(source, str | Path):
        return None
    file, _ = split_layer(source)
    layer = mapped_layer(list_layers(file, "inventory"), file)
    if layer is None:
        return None
    name = f"layer {layer} of {file.name}"
    ground = NamedInventory(read_area(file, layer), name, str(file), file.stem)
    merge_area(ground)  # refuses a layer without a polygon
    return ground


def common_ground(
    inventories: Sequence[InventoryLike], area: InventoryLike | None
) -> NamedInventory | None:
    """Return the ground on which inventories can be looked at together; None if it is unknown.

    Elsewhere at least one of them does not say whether there are landslides.

    Args:
        inventories: Paths or GeoDataFrames.
        area: The area that the user has named.

    Raises:
        InventoryError: They have no ground in common, or a layer cannot be read.
    """
    grounds = [
        ground for source in inventories if (ground := read_mapped_ground(source)) is not None
    ]
    for ground in grounds:
        log.info("%s tells what was mapped; ground outside it does not count", ground.name)
    if area is not None:
        grounds.append(load_area(area))
    if len(grounds) < 2:
        return grounds[0] if grounds else None
    crs = grounds[0].frame.crs
    shared = merge_area(grounds[0])
    for ground in grounds[1:]:
        shared = shapely.intersection(shared, ground.frame.geometry.to_crs(crs).union_all())
    names = " and ".join(ground.name for ground in grounds)
    if shapely.area(shared) == 0:
        raise InventoryError(f"{names} have no ground in common; check their CRSs, or area (--aoi)")
    frame = gpd.GeoDataFrame(geometry=[shared], crs=crs).explode(ignore_index=True)
    polygons = frame[frame.geom_type == "Polygon"].reset_index(drop=True)
    return NamedInventory(polygons, names, grounds[0].location, Path(grounds[0].location).stem)
