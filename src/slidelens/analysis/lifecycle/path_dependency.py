"""Do landslides follow landslides?

Samia et al. (2017, doi 10.1007/s10346-016-0739-x and 10.1016/j.geomorph.2017.04.039) ask how often a landslide touches an earlier one,
against what chance would give, and find the excess to fade over the years. In an inventory that lists all landslide ground of a date the
failures of a date have to be told from what still stands: here they are its new ground. A failure within ground that is still bare does
not show, so that the shares are low rather than high.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from scipy.stats import binomtest

from slidelens.analysis.lifecycle.evolution import ACTIVE
from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.analysis.overlay import (
    difference,
    empties,
    intersection,
    shapes_of,
    touching,
    union_by,
)
from slidelens.types import Float64, Shapes

_PLACEMENTS = 5_000  # of failures, at each date


def failures(
    life: Lifecycle, tolerance_m: float = 5.0, min_area_m2: float = 100.0
) -> dict[str, Shapes]:
    """Failures of each date: patches of landslide ground that was none at the date before.

    Patches of new, expanded and reactivated landslides that are nowhere wider than `tolerance_m` beyond the old outline are drawing
    error, and those under `min_area_m2` are left out. At the first date nothing is known of before: all its landslides are failures.
    """
    found, before = {}, empties(0)
    for date in life.ledger["date"]:
        rows = life.observations[
            (life.observations["date"] == date) & (life.observations["area_m2"] > 0)
        ]
        shapes = shapes_of(rows.geometry.to_numpy())
        active = shapes[rows["state"].isin(ACTIVE).to_numpy()]
        patches = shapely.get_parts(_new_ground(active, before, tolerance_m))
        found[str(date)] = patches[shapely.area(patches) >= min_area_m2]
        before = shapes
    return found


def _new_ground(shapes: Shapes, before: Shapes, tolerance_m: float) -> Shapes:
    """(n,) the shapes less what was there before, without what is only a sliver along it."""
    a, b = touching(shapes, before, tolerance_m)
    old = union_by(a, before[b], len(shapes))
    core = difference(shapes, shapely.buffer(old, tolerance_m, quad_segs=4))
    return intersection(difference(shapes, old), shapely.buffer(core, tolerance_m, quad_segs=4))


def path_dependency(
    patches: Mapping[str, Shapes],
    years: Mapping[str, float | None],
    area: shapely.Geometry | None = None,
    touch_m: float = 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Share of the failures of a date that touch failures of an earlier one, against chance.

    Chance is the share of the same failures that touch them when each is put down anywhere in the area. Landslides keep to steep ground,
    so that a ratio a little above 1 is no path dependency yet; look at how it falls with the years.

    patches: failures by date, in time order; years: decimal year by date; touch_m: failures no further apart touch, metres
    area: where a failure could be, by default the convex hull of all of them
    Returns a row for each pair of dates: date, earlier, years_since, failures, following, share, chance, ratio (None where chance is 0),
    p (binomial, one-sided; failures of a cluster are not independent, so that it flatters).
    """
    labels, rng = list(patches), np.random.default_rng(seed)
    where = (
        area
        or shapely.MultiPoint(
            shapely.get_coordinates(np.concatenate([*patches.values(), empties(0)]))
        ).convex_hull
    )
    rows = []
    for position, date in enumerate(labels):
        anywhere = _placed(patches[date], where, touch_m, rng)
        for earlier in labels[:position]:
            following = _share_touching(patches[date], patches[earlier], touch_m)
            chance = _share_touching(anywhere, patches[earlier], touch_m)
            now, then = years.get(date), years.get(earlier)
            since = None if now is None or then is None else now - then
            rows.append((date, earlier, since, len(patches[date]), following, chance))
    columns = ["date", "earlier", "years_since", "failures", "share", "chance"]
    return _with_ratio(pd.DataFrame(rows, columns=columns))


def by_years_since(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs of dates put together by whole years between them: years_since, failures, following, share, chance, ratio, p."""
    known = pairs[pairs["years_since"].notna() & (pairs["failures"] > 0)]
    known = known.assign(
        years_since=known["years_since"].astype(float).round().astype(int),
        expected=known["chance"] * known["failures"],
    )
    sums = known.groupby("years_since")[["failures", "following", "expected"]].sum().reset_index()
    table = sums.assign(
        share=sums["following"] / sums["failures"], chance=sums["expected"] / sums["failures"]
    )
    return _with_ratio(table.drop(columns=["following", "expected"]))


def _placed(
    patches: Shapes, area: shapely.Geometry, touch_m: float, rng: np.random.Generator
) -> Shapes:
    """Copies of the patches, true to `touch_m`, each with its centroid anywhere in the area."""
    if not len(patches):
        return patches
    copies = np.repeat(shapely.simplify(patches, touch_m), max(1, _PLACEMENTS // len(patches)))
    centre = shapely.get_coordinates(shapely.centroid(copies))
    shift = _anywhere(area, len(copies), rng) - centre
    points, member = shapely.get_coordinates(copies, return_index=True)
    return shapely.set_coordinates(copies.copy(), points + shift[member])


def _anywhere(area: shapely.Geometry, count: int, rng: np.random.Generator) -> Float64:
    """(count, 2) points spread evenly over an area."""
    left, bottom, right, top = shapely.bounds(area)
    shapely.prepare(area)
    found = np.zeros((0, 2))
    while len(found) < count:
        points = rng.uniform((left, bottom), (right, top), (2 * count, 2))
        found = np.concatenate([found, points[shapely.contains_xy(area, points)]])
    return found[:count]


def _share_touching(patches: Shapes, earlier: Shapes, touch_m: float) -> float | None:
    if not len(patches):
        return None
    return len(np.unique(touching(patches, earlier, touch_m)[0])) / len(patches)


def _with_ratio(table: pd.DataFrame) -> pd.DataFrame:
    share, chance = table["share"].astype(float), table["chance"].astype(float)
    following = (share * table["failures"]).fillna(0).round().astype(int)
    ratio = (share / chance).where(chance > 0)
    tests = zip(following, table["failures"], chance, strict=True)
    p = [
        binomtest(int(k), int(n), c, alternative="greater").pvalue
        if n and np.isfinite(c)
        else np.nan
        for k, n, c in tests
    ]
    return table.assign(share=share, chance=chance, following=following, ratio=ratio, p=p)
