"""Match the landslides of two inventories one to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.accuracy.confusion import Counts
from slidelens.analysis.overlay import Overlaps
from slidelens.types import Float64, Int64, Shapes

MIN_IOU = 0.5


@dataclass(frozen=True)
class Matching:
    """One-to-one pairs of observed and predicted landslides.

    Attributes:
        observed: (k,) positions of the matched observed landslides.
        predicted: (k,) positions of the matched predicted landslides.
        iou: (k,) intersection over union of each pair.
        n_observed: Number of observed landslides.
        n_predicted: Number of predicted landslides.
    """

    observed: Int64
    predicted: Int64
    iou: Float64
    n_observed: int
    n_predicted: int

    @property
    def counts(self) -> Counts:
        """Return matched landslides, false alarms and misses."""
        matched = len(self.iou)
        return Counts(
            true_positive=matched,
            false_positive=self.n_predicted - matched,
            false_negative=self.n_observed - matched,
        )

    @property
    def pq(self) -> float | None:
        """Return the panoptic quality, Σ IoU / (TP + ½ FP + ½ FN); None if nothing is observed.

        Source: Kirillov et al. (2019), Panoptic segmentation, arXiv 1801.00868.
        """
        if not self.n_observed:
            return None
        return float(self.iou.sum()) / ((self.n_observed + self.n_predicted) / 2)


def match_objects(
    observed: Shapes, predicted: Shapes, pairs: Overlaps, min_iou: float = MIN_IOU
) -> Matching:
    """Return the one-to-one pairs with the largest sum of IoU.

    The matching is unique if neither inventory overlaps itself and `min_iou` exceeds 0.5.

    Args:
        observed: (n,) polygons in a metric CRS.
        predicted: (m,) polygons in the same CRS.
        pairs: All overlaps of the two.
        min_iou: Smallest IoU of a match, 0…1.
    """
    union = (
        shapely.area(observed)[pairs.left] + shapely.area(predicted)[pairs.right] - pairs.area_m2
    )
    iou = np.minimum(pairs.area_m2 / union, 1.0)
    candidate = iou >= min_iou - 1e-9
    left, right, iou = pairs.left[candidate], pairs.right[candidate], iou[candidate]
    chosen = _choose_pairs(left, right, iou)
    return Matching(
        observed=left[chosen],
        predicted=right[chosen],
        iou=iou[chosen],
        n_observed=len(observed),
        n_predicted=len(predicted),
    )


def _choose_pairs(left: Int64, right: Int64, iou: Float64) -> Int64:
    """Return (k,) the candidate pairs to keep, solving each cluster of competing landslides."""
    if not len(left):
        return np.empty(0, dtype=np.int64)
    n_left = int(left.max()) + 1
    size = n_left + int(right.max()) + 1
    _, cluster = connected_components(
        coo_array((np.ones(len(left)), (left, right + n_left)), shape=(size, size)), directed=False
    )
    order = np.argsort(cluster[left], kind="stable")
    clusters = np.split(order, np.flatnonzero(np.diff(cluster[left][order])) + 1)
    chosen = [
        members
        if len(members) == 1
        else members[_assign(left[members], right[members], iou[members])]
        for members in clusters
    ]
    return np.sort(np.concatenate(chosen))


def _assign(left: Int64, right: Int64, iou: Float64) -> Int64:
    """Return the candidates of one cluster that an optimal assignment keeps."""
    rows, row = np.unique(left, return_inverse=True)
    columns, column = np.unique(right, return_inverse=True)
    shape = (len(rows), len(columns))
    gain, candidate = np.zeros(shape), np.full(shape, -1, dtype=np.int64)
    gain[row, column], candidate[row, column] = iou, np.arange(len(iou))
    chosen: Int64 = candidate[linear_sum_assignment(gain, maximize=True)]
    return chosen[chosen >= 0]
