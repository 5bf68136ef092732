"""Where the F1 of a map is lost, on masks whose errors are known."""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from benchmarks.quality.limits import ITSELF, losses
from benchmarks.quality.pair import Mask, Pair, read_pair

from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN
from slidelens.dataset.prepared import Prepared, write_prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.raster import Scene
from slidelens.geo.rasterise import rasterise
from slidelens.geo.vector import write_inventory
from support.studies import BANDS, UTM, box, grid_of

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
    scene = Scene(GRID, BANDS, np.ones((*GRID.shape, 3), np.float32), np.ones(GRID.shape, bool))
    prepared = Prepared(
        scene,
        manual.astype(np.uint8),
        np.full(GRID.shape, TEST),
        BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1),
        None,
    )
    return Pair(
        prepared,
        gpd.GeoSeries([], crs=UTM),
        mapped,
        np.ones(GRID.shape, bool) if known is None else known,
    )


def _mask(*boxes: tuple[int, int, int, int]) -> Mask:
    """Rectangles given by row, column, height and width."""
    mask = np.zeros(GRID.shape, bool)
    for row, column, height, width in boxes:
        mask[row : row + height, column : column + width] = True
    return mask


def test_false_alarms_far_away_and_landslides_missed_as_a_whole() -> None:
    """100 hit, 60 missed as a whole, 40 false far away and 20 false near by: F1 2 · 100 / (160 + 160) and so on."""
    manual, mapped = _mask((5, 5, 10, 10), (40, 5, 6, 10)), _mask((5, 5, 10, 12), (40, 60, 4, 10))
    got = losses(_pair(manual, mapped))
    assert [got[kind] for kind in ("as it is", FALSE, MISSED, BOTH)] == pytest.approx(
        [200 / 320, 200 / 280, 320 / 380, 320 / 340]
    )


def test_what_is_not_known_does_not_count() -> None:
    manual, mapped = _mask((5, 5, 10, 10)), _mask((5, 5, 10, 10), (40, 60, 4, 10))
    assert losses(_pair(manual, mapped, known=~_mask((40, 60, 4, 10))))["as it is"] == 1


def test_a_map_that_lies_a_pixel_off() -> None:
    manual, mapped = _mask((5, 5, 10, 10)), _mask((6, 4, 10, 10))
    got = losses(_pair(manual, mapped))
    assert got["as it is"] == pytest.approx(0.81)
    assert got[MAP] == got[KILOMETRE] == 1
    assert losses(_pair(manual, _mask((5, 8, 10, 10))))[MAP] == pytest.approx(
        0.9
    )  # two of the three pixels


def test_an_inventory_that_lies_a_pixel_off() -> None:
    """A square of 10 has 90 of 100 pixels in common with itself moved straight, 81 aslant."""
    assert losses(_pair(_mask((5, 5, 10, 10)), _mask()))[ITSELF] == pytest.approx((0.9 + 0.81) / 2)


def test_each_kilometre_is_moved_by_itself() -> None:
    grid = grid_of(100, 200)
    manual, mapped = np.zeros(grid.shape, bool), np.zeros(grid.shape, bool)
    manual[20:30, 20:30] = manual[20:30, 150:160] = True
    mapped[21:31, 20:30] = mapped[19:29, 150:160] = True
    scene = Scene(grid, BANDS, np.ones((*grid.shape, 3), np.float32), np.ones(grid.shape, bool))
    prepared = Prepared(
        scene,
        manual.astype(np.uint8),
        np.full(grid.shape, TEST),
        BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1),
        None,
    )
    got = losses(Pair(prepared, gpd.GeoSeries([], crs=UTM), mapped, np.ones(grid.shape, bool)))
    assert got[MAP] == pytest.approx(0.9)
    assert got[KILOMETRE] == 1


def test_outlines_are_left_out() -> None:
    """Mapped a pixel too wide on all sides: the centres of the false pixels lie half a pixel, 5 m, from the outline."""
    got = losses(_pair(_mask((5, 5, 10, 10)), _mask((4, 4, 12, 12))))
    assert got["as it is"] == pytest.approx(200 / 244)
    assert got["5 m on both sides of manual outlines left out"] < 1  # but for the corners
    assert got["10 m on both sides of manual outlines left out"] == 1


def test_a_map_without_landslides_and_a_ground_without() -> None:
    nothing = _mask()
    assert losses(_pair(_mask((5, 5, 10, 10)), nothing))["as it is"] == 0
    assert set(losses(_pair(nothing, _mask((5, 5, 10, 10)))).values()) == {0}


def test_a_pair_is_read_from_what_the_pipeline_wrote(tmp_path: Path) -> None:
    shapes = [box(GRID, 5, 5, 10, 10), box(GRID, 40, 5, 6, 10)]
    labels, parts = rasterise(shapes, GRID).astype(np.uint8), np.full(GRID.shape, TRAIN)
    labels[0], parts[30:] = UNKNOWN, TEST
    scene = Scene(GRID, BANDS, np.ones((*GRID.shape, 3), np.float32), np.ones(GRID.shape, bool))
    inventory = gpd.GeoDataFrame(geometry=shapes, crs=UTM)
    write_prepared(
        Prepared(scene, labels, parts, BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1), inventory),
        tmp_path / "prepared",
        "float32",
    )
    (tmp_path / "mapped").mkdir()
    write_inventory(inventory[:1].to_crs("EPSG:4326"), tmp_path / "mapped/inventory.gpkg")
    for part, known in (
        ("test", parts == TEST),
        ("train", (parts == TRAIN) & (labels != UNKNOWN)),
        ("area", labels != UNKNOWN),
    ):
        pair = read_pair(
            argparse.Namespace(
                prepared=tmp_path / "prepared", mapped=tmp_path / "mapped", part=part
            )
        )
        np.testing.assert_array_equal(pair.known, known)
    np.testing.assert_array_equal(pair.mapped, _mask((5, 5, 10, 10)))
    assert pair.manual.sum() == 160
    assert pair.outlines is not None
    assert len(pair.outlines) == 2
