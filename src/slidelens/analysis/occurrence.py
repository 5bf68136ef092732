"""When each landslide occurred: between which dates, and how likely that is."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.analysis.revision.logistic import fit_logistic, log_odds
from slidelens.types import Float64, Int64, Mask, Shapes

BEFORE_ALL = -1  # number of the date before the first one
COLUMNS = ("occurred_after", "occurred_by", "occurrence_confidence")
_MINIMUM = 8  # right and wrong intervals that the confidence is calibrated with
_LEAST_SHARED = 0.25  # overlap of the smaller, from which two outlines are one landslide


@dataclass(frozen=True)
class Intervals:
    """The intervals in which landslides occurred, as numbers of dates.

    Attributes:
        after: (n,) last date before that shows enough of the ground, or BEFORE_ALL.
        by: (n,) first date at which the landslide is mapped.
    """

    after: Int64
    by: Int64

    def covers(self, other: Intervals) -> Mask:
        """Return whether each interval holds the other one."""
        return np.asarray((self.after <= other.after) & (other.by <= self.by))


def intervals(first: Int64, seen: Float64, minimum_seen: float) -> Intervals:
    """Return the interval of each landslide.

    Args:
        first: (n,) date at which each is first mapped.
        seen: (dates, n) share of its first ground that each date shows.
        minimum_seen: Share from which a date shows the ground.
    """
    dates = np.arange(len(seen))[:, None]
    usable = (seen >= minimum_seen) & (dates < first)
    return Intervals(np.where(usable, dates, BEFORE_ALL).max(axis=0), np.asarray(first))


def evidence_of_onset(found: Intervals, onset: Float64) -> Float64:
    """Return the (n,) mean probability that landslide began within each interval.

    Args:
        found: The intervals.
        onset: (dates, n) mean over each landslide's first ground of the probability that landslide
            began since the date before.
    """
    dates = np.arange(len(onset))[:, None]
    within = (dates > found.after) & (dates <= found.by)
    return np.asarray(np.minimum((onset * within).sum(axis=0), 1.0))


def first_ground(life: Lifecycle) -> Shapes:
    """Return the (n,) ground of each landslide at its first date, in the order of their ids."""
    observations = life.observations
    mapped = observations[observations["area_m2"] > 0]
    first = mapped.groupby("landslide_id").head(1).sort_values("landslide_id")
    return shapes_of(first.geometry.to_numpy())


def partners(ground: Shapes, others: Shapes) -> Int64:
    """Return for each outline the other one that shares most ground with it; −1 for none.

    Args:
        ground: (n,) outlines.
        others: (m,) outlines.
    """
    partner, most = np.full(len(ground), -1), np.zeros(len(ground))
    pairs = overlaps(ground, others)
    for own, other, shared_m2 in zip(pairs.left, pairs.right, pairs.area_m2, strict=True):
        smaller_m2 = min(ground[own].area, others[other].area)
        if shared_m2 >= _LEAST_SHARED * smaller_m2 and shared_m2 > most[own]:
            partner[own], most[own] = other, shared_m2
    return partner


def calibrated(evidence: Float64, area_m2: Float64, right: Mask, labelled: Mask) -> Float64:
    """Return the (n,) probability that each interval is right; NaN if too few are labelled.

    Args:
        evidence: (n,) of `evidence_of_onset`.
        area_m2: (n,) area of each landslide's first ground.
        right: (n,) whether the interval holds that of the manual histories.
        labelled: (n,) whether the ground is in training or validation blocks.
    """
    features = np.column_stack([log_odds(evidence), np.log(np.maximum(area_m2, 1.0))])
    group = np.zeros(len(features), np.int64)
    model = fit_logistic(features[labelled], group[labelled], right[labelled], 1, _MINIMUM)
    if model is None:
        return np.full(len(evidence), np.nan)
    return model.probability(features, group)


def with_intervals(
    landslides: gpd.GeoDataFrame, found: Intervals, confidence: Float64, dates: list[str]
) -> gpd.GeoDataFrame:
    """Return landslides with COLUMNS before their geometry; no date is None.

    Args:
        landslides: In the order of their ids.
        found: Their intervals.
        confidence: (n,) of `calibrated`.
        dates: Labels, in time order.
    """
    labels = np.array([*dates, None], dtype=object)  # BEFORE_ALL is the last one
    values = (labels[found.after], labels[found.by], confidence.round(3))
    result = landslides.copy()
    for name, column in zip(COLUMNS, values, strict=True):
        result.insert(result.columns.get_loc("geometry"), name, column)
    return result
