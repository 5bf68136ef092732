"""Where and when the images of STAC items were taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from slidelens.fetching.request import Window
from slidelens.geo.grid import Bounds
from slidelens.types import Float64

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
    """Return the footprint of an item in degrees, −180 to 180 and beyond; empty if it has none.

    Footprints across the 180th meridian are written in several ways; all of them are understood.
    """
    if item.geometry:
        shape: BaseGeometry = shapely.make_valid(shapely.geometry.shape(item.geometry))
        wide = [part for part in shapely.get_parts(shape) if part.bounds[2] - part.bounds[0] > 180]
        unwrapped = [shapely.transform(part, _unwrap) for part in wide]
        shape = shapely.union_all([shape, *map(shapely.make_valid, unwrapped)])
    elif item.bbox:
        middle = len(item.bbox) // 2  # heights may stand after each pair
        (west, south), (east, north) = item.bbox[:2], item.bbox[middle : middle + 2]
        shape = shapely.box(west, south, east + 360 * (west > east), north)
    else:
        return shapely.Polygon()
    west, _, east, _ = shape.bounds
    moved = [by for by, beyond in ((360, west < -180), (-360, east > 180)) if beyond]
    copies = [shapely.affinity.translate(shape, by) for by in moved]
    return shapely.union_all([shape, *copies]) if copies else shape


def _unwrap(places: Float64) -> Float64:
    """Move western longitudes behind the 180th meridian, where an outline seems to cross 0°."""
    return np.column_stack(
        [np.where(places[:, 0] < 0, places[:, 0] + 360, places[:, 0]), places[:, 1]]
    )


def moment_of(item: pystac.Item) -> datetime | None:
    """Return when an image was taken, in universal time; None if its item does not tell."""
    moment = item.datetime or item.common_metadata.start_datetime
    return None if moment is None else _in_universal_time(moment)


def end_of(item: pystac.Item) -> datetime | None:
    """Return the end of the period that an item is of, if it tells that and no moment."""
    end = None if item.datetime else item.common_metadata.end_datetime
    return None if end is None else _in_universal_time(end)


def _in_universal_time(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_of(item: pystac.Item, window: Window) -> bool:
    moment = moment_of(item)
    return moment is not None and window.holds(moment)
