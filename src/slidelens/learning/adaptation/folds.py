"""Folds of marks: neighbours lie in one fold, so that no mark is predicted by its neighbour."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from slidelens.types import Float64, Int64, Mask

FOLDS = 4
_APART_PX = 32.0  # marks closer than that share most of what a network sees


def assign_folds(centres: Int64, is_landslide: Mask, folds: int = FOLDS) -> Int64:
    """Return the fold of each mark, from 0.

    Marks near each other form groups; groups are split along the longer axis of their extent into
    folds with about equal numbers of landslides.

    Args:
        centres: (n, 2) row and column of each mark.
        is_landslide: (n,) whether a mark is a landslide.
        folds: Upper limit of the number of folds; each has a landslide if there are two at all.
    """
    groups = _groups(centres)
    with_landslide = len(np.unique(groups[is_landslide]))
    if with_landslide < min(folds, int(is_landslide.sum())):
        groups = np.arange(len(centres))  # too few groups: neighbours have to be parted
        with_landslide = int(is_landslide.sum())
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    middles = np.array([centres[each].mean(axis=0) for each in members])
    weights = np.array([is_landslide[each].sum() for each in members], float)
    of_group = _bisect(middles, weights, np.arange(len(members)), min(folds, with_landslide))
    result = np.zeros(len(centres), np.int64)
    for marks, fold in zip(members, of_group, strict=True):
        result[marks] = fold
    return result


def _groups(centres: Int64) -> Int64:
    if len(centres) < 2:
        return np.zeros(len(centres), np.int64)
    groups: Int64 = fcluster(linkage(centres, "single"), _APART_PX, "distance").astype(np.int64)
    return groups


def _bisect(middles: Float64, weights: Float64, chosen: Int64, folds: int) -> Int64:
    """Return the folds of the chosen groups, numbered from 0."""
    if folds < 2:
        return np.zeros(len(chosen), np.int64)
    here = middles[chosen]
    axis = int(np.ptp(here, axis=0).argmax())
    order = np.argsort(here[:, axis], kind="stable")
    first = folds // 2
    total, groups = weights[chosen][order].cumsum(), (weights[chosen][order] > 0).cumsum()
    # The cut with the share of landslides nearest to the share of folds before it.
    off = np.abs(total - total[-1] * first / folds)
    off[(groups < first) | (groups[-1] - groups < folds - first)] = np.inf
    cut = int(off.argmin()) + 1
    result = np.zeros(len(chosen), np.int64)
    before, after = order[:cut], order[cut:]
    result[before] = _bisect(middles, weights, chosen[before], first)
    result[after] = first + _bisect(middles, weights, chosen[after], folds - first)
    return result
