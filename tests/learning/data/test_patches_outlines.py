"""The margin around outlines, in which labels are unknown."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import ParamsError
from slidelens.learning.data.training_data import TrainingData, mask_outlines
from support.learning.trainings import LEARNING


def data_of(rows: list[list[int]], tile_px: int | None = None) -> TrainingData:
    labels = np.array(rows, np.uint8)
    return TrainingData(np.ones((*labels.shape, 1), np.float32), labels, tile_px)


@pytest.mark.parametrize(
    ("margin_px", "row"),
    [
        (1, [0, 0, 0, 255, 255, 1, 1, 255, 255, 0]),
        (2, [0, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
    ],
)
def test_labels_near_an_outline_are_unknown_on_both_sides(margin_px: int, row: list[int]) -> None:
    landslide = [1] * 9  # or the wider margin would leave no landslide at all
    unknown = [255] * 10
    data = data_of([[0, 0, 0, 0, 1, 1, 1, 1, 0, 0], *[unknown] * 5, [*landslide, 1]])
    masked = mask_outlines(data, margin_px)
    assert masked.labels.tolist() == [row, *[unknown] * 5, [*landslide, 1]]
    assert masked.pixels is data.pixels


def test_a_margin_of_a_pixel_is_a_step_along_rows_and_columns() -> None:
    labels = np.ones((5, 5), int)
    labels[2, 2] = 0
    masked = mask_outlines(data_of(labels.tolist()), 1)
    assert (masked.labels == UNKNOWN).tolist() == [
        [False, False, False, False, False],
        [False, False, True, False, False],
        [False, True, True, True, False],
        [False, False, True, False, False],
        [False, False, False, False, False],
    ]


def test_next_to_unknown_pixels_there_is_no_outline() -> None:
    rows = [[0, 255, 1, 1, 255, 0]]
    assert mask_outlines(data_of(rows), 1).labels.tolist() == rows


def test_neighbouring_tiles_have_no_outline_between_them() -> None:
    # tiles of 2: only the left one holds an outline, between its pixels (1, 0), (1, 1) and (0, 1)
    rows = [[1, 1, 0, 0], [1, 0, 0, 0]]
    assert mask_outlines(data_of(rows, tile_px=2), 1).labels.tolist() == [
        [1, 255, 0, 0],
        [255, 255, 0, 0],
    ]


def test_without_a_margin_the_data_are_returned_as_they_are() -> None:
    data = data_of([[0, 1, 1, 0]])
    assert mask_outlines(data, 0) is data
    assert LEARNING.margin_px == 0


def test_a_margin_that_leaves_no_landslide_is_refused() -> None:
    line = (
        r"^learning\.margin_px 2 leaves no landslide pixel in the training blocks; make it smaller$"
    )
    with pytest.raises(ParamsError, match=line):
        mask_outlines(data_of([[0, 1, 1, 1, 0]]), 2)
    background = data_of([[0, 0, 255]])  # without any before, it is not the margin's fault
    assert mask_outlines(background, 2).labels.tolist() == [[0, 0, 255]]
