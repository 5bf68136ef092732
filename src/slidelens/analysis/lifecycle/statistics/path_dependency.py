"""Path dependency: do landslides occur more often where earlier ones occurred?

Samia et al. (2017, doi 10.1007/s10346-016-0739-x and 10.1016/j.geomorph.2017.04.039) compare how
often a landslide touches an earlier one with what chance would give, and find that the excess
decays over the years. In an inventory that lists all landslide ground of a date, the failures of a
date must be separated from what still stands: here they are its new ground. A failure within
ground that is still bare is invisible, so the shares are rather too low than too high.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from scipy.special import bdtrc

from slidelens.analysis.lifecycle.statistics.evolution import ACTIVE
from slidelens.analysis.lifecycle.statistics.placements import place_at_random
from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.analysis.overlay import (
    difference,
    empties,
    intersection,
    shapes_of,
    touching,
    union_by,
)
from slidelens.types import Shapes


def failures(
    life: Lifecycle, tolerance_m: float = 5.0, min_area_m2: float = 100.0
) -> dict[str, Shapes]:
    """Return the failures of each date: patches of ground that was not landslide the date before.

    At the first date all landslides are failures. Ground that the date before did not observe is
    as it was when last observed, also where it is a part of a landslide.

    Args:
        life: The histories.
        tolerance_m: Patches nowhere wider than this beyond the old outline are drawing errors and
            are dropped, metres.
        min_area_m2: Smallest patch, m².
    """
    failures_by_date, before = {}, empties(0)
    for date, standing in zip(life.ledger["date"], life.standing, strict=True):
        rows = life.observations[life.observations["date"] == date]
        shapes = shapes_of(rows.geometry.to_numpy())
        active = shapes[rows["state"].isin(ACTIVE).to_numpy()]
        patches = shapely.get_parts(_new_ground(active, before, tolerance_m))
        failures_by_date[str(date)] = patches[shapely.area(patches) >= min_area_m2]
        before = standing
    return failures_by_date


def _new_ground(shapes: Shapes, before: Shapes, tolerance_m: float) -> Shapes:
    """Return (n,) the shapes minus earlier ground, without slivers along it."""
    if not len(before):
        return shapes
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
    """Compare the share of failures that touch earlier failures with chance.

    Chance is the share of the same failures that touch them when placed at random in the area.
    Landslides keep to steep ground, so a ratio slightly above 1 is not yet path dependency; see
    how it decays with the years.

    Args:
        patches: Failures by date label, in chronological order.
        years: Decimal year by date label.
        area: Where failures may occur; by default the convex hull of all failures.
        touch_m: Largest distance of failures that touch, metres.
        seed: Seed of the placements.

    Returns:
        A row for each pair of dates: date, earlier, years_since, failures, following, share,
        chance, ratio (NaN if chance is 0) and p (binomial, one-sided; too small, as the failures
        of a cluster are not independent).
    """
    labels, rng = list(patches), np.random.default_rng(seed)
    region = area or _convex_hull(np.concatenate([*patches.values(), empties(0)]))
    rows = []
    for position, date in enumerate(labels):
        placed = place_at_random(patches[date], region, touch_m, rng)
        for earlier in labels[:position]:
            number = len(patches[date])
            following = len(np.unique(touching(patches[date], patches[earlier], touch_m)[0]))
            share = following / number if number else None
            chance = placed.share_touching(patches[earlier], touch_m)
            year, earlier_year = years.get(date), years.get(earlier)
            since = None if year is None or earlier_year is None else year - earlier_year
            rows.append((date, earlier, since, len(patches[date]), share, chance))
    columns = ["date", "earlier", "years_since", "failures", "share", "chance"]
    return _add_ratio(pd.DataFrame(rows, columns=columns))


def by_years_since(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pool the pairs of dates by whole years between them.

    Args:
        pairs: Result of `path_dependency`.

    Returns:
        A row for each number of years: years_since, failures, following, share, chance, ratio, p.
    """
    known = pairs[pairs["years_since"].notna() & (pairs["failures"] > 0)]
    known = known.assign(
        years_since=known["years_since"].astype(float).round().astype(int),
        expected=known["chance"] * known["failures"],
    )
    sums = known.groupby("years_since")[["failures", "following", "expected"]].sum().reset_index()
    table = sums.assign(
        share=sums["following"] / sums["failures"], chance=sums["expected"] / sums["failures"]
    )
    return _add_ratio(table.drop(columns=["following", "expected"]))


def _convex_hull(shapes: Shapes) -> shapely.Geometry:
    return shapely.MultiPoint(shapely.get_coordinates(shapes)).convex_hull


def _add_ratio(table: pd.DataFrame) -> pd.DataFrame:
    share, chance = table["share"].astype(float), table["chance"].astype(float)
    following = (share * table["failures"]).fillna(0).round().astype(int)
    ratio = (share / chance).where(chance > 0)
    tests = zip(following, table["failures"], chance, strict=True)
    p = [
        float(bdtrc(k - 1, n, c))  # of k or more among n
        if n and np.isfinite(c)
        else np.nan
        for k, n, c in tests
    ]
    return table.assign(share=share, chance=chance, following=following, ratio=ratio, p=p)
