"""Where and when the images of STAC items were taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import shapely
from shapely.geometry.base import BaseGeometry

from slidelens.fetching.request import Window
from slidelens.geo.grid import Bounds

if TYPE_CHECKING:
    import pystac


def within(
    items: Iterable[pystac.Item], collection: str, bounds: Bounds, window: Window | None
) -> list[pystac.Item]:
    """Return the items of a collection in a place and a time.

    Args:
        items: Any items.
        collection: Id of the collection.
        bounds: West, south, east and north, degrees.
        window: The time; None for all.
    """
    place = shapely.box(*bounds)
    return [
        item
        for item in items
        if item.collection_id == collection
        and footprint(item).intersects(place)
        and (window is None or _is_of(item, window))
    ]


def footprint(item: pystac.Item) -> BaseGeometry:
    """Return the footprint of an item in degrees; empty if it has none."""
    if item.geometry:
        geometry: BaseGeometry = shapely.make_valid(shapely.geometry.shape(item.geometry))
        return geometry
    if not item.bbox:
        return shapely.Polygon()
    middle = len(item.bbox) // 2  # heights may stand after each pair
    (west, south), (east, north) = item.bbox[:2], item.bbox[middle : middle + 2]
    return shapely.box(west, south, east, north)


def moment_of(item: pystac.Item) -> datetime | None:
    """Return when an image was taken, in universal time; None if its item does not tell."""
    moment = item.datetime or item.common_metadata.start_datetime
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_of(item: pystac.Item, window: Window) -> bool:
    moment = moment_of(item)
    return moment is not None and window.holds(moment)
