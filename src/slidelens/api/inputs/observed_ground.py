"""What could be observed at each date, from inventories, areas and images."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import shapely
from rasterio.crs import CRS

from slidelens.analysis.overlay import intersection, shapes_of, tiled, touching
from slidelens.api.inputs.inventories import InventoryLike, NamedInventory
from slidelens.api.inputs.mapped_ground import read_mapped_ground
from slidelens.errors import ParamsError
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.vectors.inventory import require_near
from slidelens.layers.crs.metric import to_metric
from slidelens.layers.footprint import read_observed
from slidelens.types import Shapes

log = logging.getLogger(__name__)


def mapped_at(dated: Mapping[str, InventoryLike], crs: CRS) -> dict[str, Shapes]:
    """Return by date what was observed, for the dates whose inventory tells it.

    Args:
        dated: Inventories by date.
        crs: CRS of the result.

    Raises:
        InventoryError: A layer `mapped` cannot be read, or holds no polygon.
    """
    grounds = {date: read_mapped_ground(source) for date, source in dated.items()}
    for ground in filter(None, grounds.values()):
        log.info("%s tells what was observed; landslides elsewhere were not seen", ground.name)
    return {
        date: shapes_of(to_metric(ground.frame, ground.name, crs).geometry.to_numpy())
        for date, ground in grounds.items()
        if ground is not None
    }


def observed_at(
    observed: Mapping[str, InventoryLike],
    dates: list[str],
    crs: CRS,
    loaded: list[NamedInventory],
    frames: list[gpd.GeoDataFrame],
    options: ReadingOptions,
) -> dict[str, Shapes]:
    """Return by date what was observed, as the user has given it.

    Args:
        observed: Polygons or images by date.
        dates: The dates of the inventories.
        crs: CRS of the result.
        loaded: The inventories, for messages.
        frames: The same in that CRS.
        options: How to read the images.

    Raises:
        InventoryError: A file cannot be read, or lies far from the inventories.
        ParamsError: `observed` names another date.
    """
    regions = {}
    for key, source in observed.items():
        date = str(key)
        if date not in dates:
            raise ParamsError(
                f"observed (--observed) names {date}, which is none of the dates"
                f" {', '.join(dates)}; use one of them"
            )
        in_memory = isinstance(source, gpd.GeoDataFrame)
        frame = source if in_memory else read_observed(Path(source), options)
        name = f"observed {date}" if in_memory else Path(source).name
        ground = to_metric(frame, name, crs)
        if ground.empty:
            log.warning("%s holds no ground: nothing of %s is taken as seen", name, date)
        for item, inventory in zip(loaded, frames, strict=True):
            require_near(inventory, ground, (item.location, name))
        regions[date] = shapes_of(ground.geometry.to_numpy())
    return regions


def within(
    seen: Mapping[str, Shapes], area: shapely.Geometry, dates: list[str]
) -> dict[str, Shapes]:
    """Return what each date observed of the area: all of it where nothing else is known.

    Args:
        seen: What was observed, for the dates of which that is known.
        area: The area.
        dates: All dates.
    """
    whole = tiled(shapes_of([area]))
    regions = dict.fromkeys(dates, whole)
    for date, region in seen.items():
        tiles = tiled(region)
        a, b = touching(tiles, whole)
        regions[date] = intersection(tiles[a], whole[b])
    return regions
