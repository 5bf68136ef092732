"""Match the landslides of two inventories one to one, and count fragments."""

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
MIN_SHARE = 0.1


@dataclass(frozen=True)
class Matching:
    """One-to-one pairs of observed and predicted landslides.

    observed, predicted: (k,) positions; iou: (k,); n_observed, n_predicted: landslides in all
    """

    observed: Int64
    predicted: Int64
    iou: Float64
    n_observed: int
    n_predicted: int

    @property
    def counts(self) -> Counts:
        """Landslides found, falsely alarmed and missed."""
        found = len(self.iou)
        return Counts(found, self.n_predicted - found, self.n_observed - found)

    @property
    def pq(self) -> float | None:
        """Panoptic quality, Σ IoU / (TP + ½ FP + ½ FN); None where nothing is observed.

        Source: Kirillov et al. (2019), Panoptic segmentation, arXiv 1801.00868.
        """
        return (
            float(self.iou.sum()) / ((self.n_observed + self.n_predicted) / 2)
            if self.n_observed
            else None
        )


def match_objects(
    observed: Shapes, predicted: Shapes, pairs: Overlaps, min_iou: float = MIN_IOU
) -> Matching:
    """The one-to-one pairs with IoU ≥ min_iou that have the largest sum of IoU.

    Where neither inventory overlaps itself and min_iou is over 0.5, there is only one choice.
    pairs: all overlaps of observed and predicted
    """
    union = (
        shapely.area(observed)[pairs.left] + shapely.area(predicted)[pairs.right] - pairs.area_m2
    )
    iou = np.minimum(pairs.area_m2 / union, 1.0)
    likely = iou >= min_iou - 1e-9
    left, right, iou = pairs.left[likely], pairs.right[likely], iou[likely]
    best = _best(left, right, iou)
    return Matching(left[best], right[best], iou[best], len(observed), len(predicted))


def _best(left: Int64, right: Int64, iou: Float64) -> Int64:
    """(k,) the candidate pairs to keep, chosen in each cluster of landslides that compete for each other."""
    if not len(left):
        return np.empty(0, dtype=np.int64)
    first = int(left.max()) + 1
    size = first + int(right.max()) + 1
    _, cluster = connected_components(
        coo_array((np.ones(len(left)), (left, right + first)), shape=(size, size)), directed=False
    )
    order = np.argsort(cluster[left], kind="stable")
    clusters = np.split(order, np.flatnonzero(np.diff(cluster[left][order])) + 1)
    return np.sort(
        np.concatenate(
            [
                one if len(one) == 1 else one[_assigned(left[one], right[one], iou[one])]
                for one in clusters
            ]
        )
    )


def _assigned(left: Int64, right: Int64, iou: Float64) -> Int64:
    """The candidates of one cluster that an optimal assignment keeps."""
    rows, row = np.unique(left, return_inverse=True)
    columns, column = np.unique(right, return_inverse=True)
    gain, which = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
    gain[row, column], which[row, column] = iou, np.arange(len(iou))
    chosen = which[linear_sum_assignment(gain, maximize=True)]
    return chosen[chosen >= 0]
