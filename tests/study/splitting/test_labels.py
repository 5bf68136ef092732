"""Labels of landslides that lie in one part or in two."""

from __future__ import annotations

import numpy as np

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN
from slidelens.study.splitting.labels import split_labels

KNOWN = np.ones((1, 6), bool)


def test_a_landslide_within_a_part_is_labelled() -> None:
    numbers = np.array([[0, 1, 1, 0, 2, 0]], np.int32)
    parts = np.array([[TRAIN, TRAIN, TRAIN, TEST, TEST, TEST]], np.uint8)
    assert split_labels(numbers, parts, KNOWN, margin_px=1).tolist() == [[0, 1, 1, 0, 1, 0]]


def test_a_landslide_in_two_parts_is_labelled_in_that_which_holds_most_of_it() -> None:
    numbers = np.array([[0, 1, 1, 1, 0, 0]], np.int32)
    parts = np.array([[TRAIN, TRAIN, TRAIN, TEST, TEST, TEST]], np.uint8)
    labels = split_labels(numbers, parts, KNOWN, margin_px=0)
    assert labels.tolist() == [[0, 1, 1, UNKNOWN, 0, 0]]


def test_pixels_outside_and_not_valid_are_unknown() -> None:
    numbers = np.array([[1, 1, 0, 0, 2, 2]], np.int32)
    parts = np.array([[OUTSIDE, TRAIN, TRAIN, TRAIN, TRAIN, TRAIN]], np.uint8)
    known = np.array([[True, True, True, False, False, True]])
    labels = split_labels(numbers, parts, known, margin_px=0)
    assert labels.tolist() == [[UNKNOWN, 1, 0, UNKNOWN, UNKNOWN, 1]]
