"""Vectorise probability maps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from slidelens.analysis.outlines.fragment_rules import FragmentRules
from slidelens.analysis.outlines.fragments import merge_fragments
from slidelens.analysis.outlines.vectorise import vectorise
from slidelens.types import Float32, Mask
from support.studies import UTM, grid_of

GRID = grid_of(12, 12)  # pixels of 100 m²
EVERYWHERE = np.ones(GRID.shape, bool)


def probability(*blocks: tuple[int, int, int, int, float]) -> Float32:
    """Zeros with rectangles (row, column, rows, columns, probability)."""
    values = np.zeros(GRID.shape, np.float32)
    for row, column, rows, columns, value in blocks:
        values[row : row + rows, column : column + columns] = value
    return values


def landslides(
    values: Float32,
    threshold: float = 0.5,
    min_area_m2: float = 200,
    mapped: Mask = EVERYWHERE,
    area: Mask | None = None,
) -> gpd.GeoDataFrame:
    return vectorise(values, mapped, GRID, threshold, min_area_m2, area).landslides


def test_landslides_largest_first_with_their_attributes() -> None:
    values = probability((0, 0, 2, 2, 0.6), (4, 4, 3, 4, 0.8), (4, 4, 1, 1, 0.95))
    outlines = landslides(values)
    assert outlines.crs == UTM
    assert outlines["id"].tolist() == [1, 2]
    assert outlines["area_m2"].tolist() == [1200, 400]
    assert outlines["perimeter_m"].tolist() == [140, 80]
    # 11 pixels of 0.8 and one of 0.95: 9.75 / 12
    assert outlines["mean_probability"].tolist() == pytest.approx([0.8125, 0.6])
    assert outlines["max_probability"].tolist() == pytest.approx([0.95, 0.6], abs=1e-4)


def test_areas_and_lengths_have_a_digit_after_the_point() -> None:
    grid = grid_of(4, 4, pixel_m=1.25)
    values = np.zeros(grid.shape, np.float32)
    values[1, 1:3] = 0.9
    outlines = vectorise(values, np.ones(grid.shape, bool), grid, 0.5, 0).landslides
    assert outlines["area_m2"].tolist() == [3.1]  # 2 · 1.5625
    assert outlines["perimeter_m"].tolist() == [7.5]  # 6 · 1.25


def test_the_threshold_itself_is_landslide() -> None:
    assert len(landslides(probability((0, 0, 2, 2, 0.5)), min_area_m2=0)) == 1
    assert len(landslides(probability((0, 0, 2, 2, 0.499)), min_area_m2=0)) == 0


def test_the_smallest_area_itself_is_kept() -> None:
    values = probability((0, 0, 1, 2, 0.9), (5, 5, 1, 1, 0.9))  # 200 and 100 m²
    assert landslides(values)["area_m2"].tolist() == [200]


def test_pixels_that_the_image_does_not_show_have_no_probability() -> None:
    values, mapped = probability((2, 2, 5, 5, 0.6), (4, 4, 1, 1, 0.9)), EVERYWHERE.copy()
    mapped[4, 4] = False  # a hole of 100 m², which is filled
    outlines = vectorise(values, mapped, GRID, 0.5, 200, join=merge_fragments).landslides
    assert outlines["area_m2"].tolist() == [2500]
    assert outlines["mean_probability"].tolist() == pytest.approx([0.6])
    assert outlines["max_probability"].tolist() == pytest.approx([0.6])


def test_holes_are_kept() -> None:
    values = probability((2, 2, 5, 5, 0.9), (4, 4, 1, 1, 0.1))
    outlines = landslides(values)
    assert outlines["area_m2"].tolist() == [2400]
    assert len(outlines.geometry[0].interiors) == 1
    assert outlines["mean_probability"].tolist() == pytest.approx([0.9])


def test_nothing_is_lost_at_the_edges() -> None:
    values = probability(
        (0, 0, 2, 2, 0.9), (0, 10, 2, 2, 0.9), (10, 0, 2, 2, 0.9), (10, 10, 2, 2, 0.9)
    )
    assert landslides(values)["area_m2"].tolist() == [400] * 4


def test_what_was_not_seen_is_no_landslide() -> None:
    seen = EVERYWHERE.copy()
    seen[:, 6:] = False
    outlines = landslides(probability((4, 4, 2, 4, 0.9)), mapped=seen)
    assert outlines["area_m2"].tolist() == [400]


def test_a_landslide_belongs_to_the_area_that_holds_its_centroid() -> None:
    area = EVERYWHERE.copy()
    area[:, 6:] = False
    values = probability(
        (0, 3, 2, 4, 0.9), (6, 5, 2, 4, 0.9)
    )  # columns 3…6 and 5…8: centroids in columns 5 and 7
    outlines = landslides(values, area=area)
    assert outlines["area_m2"].tolist() == [800]  # whole, though a quarter lies outside
    assert outlines.geometry[0].centroid.x == 320_050


def test_no_landslide_at_all() -> None:
    outlines = landslides(probability())
    assert len(outlines) == 0
    assert outlines.crs == UTM
    assert list(outlines.columns) == [
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
    assert landslides(values)["pieces"].tolist() == [1, 1, 1]


def test_pieces_are_those_of_the_same_row() -> None:
    # first a small landslide of one piece, then a larger one of two, then one outside the area
    values = probability(
        (0, 0, 2, 2, 0.8), (0, 6, 4, 2, 0.9), (5, 6, 3, 2, 0.7), (10, 0, 2, 1, 0.9)
    )
    area = EVERYWHERE.copy()

    def found() -> gpd.GeoDataFrame:
        rules = FragmentRules(max_gap_m=10)
        merge = lambda pieces: merge_fragments(pieces, rules)  # noqa: E731
        return vectorise(values, EVERYWHERE, GRID, 0.5, 200, area, merge).landslides

    assert found()["area_m2"].tolist() == [1400, 400, 200]
    assert found()["pieces"].tolist() == [2, 1, 1]
    area[:2, :2] = False
    assert found()["area_m2"].tolist() == [1400, 200]
    assert found()["pieces"].tolist() == [2, 1]


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
