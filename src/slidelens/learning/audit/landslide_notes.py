"""Describe the landslides of a date, and note those that cannot be learnt."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from slidelens.escaping import counted
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.study.reading import IN_FILE, RawData
from slidelens.types import Int64

_LARGE_SHARE = 0.5  # of the area
_OVERLAP = 0.1  # of the smaller of two landslides, from which they overlap
_MAX_PAIRS = 200_000
# Of the landslide ground of a date; see `analysis.lifecycle.doubts`.
_LEAST_KEPT = 0.1
_FEW_LANDSLIDES = 10  # fewer may all have healed between two dates


def describe_landslides(raw: RawData) -> str:
    """Return number, area, share of the area and sizes of the landslides of an image."""
    inventory = raw.inventory
    if inventory is None:
        return "no inventory"
    outside = _number_outside(raw)
    where = "outside the area" if raw.known is None else "outside the mapped area"
    elsewhere = (f", {outside} more {where}" if outside else "") + _sparse(raw)
    if inventory.empty:
        return f"0 landslides{elsewhere}"
    areas_m2 = inventory.area
    return (
        f"{counted(len(inventory), 'landslide')}, {areas_m2.sum() / 1e6:.3f} km², "
        f"{areas_m2.min():.0f}–{areas_m2.max():.0f} m², "
        f"{100 * _landslide_share(raw):.2g} % of the area{elsewhere}"
    )


def _sparse(raw: RawData) -> str:
    """Return how much of the area is mapped, and how many polygons hold no landslide."""
    texts = []
    if raw.known is not None:
        share = (raw.known & raw.inside).sum() / raw.inside.sum()
        texts.append(f"{100 * share:.3g} % of the area mapped")
    if raw.negatives:
        texts.append(
            counted(raw.negatives, "polygon without landslide", "polygons without landslide")
        )
    return "".join(f", {text}" for text in texts)


def landslide_notes(raw: RawData) -> Iterator[str]:
    """Yield a line for each kind of landslide that is lost or doubtful."""
    inventory, name = raw.inventory, raw.target.name
    if inventory is None:
        return
    outside = _number_outside(raw)
    if inventory.empty and outside:
        yield (
            f"{name}: {raw.target.inventory} has no landslide in the area, but"
            f" {counted(outside, 'landslide')} elsewhere; the area counts as mapped without"
            " landslides; check the area and the CRS of both"
        )
        return
    grid, shapes = raw.scene.grid, inventory.geometry
    missing = _without_pixels(shapes, grid)
    if len(missing):
        smallest_m2 = float(inventory.area.iloc[missing].min())
        hold, are, them = ("holds", "is", "it") if len(missing) == 1 else ("hold", "are", "them")
        yield (
            f"{name}: {len(missing)} of {len(inventory)} landslides {hold} no pixel centre of "
            f"{grid.pixel_m:g} m (the smallest has {smallest_m2:.3g} m²) and {are} neither learnt "
            f"nor scored; use smaller pixels (study.pixel_m), or take {them} out"
        )
    yield from _overlap_notes(inventory, name)
    share = _landslide_share(raw)
    if share > _LARGE_SHARE:
        yield (
            f"{name}: landslides cover {100 * share:.0f} % of the area; "
            f"check that {raw.target.inventory} holds landslides and not outlines of areas"
        )


def increment_note(earlier: RawData, later: RawData) -> str | None:
    """Return a note if hardly any landslide ground of a date is mapped again at the next.

    Args:
        earlier: A mapped date.
        later: The next mapped date, on the same grid.
    """
    if not (_count(later) and _count(earlier) >= _FEW_LANDSLIDES):
        return None
    assert earlier.polygons is not None
    assert later.polygons is not None
    grid = later.scene.grid
    before, after = (
        rasterise(polygons.geometry, grid) for polygons in (earlier.polygons, later.polygons)
    )
    before &= later.scene.valid
    kept = float((before & after).sum() / max(before.sum(), 1))
    if not before.any() or kept >= _LEAST_KEPT:
        return None
    return (
        f"of the landslide ground of {earlier.target.name}, {100 * kept:.1f} % is mapped again in "
        f"{later.target.name}; if the inventories hold only what is new, older landslides are "
        "learnt as stable ground: add them to each inventory"
    )


def _count(raw: RawData) -> int:
    return 0 if raw.inventory is None else len(raw.inventory)


def _number_outside(raw: RawData) -> int:
    assert raw.polygons is not None
    assert raw.inventory is not None
    return int(raw.polygons.attrs.get(IN_FILE, len(raw.inventory))) - len(raw.inventory)


def _landslide_share(raw: RawData) -> float:
    assert raw.polygons is not None
    landslide = rasterise(raw.polygons.geometry, raw.scene.grid) & raw.inside
    return float(landslide.sum() / raw.inside.sum())


def _without_pixels(shapes: gpd.GeoSeries, grid: Grid) -> Int64:
    """Return the positions of the landslides that hold no pixel centre."""
    shown = np.isin(np.arange(1, len(shapes) + 1), rasterise_ids(shapes, grid))
    absent = np.flatnonzero(~shown)
    # Later landslides may lie on all pixels of one.
    alone = np.isin(np.arange(1, len(absent) + 1), rasterise_ids(shapes.iloc[absent], grid))
    return absent[~alone]


def _overlap_notes(inventory: gpd.GeoDataFrame, name: str) -> Iterator[str]:
    shapes = inventory.geometry.to_numpy()
    twice = inventory.geometry.normalize().to_wkb().duplicated()
    if twice.any():
        yield (
            f"{name}: landslides that are drawn twice: {int(twice.sum())} (the first at "
            f"{_place(shapes[int(np.flatnonzero(twice)[0])])}); take the copies out"
        )
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = (first < second) & ~twice.to_numpy()[second] & ~twice.to_numpy()[first]
    first, second = first[pairs], second[pairs]
    if not 0 < len(first) <= _MAX_PAIRS:
        return
    try:
        common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    except shapely.errors.GEOSException:  # of outlines that became invalid in the grid's CRS
        return
    areas = shapely.area(shapes)
    overlapping = common > _OVERLAP * np.minimum(areas[first], areas[second])
    if overlapping.any():
        yield (
            f"{name}: pairs of landslides that overlap: {int(overlapping.sum())} (the first at "
            f"{_place(shapes[second[overlapping][0]])}); common ground counts for one of them"
        )


def _place(shape: shapely.Geometry) -> str:
    point = shapely.point_on_surface(shape)
    return f"{point.x:.7g}, {point.y:.7g}"
