"""Validate the ids and states of a lifecycle against a known truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.overlay import overlaps, snapped
from slidelens.types import Float64, Int64

ABSENT = "none"
_UNMAPPED = ("healed", "unobserved")


@dataclass(frozen=True)
class IdentityScore:
    """Identity precision, recall and F1 over all mapped observations.

    Attributes:
        matched: Observations under the id that is assigned to their true landslide.
        detected: True observations that are matched under any id.
        true: Number of true observations.
        estimated: Number of estimated observations.

    Source: Ristani et al. (2016), Performance measures and a data set for multi-target tracking,
    doi 10.1007/978-3-319-48881-3_2.
    """

    matched: int
    detected: int
    true: int
    estimated: int

    @property
    def precision(self) -> float | None:
        """Return the share of estimated observations under the right id; None without any."""
        return self.matched / self.estimated if self.estimated else None

    @property
    def recall(self) -> float | None:
        """Return the share of true observations under the right id; None without any."""
        return self.matched / self.true if self.true else None

    @property
    def association(self) -> float | None:
        """Return the share of matched true observations under the right id; None without any.

        It measures the ids alone, regardless of missed landslides.
        """
        return self.matched / self.detected if self.detected else None

    @property
    def f1(self) -> float | None:
        """Return 2 matched / (true + estimated); None without observations."""
        return (
            2 * self.matched / (self.true + self.estimated) if self.true + self.estimated else None
        )


@dataclass(frozen=True)
class TruthScore:
    """Scores of ids and states.

    Attributes:
        identity: Over all dates.
        by_date: At each date, with the assignment of ids over all dates.
        states: Confusion counts, with columns date, true, estimated and count; the state is
            `ABSENT` if there is no observation.
    """

    identity: IdentityScore
    by_date: dict[str, IdentityScore]
    states: pd.DataFrame

    def state_accuracy(self, date: str | None = None) -> float | None:
        """Return the share of equal states where both have one; None without any.

        Args:
            date: Date to score; by default all.
        """
        table = self.states if date is None else self.states[self.states["date"] == date]
        both = table[(table["true"] != ABSENT) & (table["estimated"] != ABSENT)]
        total = both["count"].sum()
        if not total:
            return None
        return float(both.loc[both["true"] == both["estimated"], "count"].sum() / total)

    def confusion(self) -> pd.DataFrame:
        """Return counts over all dates, with true states in rows and estimated ones in columns."""
        return self.states.pivot_table(
            index="true", columns="estimated", values="count", aggfunc="sum", fill_value=0
        )

    def to_json(self) -> dict[str, Any]:
        """Return scores by date and over all dates, and the confusion table."""
        names = ("f1", "precision", "recall", "association")
        return {
            "identity": {name: getattr(self.identity, name) for name in names},
            "state_accuracy": self.state_accuracy(),
            "dates": {
                date: {"identity_f1": score.f1, "state_accuracy": self.state_accuracy(date)}
                for date, score in self.by_date.items()
            },
            "states": {
                str(true): {str(estimated): int(count) for estimated, count in counts.items()}
                for true, counts in self.confusion().T.to_dict().items()
            },
        }


def score_histories(
    truth: gpd.GeoDataFrame, estimated: gpd.GeoDataFrame, minimum_iou: float = 0.3
) -> TruthScore:
    """Score estimated observations against true ones.

    True and estimated ids are assigned one to one so that most observations match. Two
    observations of the same date match if their intersection over union is at least `minimum_iou`.

    Args:
        truth: Columns landslide_id, date, state and geometry, in a metric CRS. Rows without mapped
            ground (healed, unobserved) count for the states only.
        estimated: The estimated observations, with the same columns and CRS.
        minimum_iou: 0…1.
    """
    matches = _match_observations(truth, estimated, minimum_iou)
    assigned = _assign_ids(matches)
    right = matches[matches["estimated"] == matches["true"].map(assigned)]
    dates = sorted({*truth["date"], *estimated["date"]})
    return TruthScore(
        identity=_identity(matches, right, truth, estimated, dates),
        by_date={date: _identity(matches, right, truth, estimated, [date]) for date in dates},
        states=_count_states(truth, estimated, assigned),
    )


def _mapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame[~frame["state"].isin(_UNMAPPED) & ~frame.geometry.is_empty]


def _match_observations(
    truth: gpd.GeoDataFrame, estimated: gpd.GeoDataFrame, minimum_iou: float
) -> pd.DataFrame:
    """Return the matching observations: columns date, true and estimated (the ids)."""
    frames = [pd.DataFrame({"date": [], "true": [], "estimated": []}, dtype=object)]
    estimated_mapped = _mapped(estimated)
    for date, true_rows in _mapped(truth).groupby("date"):
        estimated_rows = estimated_mapped[estimated_mapped["date"] == date]
        left = snapped(true_rows.geometry.to_numpy())
        right = snapped(estimated_rows.geometry.to_numpy())
        pairs = overlaps(left, right)
        iou = pairs.area_m2 / (
            shapely.area(left)[pairs.left] + shapely.area(right)[pairs.right] - pairs.area_m2
        )
        same = pairs.where(iou >= minimum_iou)
        ids = {
            "true": true_rows["landslide_id"].to_numpy()[same.left],
            "estimated": estimated_rows["landslide_id"].to_numpy()[same.right],
        }
        frames.append(pd.DataFrame({"date": date, **ids}, dtype=object))
    return pd.concat(frames, ignore_index=True)


def _assign_ids(matches: pd.DataFrame) -> dict[Any, Any]:
    """Return the estimated id of each true id; groups of linked ids are solved separately."""
    true_ids, row = np.unique(matches["true"].to_numpy(), return_inverse=True)
    estimated_ids, column = np.unique(matches["estimated"].to_numpy(), return_inverse=True)
    if not len(matches):
        return {}
    shape = (len(true_ids), len(estimated_ids))
    gain = coo_matrix((np.ones(len(row)), (row, column)), shape=shape).tocsr()
    both = coo_matrix((np.ones(len(row)), (row, column + shape[0])), shape=(sum(shape), sum(shape)))
    _, group = connected_components(both, directed=False)
    members = (
        (np.flatnonzero(group[: shape[0]] == g), np.flatnonzero(group[shape[0] :] == g))
        for g in np.unique(group)
    )
    pairs = [
        pair
        for rows, columns in members
        for pair in _best_pairs(gain[rows][:, columns].toarray(), rows, columns)
    ]
    return {true_ids[i]: estimated_ids[j] for i, j in pairs}


def _best_pairs(gain: Float64, rows: Int64, columns: Int64) -> list[tuple[int, int]]:
    i, j = linear_sum_assignment(gain, maximize=True)
    used = gain[i, j] > 0
    return list(zip(rows[i[used]].tolist(), columns[j[used]].tolist(), strict=True))


def _identity(
    matches: pd.DataFrame,
    right: pd.DataFrame,
    truth: gpd.GeoDataFrame,
    estimated: gpd.GeoDataFrame,
    dates: list[str],
) -> IdentityScore:
    def count(rows: pd.DataFrame) -> int:
        return int(rows["date"].isin(dates).sum())

    return IdentityScore(
        matched=count(right),
        detected=count(matches[["date", "true"]].drop_duplicates()),
        true=count(_mapped(truth)),
        estimated=count(_mapped(estimated)),
    )


def _count_states(
    truth: gpd.GeoDataFrame, estimated: gpd.GeoDataFrame, assigned: dict[Any, Any]
) -> pd.DataFrame:
    """Return columns date, true, estimated, count."""
    # A true landslide without an estimated id has a key of its own, which matches no other.
    true_keys = [
        ("estimated", assigned[number]) if number in assigned else ("true", number)
        for number in truth["landslide_id"]
    ]
    estimated_keys = [("estimated", number) for number in estimated["landslide_id"]]
    true_states, estimated_states = (
        pd.DataFrame(
            {"key": keys, "date": frame["date"].to_numpy(), name: frame["state"].to_numpy()}
        )
        for name, keys, frame in (
            ("true", true_keys, truth),
            ("estimated", estimated_keys, estimated),
        )
    )
    both = true_states.merge(estimated_states, on=["key", "date"], how="outer").fillna(ABSENT)
    return both.groupby(["date", "true", "estimated"]).size().rename("count").reset_index()
