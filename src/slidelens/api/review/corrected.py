"""The corrected inventory: all landslides, and who has reviewed them."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from slidelens.analysis.review.changes import DRAWN, KEPT, Change
from slidelens.analysis.review.outlines import Outlines
from slidelens.api.review.reading import ID, SHAPEFILE_NAME, find_cut_column
from slidelens.api.review.reviewer import REVIEWED_AT, REVIEWED_BY, Reviewer
from slidelens.api.review.rows import texts_column
from slidelens.geo.vectors.columns import column_texts, find_column
from slidelens.layers.provenance import insert_columns
from slidelens.types import Int64, Mask

_METHOD = "method"
_NO_ID = -1
_MEASURES = {"area_m2": "area", "perimeter_m": "length"}


def correct(
    before: tuple[gpd.GeoDataFrame, Outlines],
    after: tuple[gpd.GeoDataFrame, Outlines],
    changes: Sequence[Change],
    who: Sequence[Reviewer | None],
) -> gpd.GeoDataFrame:
    """Return the landslides after a review, with ids that stay and those who have reviewed them.

    Landslides that were kept have the outline that was mapped. The largest part of a landslide that
    was split, and one that was merged, keep the id of the largest before; others get new ids.

    Args:
        before: The rows as they were, and their outlines.
        after: The rows as they are, and their outlines.
        changes: What became of them.
        who: Who has reviewed each row.
    """
    frame, outlines = after
    areas = shapely.area(before[1].shapes).tolist()
    source = np.full(len(frame), -1, dtype=np.int64)
    kinds = np.full(len(frame), KEPT, dtype=object)
    for change in changes:
        largest = max(change.before, key=areas.__getitem__, default=-1)
        source[list(change.after)] = largest
        kinds[list(change.after)] = change.kind
    kept: Mask = kinds == KEPT
    shapes = outlines.shapes.copy()
    shapes[kept] = before[1].shapes[source[kept]]
    result = gpd.GeoDataFrame(
        _attributes(before[0], frame, source), geometry=shapes, crs=before[0].crs
    )
    for column, measure in _MEASURES.items():
        if column in result:
            measured = np.round(getattr(result, measure).to_numpy(), 1)
            result[column] = np.where(kept, result[column], measured).astype(float)
    _number(result, before[0], source, kept)
    _tell_method(result, kinds)
    landslides = result[outlines.is_landslide]
    people = [who[row] for row in landslides.index]
    before_it = [find_column(landslides, name) for name in (REVIEWED_BY, REVIEWED_AT)]
    landslides = landslides.drop(columns=[name for name in before_it if name is not None])
    return insert_columns(
        landslides.reset_index(drop=True),
        {
            REVIEWED_BY: [each.name or None if each else None for each in people],
            REVIEWED_AT: [each.time or None if each else None for each in people],
        },
    )


def _attributes(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, source: Int64
) -> dict[str, pd.Series]:
    """Return the columns of both: edited values, and those before where the column was lost."""
    columns: dict[str, pd.Series] = {}
    found: set[str] = set()
    for name in before.columns.drop("geometry"):
        edited = _edited_column(before, after, str(name).lower())
        if edited is not None:
            columns[name] = after[edited]
            found.add(edited)
        else:
            values = before[name].reindex(source)  # missing where the source is −1
            columns[name] = values.set_axis(after.index)
    known = {str(name).lower() for name in columns}
    for name in after.columns.drop("geometry"):
        if str(name).lower() not in known and name not in found:
            columns[name] = after[name]
    return columns


def _edited_column(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, name: str) -> str | None:
    """Return the column after that was a column before; a Shapefile cuts its name."""
    starts = [str(each).lower()[:SHAPEFILE_NAME] for each in before.columns]
    find = find_cut_column if starts.count(name[:SHAPEFILE_NAME]) == 1 else find_column
    return find(after, name)


def _number(result: gpd.GeoDataFrame, before: gpd.GeoDataFrame, source: Int64, kept: Mask) -> None:
    """Give each row the id of its source, or a new one, if ids are whole numbers, each once."""
    column = find_column(before, ID)
    texts = column_texts(before, ID)
    if column is None or not all(text.isdecimal() for text in texts):
        return
    numbers = np.array([int(text) for text in texts], dtype=np.int64)
    if len(set(numbers.tolist())) < len(numbers):
        return
    edited = [int(text) for text in column_texts(result, ID) if text.isdecimal()]
    following = max([0, *numbers.tolist(), *edited]) + 1
    ids = np.full(len(result), _NO_ID, dtype=np.int64)
    taken: set[int] = set()
    by_size = np.argsort(-result.area.to_numpy(), kind="stable")
    for row in sorted(by_size.tolist(), key=lambda row: not kept[row]):
        if source[row] >= 0 and source[row] not in taken:
            taken.add(int(source[row]))
            ids[row] = numbers[source[row]]
    new = np.flatnonzero(ids == _NO_ID)
    ids[new] = following + np.arange(len(new))
    result[column] = ids


def _tell_method(result: gpd.GeoDataFrame, kinds: np.ndarray) -> None:
    """Say in the column `method`, if there is one, which outlines are not those of the map."""
    if _METHOD not in result:
        return
    texts = [
        text if kind == KEPT or "by hand" in text else _by_hand(text, kind)
        for text, kind in zip(column_texts(result, _METHOD), kinds, strict=True)
    ]
    result[_METHOD] = texts_column(texts)


def _by_hand(text: str, kind: str) -> str:
    done = f"{kind} by hand"
    return done if kind == DRAWN or not text else f"{text}; {done}"
