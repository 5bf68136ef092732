"""The benchmark of merging on a badly mapped inventory: noise and merges by hand."""

from __future__ import annotations

import numpy as np

from benchmarks.degraded import count_merges, degrade
from slidelens.analysis.outlines.fragments import MergedFragments
from slidelens.analysis.overlay import shapes_of
from support.studies import box, grid_of

GRID = grid_of(60, 60)


def test_without_noise_the_map_is_the_blurred_mask() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[20:40, 20:40] = True
    probability = degrade(mask, noise=0.0)
    # Far inside the log odds are 6 · (1 − 0.5) = 3, far outside −3.
    assert probability[30, 30] == np.float32(1 / (1 + np.exp(-3.0)))
    assert probability[0, 0] == np.float32(1 / (1 + np.exp(3.0)))
    assert probability[30, 19] < 0.5 < probability[30, 20]  # on both sides of a straight outline


def test_noise_has_its_standard_deviation_in_log_odds() -> None:
    probability = degrade(np.zeros(GRID.shape, bool), noise=1.5).astype(float)
    odds = np.log(probability / (1 - probability))
    assert abs(odds.std() - 1.5) < 1e-4


def test_merges_within_and_across_landslides_are_counted_apart() -> None:
    # Two landslides; the first is mapped in three fragments, the second in one, and there is a
    # false alarm. Fragments 0 to 3 and the false alarm become one: two merges within the first
    # landslide, one across both, and none with the false alarm.
    manual = shapes_of([box(GRID, 0, 0, 30, 4), box(GRID, 0, 10, 30, 4)])
    columns = [(0, 0), (10, 0), (20, 0), (0, 10), (0, 30)]
    raw = shapes_of([box(GRID, row, column, 5, 4) for row, column in columns])
    merged = MergedFragments(
        shapes=shapes_of([box(GRID, 0, 0, 30, 40)]),
        body_of=np.zeros(5, np.int64),
    )
    assert count_merges(raw, merged, manual) == (2, 1)
