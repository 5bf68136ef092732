"""Choose the images of a window of time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

from slidelens.errors import SceneError
from slidelens.escaping import counted
from slidelens.fetching.catalogues.catalogue import Catalogue
from slidelens.fetching.catalogues.items import end_of
from slidelens.fetching.images.bands import default_bands, is_model
from slidelens.fetching.images.image import Image, Source, gather, source_of
from slidelens.fetching.images.looking import Look, Looker
from slidelens.fetching.request import Selection, Window
from slidelens.geo.grid import Bounds, Grid

if TYPE_CHECKING:
    import pystac

log = logging.getLogger(__name__)

_WIDEN = "widen the window (--dates)"


@dataclass(frozen=True)
class Place:
    """Where scenes are fetched.

    Attributes:
        folder: Folder of the study.
        grid: Grid of its scenes.
        area: The area, in the CRS of the grid.
        bounds: West, south, east and north of the grid, degrees.
    """

    folder: Path
    grid: Grid
    area: BaseGeometry
    bounds: Bounds


@dataclass(frozen=True)
class Choice:
    """The images that make a scene.

    Attributes:
        bands: Names of the bands.
        looks: One image, or those of a composite in time order.
        left_out: Items that cannot be used, with the reason.
    """

    bands: tuple[str, ...]
    looks: tuple[Look, ...]
    left_out: tuple[dict[str, str], ...]

    @property
    def images(self) -> list[Image]:
        """The images."""
        return [look.image for look in self.looks]


def choose(
    catalogue: Catalogue, selection: Selection, place: Place, looker: Looker, window: Window
) -> Choice:
    """Return the least cloudy image of a window, or all that show something for a composite.

    Args:
        catalogue: Where images are found.
        selection: Which images are wanted.
        place: Where.
        looker: Looks at images of the place.
        window: When.

    Raises:
        SceneError: There is no image, or none that can be used.
    """
    found = catalogue.search(selection.collection, place.bounds, window)
    items = [item for item in found if not is_model(item)]
    if not items:
        raise SceneError(
            f"the catalogue has no image of {selection.collection} here; check the collection"
            f" (--collection) and the area, or {_WIDEN}"
        )
    bands = selection.bands or default_bands(items)
    if not bands:
        others = ", ".join(items[0].assets) or "no files that can be used"
        raise SceneError(
            f"the images have no bands red, green, blue or nir, but {others}; name bands (--bands)"
        )
    sources, left_out = _usable(items, bands, place, window)
    sources = [source for source in sources if source.name not in looker.missing]
    images = gather(sources, place.grid)
    clear = [image for image in images if (image.cloud_cover or 0) <= selection.max_cloud]
    if not clear:
        raise SceneError(_why_none(images, left_out + _missing(items, looker), selection))
    _warn_of_clouds(clear)
    seen = list(looker.look_at_all(clear, until_clear=not selection.composite))
    looks = [look for look in seen if look.clear_share > 0]
    if not looks:
        raise SceneError(_why_unseen(seen, _missing(items, looker)))
    chosen = looks if selection.composite else [max(looks, key=lambda look: look.clear_share)]
    chosen.sort(key=lambda look: (look.image.day, look.image.platform))
    _warn_of_periods([look.image for look in chosen])
    left_out += _missing(items, looker)
    return Choice(tuple(bands), tuple(chosen), tuple(left_out))


def _missing(items: Sequence[pystac.Item], looker: Looker) -> list[dict[str, str]]:
    """Return the items that are left out because a file is not there."""
    ids = dict.fromkeys(str(item.id) for item in items)
    return [{"id": name, "reason": looker.missing[name]} for name in ids if name in looker.missing]


def _usable(
    items: Sequence[pystac.Item], bands: Sequence[str], place: Place, window: Window
) -> tuple[list[Source], list[dict[str, str]]]:
    """Return the items that have all bands and reach into the area, and those that lack something.

    A warning tells of each of the latter.
    """
    sources, left_out = [], []
    for item in items:
        end = end_of(item)
        if end is not None and not window.holds(end):
            source: Source | str = f"it is of a period until {end.date()}, beyond the window"
        else:
            source = source_of(item, bands, place.grid)
        if isinstance(source, str):
            log.warning("%s is left out: %s", item.id, source)
            left_out.append({"id": str(item.id), "reason": source})
        elif source.place.intersects(place.area):
            sources.append(source)
    return sources, left_out


def _warn_of_clouds(images: Sequence[Image]) -> None:
    """Warn that clouds stay where an item has no scene classes."""
    without = [
        source.name for image in images for source in image.sources if source.classes is None
    ]
    if without:
        log.warning(
            "%s no scene classes (SCL), so clouds stay in the image: %s",
            counted(len(without), "item has", "items have"),
            ", ".join(without[:3]) + (" …" if len(without) > 3 else ""),
        )


def _warn_of_periods(images: Sequence[Image]) -> None:
    """Warn that the day of a scene is the first of a longer period."""
    for image in images:
        for source in image.sources:
            end = end_of(source.item)
            if end is not None and end.date() > image.day:
                log.warning(
                    "%s is of a period, %s to %s, and no day; its first day counts",
                    source.name,
                    image.day,
                    end.date(),
                )


def _why_unseen(looks: Sequence[Look], missing: Sequence[dict[str, str]]) -> str:
    """Return why no image shows something of the area."""
    if any(look.seen_share for look in looks):
        return f"{counted(len(looks), 'image shows', 'images show')} clouds only; {_WIDEN}"
    if missing:
        return f"{missing[-1]['reason']}; {_WIDEN}, or name another catalogue (--catalog)"
    return (
        f"{counted(len(looks), 'image shows', 'images show')} nothing of the area, though the"
        " catalogue says so: it may state their place wrongly; name another catalogue (--catalog)"
    )


def _why_none(
    images: Sequence[Image], left_out: Sequence[dict[str, str]], selection: Selection
) -> str:
    if images:
        least = min(image.cloud_cover or 0 for image in images)
        return (
            f"{counted(len(images), 'image has', 'images have')} more than"
            f" {selection.max_cloud:g} % of clouds, the clearest {least:.0f} %; raise max_cloud"
            f" (--max-cloud), or {_WIDEN}"
        )
    if left_out:
        first = left_out[0]
        return (
            f"no image can be used ({first['id']}: {first['reason']}); name other bands (--bands),"
            f" or {_WIDEN}"
        )
    return f"no image reaches into the area; {_WIDEN}"
