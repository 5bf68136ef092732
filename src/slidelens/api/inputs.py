"""Read inventories and areas that are given as paths or as GeoDataFrames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import shapely
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.vector import read_inventory, require_polygons
from slidelens.layers.metric import area_of, reproject_together

PathLike: TypeAlias = str | Path
InventoryLike: TypeAlias = str | Path | gpd.GeoDataFrame


@dataclass(frozen=True)
class NamedInventory:
    """Polygons and what to call them.

    Attributes:
        frame: The polygons.
        name: File name, or the role of a GeoDataFrame, for messages and results.
        location: The whole path, or the role again.
        stem: The name without suffix.
    """

    frame: gpd.GeoDataFrame
    name: str
    location: str
    stem: str

    @property
    def crs(self) -> CRS:
        """The CRS of the polygons."""
        return CRS.from_user_input(self.frame.crs)


def load_inventory(source: InventoryLike, role: str) -> NamedInventory:
    """Read an inventory, or check one that is in memory.

    Args:
        source: A vector file, or a GeoDataFrame of polygons.
        role: What to call a GeoDataFrame in messages, for example "observed".

    Raises:
        InventoryError: If the file cannot be read, or the polygons have no CRS or are none.
    """
    if isinstance(source, gpd.GeoDataFrame):
        if source.crs is None:
            raise InventoryError(f"{role} has no CRS; set it with GeoDataFrame.set_crs")
        return NamedInventory(require_polygons(source, role), role, role, role)
    path = Path(source)
    return NamedInventory(read_inventory(path), path.name, str(path), path.stem)


def load_together(sources: Sequence[tuple[InventoryLike, str]]) -> list[NamedInventory]:
    """Read inventories into one metric CRS, the one that suits the first that is not empty.

    Args:
        sources: Inventories with the roles that name those in memory.

    Raises:
        InventoryError: If one cannot be read, or its coordinates do not fit its CRS.
    """
    inventories = [load_inventory(source, role) for source, role in sources]
    frames = reproject_together(
        [item.frame for item in inventories], [item.name for item in inventories]
    )
    return [replace(item, frame=frame) for item, frame in zip(inventories, frames, strict=True)]


def merge_area(area: NamedInventory) -> shapely.Geometry:
    """Return the polygons of an area as one geometry."""
    return area_of(area.frame, area.name)
