"""Where the F1 of a map is lost, on masks whose errors are known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from benchmarks.quality.limits import ITSELF, losses
from benchmarks.quality.pair import Pair
from slidelens.dataset.parts import TEST
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.scene import Scene
from slidelens.types import Mask
from support.studies import BANDS, UTM, grid_of

GRID = grid_of(60, 80)  # pixels of 10 m
FALSE, MISSED, BOTH = (
    "without false alarms more than 40 m from every manual landslide",
    "with every manual landslide that was missed as a whole",
    "with both",
)
MAP, KILOMETRE = (
    f"{name} moved by what suits it best, at most 2 pixels"
    for name in ("the map", "each kilometre")
)


def _pair(manual: Mask, mapped: Mask, known: Mask | None = None) -> Pair:
    grid = grid_of(*manual.shape)
    scene = Scene(grid, BANDS, np.ones((*grid.shape, 3), np.float32), np.ones(grid.shape, bool))
    statistics = BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1)
    split_map = np.full(grid.shape, TEST, np.uint8)
    return Pair(
        prepared=Prepared(scene, manual.astype(np.uint8), split_map, statistics, None),
        predicted=gpd.GeoSeries([], crs=UTM),
        mapped=mapped,
        known=np.ones(grid.shape, bool) if known is None else known,
    )


def _mask(*boxes: tuple[int, int, int, int]) -> Mask:
    """Rectangles given by row, column, height and width."""
    mask = np.zeros(GRID.shape, bool)
    for row, column, height, width in boxes:
        mask[row : row + height, column : column + width] = True
    return mask


def test_false_alarms_far_away_and_landslides_missed_as_a_whole() -> None:
    # 100 hit, 60 missed as a whole, 40 false far away and 20 false near by: F1 is
    # 2 · 100 / (160 + 160) and so on.
    manual, mapped = _mask((5, 5, 10, 10), (40, 5, 6, 10)), _mask((5, 5, 10, 12), (40, 60, 4, 10))
    scores = losses(_pair(manual, mapped))
    assert [scores[kind] for kind in ("as it is", FALSE, MISSED, BOTH)] == pytest.approx(
        [200 / 320, 200 / 280, 320 / 380, 320 / 340]
    )


def test_what_is_not_known_does_not_count() -> None:
    manual, mapped = _mask((5, 5, 10, 10)), _mask((5, 5, 10, 10), (40, 60, 4, 10))
    assert losses(_pair(manual, mapped, known=~_mask((40, 60, 4, 10))))["as it is"] == 1


def test_a_map_that_lies_a_pixel_off() -> None:
    manual, mapped = _mask((5, 5, 10, 10)), _mask((6, 4, 10, 10))
    scores = losses(_pair(manual, mapped))
    assert scores["as it is"] == pytest.approx(0.81)
    assert scores[MAP] == scores[KILOMETRE] == 1
    assert losses(_pair(manual, _mask((5, 8, 10, 10))))[MAP] == pytest.approx(
        0.9
    )  # two of the three pixels


def test_an_inventory_that_lies_a_pixel_off() -> None:
    # A square of 10 shares 90 of 100 pixels with itself shifted straight, 81 diagonally.
    assert losses(_pair(_mask((5, 5, 10, 10)), _mask()))[ITSELF] == pytest.approx((0.9 + 0.81) / 2)


def test_each_kilometre_is_moved_by_itself() -> None:
    manual, mapped = np.zeros((100, 200), bool), np.zeros((100, 200), bool)
    manual[20:30, 20:30] = manual[20:30, 150:160] = True
    mapped[21:31, 20:30] = mapped[19:29, 150:160] = True
    scores = losses(_pair(manual, mapped))
    assert scores[MAP] == pytest.approx(0.9)
    assert scores[KILOMETRE] == 1


def test_outlines_are_left_out() -> None:
    # Mapped a pixel too wide on all sides: the false pixels' centres lie 5 m from the outline.
    scores = losses(_pair(_mask((5, 5, 10, 10)), _mask((4, 4, 12, 12))))
    assert scores["as it is"] == pytest.approx(200 / 244)
    assert scores["5 m on both sides of manual outlines left out"] < 1  # but for the corners
    assert scores["10 m on both sides of manual outlines left out"] == 1


def test_a_map_without_landslides_and_a_ground_without() -> None:
    nothing = _mask()
    assert losses(_pair(_mask((5, 5, 10, 10)), nothing))["as it is"] == 0
    assert set(losses(_pair(nothing, _mask((5, 5, 10, 10)))).values()) == {0}
