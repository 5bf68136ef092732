"""Gather the items of one pass of a satellite into an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely
from rasterio.crs import CRS
from rasterio.warp import transform_bounds
from shapely.geometry.base import BaseGeometry

from slidelens.fetching.catalogues.items import footprint, moment_of
from slidelens.fetching.images.bands import CLASSES, ItemBand, find_band, is_sentinel2
from slidelens.geo.grid import Grid

if TYPE_CHECKING:
    import pystac

_NEAR_DEG = 1.0
_PROCESSED = ("s2:generation_time", "processing:datetime")
_BASELINES = ("s2:processing_baseline", "processing:version", "sentinel:processing_baseline")


@dataclass(frozen=True)
class Source:
    """An item with the bands that are wanted of it.

    Attributes:
        item: The item.
        bands: The bands, by the names that are wanted.
        classes: The scene classification, or None.
        place: Footprint, in the CRS of the grid.
        baseline: Version of the processing, for example 4.0; None if the item does not tell.
        is_sentinel2: Whether it is an image of Sentinel-2.
    """

    item: pystac.Item
    bands: Mapping[str, ItemBand]
    classes: ItemBand | None
    place: BaseGeometry
    baseline: float | None
    is_sentinel2: bool

    @property
    def name(self) -> str:
        """Id of the item."""
        return str(self.item.id)


@dataclass(frozen=True)
class Image:
    """What one satellite saw of the area in one day.

    Attributes:
        day: The day, in universal time.
        platform: Name of the satellite, or "".
        sources: Its items; where two hold a pixel, the earlier one counts.
        cloud_cover: Mean cloud cover that the catalogue states, percent; None if it states none.
    """

    day: date
    platform: str
    sources: tuple[Source, ...]
    cloud_cover: float | None

    @property
    def name(self) -> str:
        """The day, and the satellite if it is known."""
        return f"{self.day} ({self.platform})" if self.platform else str(self.day)


def source_of(item: pystac.Item, bands: Sequence[str], grid: Grid) -> Source | str:
    """Return an item with the wanted bands, or the reason why it cannot be used."""
    if moment_of(item) is None:
        return "it has no date"
    found = {name: find_band(item, name) for name in bands}
    missing = [name for name, band in found.items() if band is None]
    if missing:
        return f"it has no asset of {', '.join(missing)}"
    return Source(
        item=item,
        bands={name: band for name, band in found.items() if band is not None},
        classes=find_band(item, CLASSES),
        place=place_of(item, grid),
        baseline=_baseline(item.properties),
        is_sentinel2=is_sentinel2(item),
    )


def place_of(item: pystac.Item, grid: Grid) -> BaseGeometry:
    """Return the footprint of an item near a grid, in its CRS; far ground may have no place in it.

    Args:
        item: The item.
        grid: The grid.
    """
    bounds = transform_bounds(grid.crs, "EPSG:4326", *grid.bounds, densify_pts=21)
    near = footprint(item).intersection(shapely.box(*bounds).buffer(_NEAR_DEG))
    place = gpd.GeoSeries([near], crs=4326).segmentize(0.1).to_crs(grid.crs.to_wkt())
    valid: BaseGeometry = shapely.make_valid(place.iloc[0])
    return valid


def gather(sources: Sequence[Source], grid: Grid) -> tuple[Image, ...]:
    """Return the images of some items, in time order.

    Of items over the same ground those in the CRS of the grid come first, then those of a higher
    processing baseline, then those processed last.
    """
    groups: dict[tuple[date, str], list[Source]] = {}
    for source in sources:
        moment = moment_of(source.item)
        assert moment is not None
        platform = str(source.item.properties.get("platform") or "")
        groups.setdefault((moment.date(), platform), []).append(source)

    def rank(source: Source) -> tuple[bool, float, float, str]:
        properties = source.item.properties
        is_far = crs_of(source.item) != grid.crs
        return is_far, -(source.baseline or 0), -_processed_s(properties), source.name

    return tuple(
        Image(day, platform, tuple(sorted(group, key=rank)), _cloud_cover(group))
        for (day, platform), group in sorted(groups.items(), key=lambda pair: pair[0])
    )


def crs_of(item: pystac.Item) -> CRS | None:
    """Return the CRS of an item's files; None if it does not tell."""
    properties = item.properties
    code = properties.get("proj:code") or properties.get("proj:epsg")
    try:
        return CRS.from_user_input(int(code) if str(code).isdigit() else code) if code else None
    except ValueError:
        return None


def _cloud_cover(sources: Sequence[Source]) -> float | None:
    stated = [source.item.properties.get("eo:cloud_cover") for source in sources]
    numbers = [float(each) for each in stated if isinstance(each, int | float) and 0 <= each <= 100]
    return sum(numbers) / len(numbers) if numbers else None


def _processed_s(properties: Mapping[str, Any]) -> float:
    """Return when an item was processed, seconds since 1970; 0 if it does not tell."""
    for key in _PROCESSED:
        try:
            moment = datetime.fromisoformat(str(properties[key]))
        except (KeyError, ValueError):
            continue
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    return 0.0


def _baseline(properties: Mapping[str, Any]) -> float | None:
    for key in _BASELINES:
        try:
            return float(str(properties[key]))
        except (KeyError, ValueError):
            continue
    return None
