"""Rows of labels: what is known of ground, who says so, and what the map said."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from slidelens.analysis.review.changes import KEPT, Change
from slidelens.analysis.review.ground import Statements
from slidelens.analysis.review.outlines import Outlines
from slidelens.api.review.reading import find_cut_column
from slidelens.api.review.reviewer import REVIEWED_AT, REVIEWED_BY, Reviewer
from slidelens.geo.vectors.columns import column_texts
from slidelens.geo.vectors.labels import CLASS, LANDSLIDE, NOT_LANDSLIDE
from slidelens.layers.marks import CHANGE
from slidelens.types import Float64

_PROBABILITY = "mean_probability"
COLUMNS = (
    CLASS,
    CHANGE,
    "mapped_id",
    "probability_before",
    "area_m2",
    REVIEWED_BY,
    REVIEWED_AT,
    "inventory",
)


def reviewers(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    changes: Sequence[Change],
    reviewer: Reviewer,
) -> list[Reviewer | None]:
    """Return who has reviewed each row after the changes; None if nobody has.

    A row that was changed has the reviewer, or whoever was entered in its column `reviewed_by`.
    One that was kept has whom the column names, and the time of an earlier review.

    Args:
        before: The rows as they were.
        after: The rows as they are.
        changes: What became of them.
        reviewer: Who has made the changes.
    """
    named = column_texts(after, REVIEWED_BY)
    earlier, times = (
        column_texts(before, REVIEWED_BY),
        column_texts(before, REVIEWED_AT),
    )
    found: list[Reviewer | None] = [None] * len(after)
    for change in changes:
        known = {earlier[i] for i in change.before}
        for row in change.after:
            is_entered = named[row] not in ("", *known)
            if is_entered:
                found[row] = Reviewer(named[row], reviewer.time)
            elif change.kind != KEPT:
                found[row] = reviewer
            elif name := earlier[change.before[0]]:
                found[row] = Reviewer(name, times[change.before[0]])
    return found


def label_rows(
    statements: Statements,
    changes: Sequence[Change],
    before: tuple[gpd.GeoDataFrame, Outlines],
    who: Sequence[Reviewer | None],
    reviewer: Reviewer,
    inventory: str,
    crs: object,
) -> gpd.GeoDataFrame:
    """Return a row for each polygon of which something is known.

    Args:
        statements: What is known.
        changes: The changes that say so.
        before: The rows as they were, and their outlines.
        who: Who has reviewed each row after the changes.
        reviewer: Who has taken ground away.
        inventory: Name of the inventory that was reviewed.
        crs: CRS of the polygons.
    """
    frame, outlines = before
    found = [changes[number] for number in statements.change]
    chance = _probabilities(frame)
    people = [who[row] if row >= 0 else reviewer for row in statements.row]
    kinds = [LANDSLIDE if each else NOT_LANDSLIDE for each in statements.is_landslide]
    areas = shapely.area(statements.shapes)
    columns = {
        CLASS: texts_column(kinds),
        CHANGE: texts_column([each.kind for each in found]),
        "mapped_id": texts_column([_ids(outlines, each) for each in found]),
        "probability_before": [_mean(chance, outlines, each) for each in found],
        "area_m2": np.round(areas.astype(np.float64), 1),
        REVIEWED_BY: texts_column([each.name if each else "" for each in people]),
        REVIEWED_AT: texts_column([each.time if each else "" for each in people]),
        "inventory": texts_column([inventory] * len(found)),
    }
    return gpd.GeoDataFrame(columns, geometry=statements.shapes, crs=crs)


def _ids(outlines: Outlines, change: Change) -> str:
    return ", ".join(filter(None, (outlines.ids[row] for row in change.before)))


def _probabilities(frame: gpd.GeoDataFrame) -> Float64:
    column = find_cut_column(frame, _PROBABILITY)
    if column is None:
        return np.full(len(frame), np.nan)
    values: Float64 = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
    return values


def _mean(chance: Float64, outlines: Outlines, change: Change) -> float:
    """Return the mean probability of the rows before a change, by area; NaN without any."""
    rows = [row for row in change.before if np.isfinite(chance[row])]
    if not rows:
        return float("nan")
    return float(np.average(chance[rows], weights=shapely.area(outlines.shapes[rows])))


def texts_column(values: Sequence[str]) -> pd.api.extensions.ExtensionArray:
    """Return text as a column, missing where it is empty.

    Args:
        values: A text for each row.
    """
    return pd.array([value or pd.NA for value in values], dtype="string")
