"""Find what somebody changed in a mapped inventory, and make labels of it."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from slidelens.analysis.overlay import shapes_of
from slidelens.analysis.review.changes import KEPT, KINDS, Change, find_changes
from slidelens.analysis.review.ground import is_inside, known_ground, statements_of, uncovered
from slidelens.analysis.review.outlines import Outlines, pair_same
from slidelens.api.inputs.inventories import InventoryLike, PathLike
from slidelens.api.review.both import BothInventories, read_both
from slidelens.api.review.corrected import correct
from slidelens.api.review.earlier import JoinedLabels, join_earlier, plain_ground, plain_labels
from slidelens.api.review.notes import tell_doubts
from slidelens.api.review.result import Review
from slidelens.api.review.reviewer import REVIEWED_AT, REVIEWED_BY, Reviewer, make_reviewer
from slidelens.api.review.rows import label_rows, reviewers
from slidelens.errors import InventoryError, ParamsError
from slidelens.geo.vectors.columns import column_texts
from slidelens.geo.vectors.labels import CLASS, LANDSLIDE
from slidelens.types import Mask

TOLERANCE_M = 0.1
_LARGEST_TOLERANCE_M = 100.0


def review(
    mapped: InventoryLike,
    edited: InventoryLike,
    *,
    by: str,
    reviewed: InventoryLike | None = None,
    accept_unchanged: bool = False,
    previous: PathLike | None = None,
    at: str | None = None,
    tolerance_m: float = TOLERANCE_M,
) -> Review:
    """Find what somebody changed in a mapped inventory, and make labels of it.

    What was drawn or re-shaped is landslide; what was deleted, cut away or given the class
    `not landslide` is none. All other ground stays unknown, unless it is said that it was looked
    at.

    Args:
        mapped: The inventory before its editing.
        edited: The inventory after it, in any CRS.
        by: Name of whoever has edited it.
        reviewed: Ground that was checked completely: landslides in it are right, all else is
            none.
        accept_unchanged: Take landslides that were not changed for right, wherever they are.
        previous: Labels of an earlier review, which are kept as far as they still hold.
        at: Date, or date and time, of the review; by default when `edited` was last saved.
        tolerance_m: How far outlines may lie apart and be the same, metres.

    Raises:
        InventoryError: One cannot be read, they lie apart, or nothing is known from them.
        ParamsError: The name is empty, or time or tolerance cannot be used.
    """
    if not 0 < tolerance_m <= _LARGEST_TOLERANCE_M:
        raise ParamsError(
            f"the tolerance (--tolerance-m) is {tolerance_m:g} m; give more than 0 and up to"
            f" {_LARGEST_TOLERANCE_M:g}"
        )
    both = read_both(mapped, edited, reviewed, previous, tolerance_m)
    reviewer = make_reviewer(by, at, both.edited)
    before, after = both.before[1], both.after[1]
    changes = find_changes(before, after, tolerance_m)
    who = reviewers(both.before[0], both.after[0], changes, reviewer)
    confirmed = _confirmed(both, changes, who, accept_unchanged)
    who = [
        reviewer if found is None and sure else found
        for found, sure in zip(who, confirmed, strict=True)
    ]
    statements = statements_of(before, after, changes, confirmed, tolerance_m)
    new = label_rows(statements, changes, both.before, who, reviewer, both.names[0], both.crs)
    earlier = plain_labels(new).iloc[:0] if both.earlier is None else both.earlier.rows
    joined = join_earlier(earlier, new, after, tolerance_m)
    who = _who_labelled(joined.labels, after, who, tolerance_m)
    known = _known(both, joined, who, reviewer, tolerance_m)
    if known.empty:
        raise InventoryError(
            f"{both.names[1]} has the landslides of {both.names[0]}, unchanged: nothing is known"
            " from it; save the edits in QGIS, or say what was looked at with reviewed"
            " (--reviewed AREA) or accept_unchanged (--accept-unchanged)"
        )
    tell_doubts(both, changes, joined.labels, known, tolerance_m)
    return Review(
        labels=joined.labels,
        known=known,
        corrected=correct(both.before, both.after, changes, who),
        mapped=both.mapped[0] if both.mapped[1] is None else both.mapped[1],
        changes=_summary(before, after, changes),
        confirmed=int(confirmed.sum()),
        superseded=None if both.earlier is None else len(joined.gone),
        reviewer=reviewer,
        inputs=both.paths,
    )


def _confirmed(
    both: BothInventories,
    changes: Sequence[Change],
    who: Sequence[Reviewer | None],
    accept_unchanged: bool,
) -> Mask:
    """Return whether each row after the changes is a landslide that was kept and is right."""
    after = both.after[1]
    kept = np.zeros(len(after), dtype=bool)
    kept[[row for change in changes if change.kind == KEPT for row in change.after]] = True
    sure = np.array([found is not None for found in who], dtype=bool) | accept_unchanged
    if both.area is not None and len(after):
        sure |= is_inside(after.shapes, both.area)
    confirmed: Mask = kept & sure & after.is_landslide
    return confirmed


def _who_labelled(
    labels: gpd.GeoDataFrame,
    after: Outlines,
    who: Sequence[Reviewer | None],
    tolerance_m: float,
) -> list[Reviewer | None]:
    """Return who has reviewed each row according to the labels, which may be of earlier reviews."""
    found = list(who)
    slides = labels[labels[CLASS] == LANDSLIDE]
    rows = np.flatnonzero(after.is_landslide)
    names, times = (column_texts(slides, name) for name in (REVIEWED_BY, REVIEWED_AT))
    shapes = shapes_of(slides.geometry.to_numpy())
    for i, j in zip(*pair_same(shapes, after.landslides(), tolerance_m), strict=True):
        found[rows[j]] = Reviewer(names[i], times[i])
    return found


def _known(
    both: BothInventories,
    joined: JoinedLabels,
    who: Sequence[Reviewer | None],
    reviewer: Reviewer,
    tolerance_m: float,
) -> gpd.GeoDataFrame:
    """Return the ground that is known by this review and by the earlier ones."""
    after = both.after[1]
    is_unknown = after.is_landslide & np.array([each is None for each in who], dtype=bool)
    unknown = after.shapes[is_unknown]
    new = gpd.GeoDataFrame(
        {REVIEWED_BY: [reviewer.name], REVIEWED_AT: [reviewer.time]},
        geometry=[known_ground(shapes_of(joined.added.geometry.to_numpy()), both.area, unknown)],
        crs=both.crs,
    )
    frames = [plain_ground(new)]
    if both.earlier is not None:
        gone = joined.gone[joined.gone[CLASS] == LANDSLIDE].geometry.to_numpy()
        earlier = both.earlier.known
        shapes = shapes_of(earlier.geometry.to_numpy())
        rest = uncovered(shapes, np.concatenate([unknown, gone]), tolerance_m)
        frames.insert(0, plain_ground(earlier.set_geometry(rest, crs=earlier.crs)))
    frame = pd.concat(frames, ignore_index=True)
    known = gpd.GeoDataFrame(frame, geometry="geometry", crs=both.crs)
    return known[~known.is_empty].reset_index(drop=True)


def _summary(
    before: Outlines, after: Outlines, changes: Sequence[Change]
) -> dict[str, tuple[int, float, int, float]]:
    """Return polygons and areas before and after, by kind of change."""
    found = {}
    for kind in KINDS:
        old = [row for change in changes if change.kind == kind for row in change.before]
        new = [row for change in changes if change.kind == kind for row in change.after]
        areas = shapely.area(before.shapes[old]).sum(), shapely.area(after.shapes[new]).sum()
        found[kind] = (len(old), float(areas[0]), len(new), float(areas[1]))
    return found
