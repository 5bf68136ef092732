"""How well a lifecycle tells ids and states, where the truth is known."""

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
from slidelens.types import Int64

ABSENT = "none"


@dataclass(frozen=True)
class IdentityScore:
    """Identity precision, recall and F1 over all mapped observations.

    matched: observations whose landslide is told by the id that stands for it throughout; found: true observations that are told under any
    id; true, told: observations in all; each a count
    Source: Ristani et al. 2016, Performance measures and a data set for multi-target tracking, doi 10.1007/978-3-319-48881-3_2.
    """

    matched: int
    found: int
    true: int
    told: int

    @property
    def precision(self) -> float | None:
        """Of the observations told, the share under the right id; None where nothing was told."""
        return self.matched / self.told if self.told else None

    @property
    def recall(self) -> float | None:
        """Of the true observations, the share found under the right id; None where there are none."""
        return self.matched / self.true if self.true else None

    @property
    def association(self) -> float | None:
        """Of the true observations that are told at all, the share under the right id: ids alone, whatever was missed; None without any."""
        return self.matched / self.found if self.found else None

    @property
    def f1(self) -> float | None:
        """2 matched / (true + told); None where there is neither."""
        return 2 * self.matched / (self.true + self.told) if self.true + self.told else None


@dataclass(frozen=True)
class TruthScore:
    """Ids and states against the truth.

    identity: over all dates; by_date: the same ids, counted at each date
    states: confusion table, true states in rows and told ones in columns, `none` where there is no observation; dates as first level
    """

    identity: IdentityScore
    by_date: dict[str, IdentityScore]
    states: pd.DataFrame

    def state_accuracy(self, date: str | None = None) -> float | None:
        """Share of the landslides with a state in both that have the same, at a date or at all of them; None where there are none."""
        table = self.states if date is None else self.states[self.states["date"] == date]
        both = table[(table["true"] != ABSENT) & (table["told"] != ABSENT)]
        total = both["count"].sum()
        return (
            float(both.loc[both["true"] == both["told"], "count"].sum() / total) if total else None
        )

    def confusion(self) -> pd.DataFrame:
        """True states in rows, told ones in columns, all dates together."""
        return self.states.pivot_table(
            index="true", columns="told", values="count", aggfunc="sum", fill_value=0
        )

    def to_json(self) -> dict[str, Any]:
        """Scores by date and over all, and the confusion table."""
        identity = {
            name: getattr(self.identity, name)
            for name in ("f1", "precision", "recall", "association")
        }
        dates = {
            date: {"identity_f1": score.f1, "state_accuracy": self.state_accuracy(date)}
            for date, score in self.by_date.items()
        }
        rows = self.confusion().T.to_dict().items()
        confusion = {
            str(row): {str(name): int(count) for name, count in counts.items()}
            for row, counts in rows
        }
        return {
            "identity": identity,
            "state_accuracy": self.state_accuracy(),
            "dates": dates,
            "states": confusion,
        }


def score_histories(
    truth: gpd.GeoDataFrame, told: gpd.GeoDataFrame, minimum_iou: float = 0.3
) -> TruthScore:
    """Compare told observations with true ones.

    Each true landslide is stood for by at most one told id, and each told id stands for at most one landslide: the assignment that
    explains most observations. A true and a told observation of the same date are of the same ground where the area they share is at
    least `minimum_iou` of the area they cover together.

    truth, told: columns landslide_id, date, state and geometry, one metric CRS; rows without mapped ground (healed, unobserved) count
        for the states only
    """
    matches = _matches(truth, told, minimum_iou)
    names = _assigned(matches)
    right = matches[matches["told"] == matches["true"].map(names)]
    dates = sorted({*truth["date"], *told["date"]})
    by_date = {date: _identity(matches, right, truth, told, [date]) for date in dates}
    return TruthScore(
        _identity(matches, right, truth, told, dates), by_date, _states(truth, told, names)
    )


def _mapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame[~frame["state"].isin(["healed", "unobserved"]) & ~frame.geometry.is_empty]


def _matches(truth: gpd.GeoDataFrame, told: gpd.GeoDataFrame, minimum_iou: float) -> pd.DataFrame:
    """Pairs of observations of the same ground and date: columns date, true, told (the ids)."""
    found = [pd.DataFrame({"date": [], "true": [], "told": []}, dtype=object)]
    mapped = _mapped(told)
    for date, real in _mapped(truth).groupby("date"):
        seen = mapped[mapped["date"] == date]
        left, right = snapped(real.geometry.to_numpy()), snapped(seen.geometry.to_numpy())
        pairs = overlaps(left, right)
        iou = pairs.area_m2 / (
            shapely.area(left)[pairs.left] + shapely.area(right)[pairs.right] - pairs.area_m2
        )
        same = pairs.where(iou >= minimum_iou)
        true, other = (
            real["landslide_id"].to_numpy()[same.left],
            seen["landslide_id"].to_numpy()[same.right],
        )
        found.append(pd.DataFrame({"date": date, "true": true, "told": other}, dtype=object))
    return pd.concat(found, ignore_index=True)


def _assigned(matches: pd.DataFrame) -> dict[Any, Any]:
    """The told id that stands for each true one, so that most observations are explained; groups of linked ids are solved apart."""
    true_ids, row = np.unique(matches["true"].to_numpy(), return_inverse=True)
    told_ids, column = np.unique(matches["told"].to_numpy(), return_inverse=True)
    if not len(matches):
        return {}
    shape = (len(true_ids), len(told_ids))
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
    return {true_ids[i]: told_ids[j] for i, j in pairs}


def _best_pairs(gain: np.ndarray, rows: Int64, columns: Int64) -> list[tuple[int, int]]:
    i, j = linear_sum_assignment(gain, maximize=True)
    used = gain[i, j] > 0
    return list(zip(rows[i[used]].tolist(), columns[j[used]].tolist(), strict=True))


def _identity(
    matches: pd.DataFrame,
    right: pd.DataFrame,
    truth: gpd.GeoDataFrame,
    told: gpd.GeoDataFrame,
    dates: list[str],
) -> IdentityScore:
    found = matches[["date", "true"]].drop_duplicates()
    return IdentityScore(
        *(
            int(rows["date"].isin(dates).sum())
            for rows in (right, found, _mapped(truth), _mapped(told))
        )
    )


def _states(truth: gpd.GeoDataFrame, told: gpd.GeoDataFrame, names: dict[Any, Any]) -> pd.DataFrame:
    """Columns date, true, told, count."""
    # a true landslide that no id stands for keeps a key of its own, so that it meets nobody
    keys = [
        ("told", names[number]) if number in names else ("true", number)
        for number in truth["landslide_id"]
    ]
    true = pd.DataFrame(
        {"key": keys, "date": truth["date"].to_numpy(), "true": truth["state"].to_numpy()}
    )
    keys = [("told", number) for number in told["landslide_id"]]
    other = pd.DataFrame(
        {"key": keys, "date": told["date"].to_numpy(), "told": told["state"].to_numpy()}
    )
    both = true.merge(other, on=["key", "date"], how="outer").fillna(ABSENT)
    return both.groupby(["date", "true", "told"]).size().rename("count").reset_index()
