"""Results of a mapped date."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from slidelens.dataset.parts import TEST, UNKNOWN
from support.results import GRID, date_results
from support.studies import box


def test_inside_is_valid_ground_of_the_area() -> None:
    split_map, valid = np.ones(GRID.shape, np.uint8), np.ones(GRID.shape, bool)
    split_map[:, :10], valid[:5] = 0, False
    inside = replace(date_results(None, []), split_map=split_map, valid=valid).inside
    assert inside.sum() == 35 * 30
    assert inside[5:, 10:].all()


def test_scores_are_computed_on_known_pixels_of_test_blocks() -> None:
    results = date_results([], [])
    split_map, labels = results.split_map.copy(), results.labels.copy()
    split_map[:20], labels[:, :10] = TEST, UNKNOWN
    test_mask = replace(results, split_map=split_map, labels=labels).test_mask
    assert test_mask.sum() == 20 * 30
    assert test_mask[:20, 10:].all()


def test_only_available_inventories_have_shapes() -> None:
    square = box(GRID, 0, 0, 5, 5)
    assert list(date_results(None, [square]).shapes) == ["predicted"]
    shapes = date_results([square], []).shapes
    assert [list(shapes["manual"]), list(shapes["predicted"])] == [[square], []]
