"""From a probability map to landslides."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.outlines.fragment_rules import FragmentRules
from slidelens.analysis.outlines.fragments import merge_fragments
from slidelens.analysis.outlines.vectorise import outline_mask, vectorise
from support.studies import UTM, grid_of

GRID = grid_of(12, 12)  # pixels of 100 m²
EVERYWHERE = np.ones(GRID.shape, bool)


def probability(*blocks: tuple[int, int, int, int, float]) -> np.ndarray:
    """Zeros with rectangles (row, column, rows, columns, probability)."""
    values = np.zeros(GRID.shape, np.float32)
    for row, column, rows, columns, value in blocks:
        values[row : row + rows, column : column + columns] = value
    return values


def test_landslides_largest_first_with_their_attributes() -> None:
    values = probability((0, 0, 2, 2, 0.6), (4, 4, 3, 4, 0.8), (4, 4, 1, 1, 0.95))
    got = outline_mask(values, EVERYWHERE, GRID, threshold=0.5, min_area_m2=200)
    assert got.crs == UTM
    assert got["id"].tolist() == [1, 2]
    assert got["area_m2"].tolist() == [1200, 400]
    assert got["perimeter_m"].tolist() == [140, 80]
    # 11 pixels of 0.8 and one of 0.95: 9.75 / 12
    assert got["mean_probability"].tolist() == pytest.approx([0.8125, 0.6])
    assert got["max_probability"].tolist() == pytest.approx([0.95, 0.6], abs=1e-4)


def test_the_threshold_itself_is_landslide() -> None:
    assert len(outline_mask(probability((0, 0, 2, 2, 0.5)), EVERYWHERE, GRID, 0.5, 0)) == 1
    assert len(outline_mask(probability((0, 0, 2, 2, 0.499)), EVERYWHERE, GRID, 0.5, 0)) == 0


def test_the_smallest_area_itself_is_kept() -> None:
    values = probability((0, 0, 1, 2, 0.9), (5, 5, 1, 1, 0.9))  # 200 and 100 m²
    assert outline_mask(values, EVERYWHERE, GRID, 0.5, 200)["area_m2"].tolist() == [200]


def test_holes_are_kept() -> None:
    values = probability((2, 2, 5, 5, 0.9), (4, 4, 1, 1, 0.1))
    got = outline_mask(values, EVERYWHERE, GRID, 0.5, 200)
    assert got["area_m2"].tolist() == [2400]
    assert len(got.geometry[0].interiors) == 1
    assert got["mean_probability"].tolist() == pytest.approx([0.9])


def test_nothing_is_lost_at_the_edges() -> None:
    values = probability(
        (0, 0, 2, 2, 0.9), (0, 10, 2, 2, 0.9), (10, 0, 2, 2, 0.9), (10, 10, 2, 2, 0.9)
    )
    assert outline_mask(values, EVERYWHERE, GRID, 0.5, 200)["area_m2"].tolist() == [400] * 4


def test_what_was_not_seen_is_no_landslide() -> None:
    seen = EVERYWHERE.copy()
    seen[:, 6:] = False
    got = outline_mask(probability((4, 4, 2, 4, 0.9)), seen, GRID, 0.5, 200)
    assert got["area_m2"].tolist() == [400]


def test_a_landslide_belongs_to_the_area_that_holds_its_centroid() -> None:
    area = EVERYWHERE.copy()
    area[:, 6:] = False
    values = probability(
        (0, 3, 2, 4, 0.9), (6, 5, 2, 4, 0.9)
    )  # columns 3…6 and 5…8: centroids in columns 5 and 7
    got = outline_mask(values, EVERYWHERE, GRID, 0.5, 200, area)
    assert got["area_m2"].tolist() == [800]  # whole, though a quarter lies outside
    assert got.geometry[0].centroid.x == 320_050


def test_no_landslide_at_all() -> None:
    got = outline_mask(np.zeros(GRID.shape, np.float32), EVERYWHERE, GRID, 0.5, 200)
    assert len(got) == 0
    assert got.crs == UTM
    assert list(got.columns) == [
        "id",
        "area_m2",
        "perimeter_m",
        "mean_probability",
        "max_probability",
        "pieces",
        "geometry",
    ]


def test_pieces_of_a_landslide_are_joined_and_counted() -> None:
    # 40 × 20 m and 30 × 20 m, one below the other 10 m apart, and a third 60 m to the east
    values = probability((0, 0, 4, 2, 0.9), (5, 0, 3, 2, 0.7), (0, 8, 2, 2, 0.8))
    found = vectorise(
        values,
        EVERYWHERE,
        GRID,
        0.5,
        200,
        join=lambda pieces: merge_fragments(pieces, FragmentRules(max_gap_m=10)),
    )
    assert found.landslides["area_m2"].tolist() == [1400, 400]
    assert found.landslides["pieces"].tolist() == [2, 1]
    assert found.landslides["mean_probability"].tolist() == pytest.approx(
        [(8 * 0.9 + 6 * 0.7) / 14, 0.8], abs=1e-4
    )
    assert len(found.pieces) == 3
    assert outline_mask(values, EVERYWHERE, GRID, 0.5, 200)["pieces"].tolist() == [1, 1, 1]


def test_pieces_are_joined_before_the_area_is_asked() -> None:
    area = EVERYWHERE.copy()
    area[5:] = False
    values = probability(
        (0, 0, 4, 2, 0.9), (5, 0, 3, 2, 0.7)
    )  # together their centroid lies in row 3 or 4
    found = vectorise(
        values,
        EVERYWHERE,
        GRID,
        0.5,
        200,
        area,
        lambda pieces: merge_fragments(pieces, FragmentRules(max_gap_m=10)),
    )
    assert found.landslides["pieces"].tolist() == [2]
    assert len(found.pieces) == 1
