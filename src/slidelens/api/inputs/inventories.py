"""Read inventories and areas that are given as paths or as GeoDataFrames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import shapely
from rasterio.crs import CRS

from slidelens.errors import InventoryError, ParamsError
from slidelens.geo.vectors.crs import require_located
from slidelens.geo.vectors.file import split_layer
from slidelens.geo.vectors.inventory import read_area, read_inventory
from slidelens.geo.vectors.labels import landslides_of
from slidelens.geo.vectors.polygons import require_polygons
from slidelens.layers.crs.metric import area_of, reproject_together, to_area_crs

PathLike: TypeAlias = str | Path
InventoryLike: TypeAlias = str | Path | gpd.GeoDataFrame

_MIN_BOOTSTRAP = 10  # fewer samples give no interval, and no p value below 0.1
_MAX_BOOTSTRAP = 1_000_000  # more take days


def require_bootstrap(bootstrap: int) -> None:
    """Raise ParamsError if intervals cannot be taken from a number of resamples.

    Args:
        bootstrap: Number of resamples; 0 for no interval.
    """
    given = f"bootstrap (--bootstrap) is {bootstrap}"
    if bootstrap and bootstrap < _MIN_BOOTSTRAP:
        raise ParamsError(f"{given}; give 0 or at least {_MIN_BOOTSTRAP}")
    if bootstrap > _MAX_BOOTSTRAP:
        raise ParamsError(f"{given}; give at most {_MAX_BOOTSTRAP:,}")


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
    return _load(source, role, read_inventory)


def load_area(source: InventoryLike, role: str = "area") -> NamedInventory:
    """Read an area, or check one that is in memory.

    Args:
        source: A vector file, of which the layer of the area is read, or `mapped` of an
            inventory that tells where it is complete, or a GeoDataFrame.
        role: What to call a GeoDataFrame in messages.

    Raises:
        InventoryError: As for `load_inventory`.
    """
    return _load(source, role, read_area)


def _load(
    source: InventoryLike, role: str, read: Callable[[Path], gpd.GeoDataFrame]
) -> NamedInventory:
    if isinstance(source, gpd.GeoDataFrame):
        frame = landslides_of(check_in_memory(source, role), role)
        return NamedInventory(frame, role, role, role)
    if not isinstance(source, str | Path):
        raise InventoryError(
            f"{role} is a {type(source).__name__}; give a path or a GeoDataFrame of polygons"
        )
    file, _ = split_layer(source)
    return NamedInventory(read(Path(source)), file.name, str(file), file.stem)


def check_in_memory(frame: gpd.GeoDataFrame, role: str) -> gpd.GeoDataFrame:
    """Return the polygons of a GeoDataFrame in two dimensions, whatever their class.

    Args:
        frame: The rows.
        role: What to call it in messages.

    Raises:
        InventoryError: It has no geometry or no CRS, or holds lines or points.
    """
    try:
        crs = frame.crs
    except AttributeError as error:
        raise InventoryError(
            f"{role} has no geometry column; set it with GeoDataFrame.set_geometry"
        ) from error
    if crs is None:
        raise InventoryError(f"{role} has no CRS; set it with GeoDataFrame.set_crs")
    located = require_located(crs, role)
    flat = frame.set_geometry(frame.geometry.force_2d()).set_crs(located, allow_override=True)
    return require_polygons(flat, role)


def load_together(
    sources: Sequence[tuple[InventoryLike, str]], area: NamedInventory | None = None
) -> list[NamedInventory]:
    """Read inventories into one metric CRS, the one that suits the first that is not empty.

    Args:
        sources: Inventories with the roles that name those in memory.
        area: The mapped area; it comes last in the result.

    Raises:
        InventoryError: If one cannot be read, or its coordinates do not fit its CRS.
    """
    inventories = [load_inventory(source, role) for source, role in sources]
    if area is not None:
        inventories.append(area)
    frames = reproject_together(
        [item.frame for item in inventories], [item.name for item in inventories]
    )
    return [replace(item, frame=frame) for item, frame in zip(inventories, frames, strict=True)]


def load_for_areas(source: InventoryLike, role: str) -> NamedInventory:
    """Read an inventory in a metric CRS that is true in area, perhaps not in distance.

    Args:
        source: The inventory.
        role: What to call a GeoDataFrame in messages.

    Raises:
        InventoryError: If it cannot be read, or its coordinates do not fit its CRS.
    """
    item = load_inventory(source, role)
    return replace(item, frame=to_area_crs(item.frame, item.name))


def merge_area(area: NamedInventory) -> shapely.Geometry:
    """Return the polygons of an area as one geometry."""
    return area_of(area.frame, area.name)
