"""The benchmark of quality: scores by hand, few landslides, what is kept and what is the worst."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from benchmarks.quality import results
from benchmarks.quality.__main__ import _parameters
from benchmarks.quality.disagreements import worst
from benchmarks.quality.few import with_few
from benchmarks.quality.methods import METHODS
from benchmarks.quality.options import OPTIONS
from benchmarks.quality.scoring import best_f1, scores

from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.raster import Scene
from slidelens.geo.rasterise import rasterise
from support.studies import BANDS, UTM, box, grid_of

GRID = grid_of(32, 48)
BLOCK = 16


def test_scores_by_hand() -> None:
    # At 0.5: 0.9 hits, 0.6 is false, 0.4 is missed. At 0.3 … 0.4 both are hit and one is false: F1 2 · 2 / (2 + 3) = 0.8.
    landslide, known = (
        np.array([[True, False, True, False, True]]),
        np.array([[True, True, True, True, False]]),
    )
    got = scores(landslide, np.array([[0.9, 0.6, 0.4, 0.1, 0.9]], np.float32), 0.5, known, 0.35)
    assert (got["precision"], got["recall"], got["f1"], got["iou"]) == (
        0.5,
        0.5,
        0.5,
        pytest.approx(1 / 3),
    )
    assert got["f1_expected"] == pytest.approx(0.8)  # at 0.35
    assert got["f1_best"] == pytest.approx(0.8)
    assert got["threshold_loss"] == pytest.approx(0.3)
    assert got["false_alarm_m2_per_km2"] == 500_000  # half of the ground without a landslide
    assert got["ece"] == pytest.approx((0.1 + 0.6 + 0.6 + 0.1) / 4)  # each alone in its bin


def test_the_best_of_all_thresholds() -> None:
    """0.995 hits with one of two equal ones beyond every round threshold: F1 2 · 2 / (3 + 2) = 0.8 takes both, 0.999 alone 2 / (1 + 2)."""
    landslide, probability = (
        np.array([True, False, True, False]),
        np.array([0.999, 0.995, 0.995, 0.1], np.float32),
    )
    assert best_f1(landslide, probability) == pytest.approx(0.8)


def test_ground_without_landslides_has_false_alarms_alone() -> None:
    got = scores(
        np.zeros((1, 4), bool),
        np.array([[0.9, 0.1, 0.1, 0.1]], np.float32),
        0.5,
        np.ones((1, 4), bool),
        0.3,
    )
    assert got["f1"] is got["f1_best"] is got["f1_expected"] is got["threshold_loss"] is None
    assert got["false_alarm_m2_per_km2"] == 250_000


@pytest.fixture
def ground() -> Prepared:
    """Six blocks with two landslides of 4 pixels each: three of train, two of validation, one of test ground."""
    shapes = [
        box(GRID, row + 2 + 6 * one, column + 2, 2, 2)
        for row in (0, 16)
        for column in (0, 16, 32)
        for one in (0, 1)
    ]
    parts = np.kron(
        np.array([[TRAIN, TRAIN, TRAIN], [VALIDATION, VALIDATION, TEST]], np.uint8),
        np.ones((BLOCK, BLOCK), np.uint8),
    )
    scene = Scene(GRID, BANDS, np.ones((*GRID.shape, 3), np.float32), np.ones(GRID.shape, bool))
    inventory = gpd.GeoDataFrame(geometry=shapes, crs=UTM)
    return Prepared(
        scene,
        rasterise(shapes, GRID).astype(np.uint8),
        parts,
        BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1),
        inventory,
    )


@pytest.mark.parametrize("wanted", [1, 2, 3, 6])
def test_so_many_landslides_are_known_and_the_blocks_that_were_mapped(
    ground: Prepared, wanted: int
) -> None:
    few = with_few(ground, wanted, BLOCK, seed=1)
    train = few.labels[ground.split_map == TRAIN]
    assert (train == 1).sum() == 4 * wanted
    blocks = -(-wanted // 2)
    assert (train == UNKNOWN).sum() == (3 - blocks) * BLOCK**2 + (
        4 if wanted % 2 else 0
    )  # and the landslide that was not drawn
    assert (few.labels[ground.split_map == VALIDATION] == 1).sum() == 4 * max(1, round(wanted / 4))
    np.testing.assert_array_equal(
        few.labels[ground.split_map == TEST], ground.labels[ground.split_map == TEST]
    )


def test_a_landslide_that_teaches_nothing_does_not_count(ground: Prepared) -> None:
    """One that lies astride parts is unknown: of the six of train ground, five are left to be drawn."""
    labels = ground.labels.copy()
    labels[2:4, 2:4] = UNKNOWN
    few = with_few(replace(ground, labels=labels), 5, BLOCK, seed=1)
    assert (few.labels[ground.split_map == TRAIN] == 1).sum() == 20


def test_fewer_landslides_are_the_first_of_more(ground: Prepared) -> None:
    known = [with_few(ground, wanted, BLOCK, seed=3).labels == 1 for wanted in (1, 2, 4, 6)]
    assert all((less <= more).all() for less, more in pairwise(known))
    orders = {with_few(ground, 2, BLOCK, seed=seed).labels.tobytes() for seed in range(8)}
    assert len(orders) > 1


def test_no_landslide_no_ground_is_known_beyond_the_tests(ground: Prepared) -> None:
    none = replace(ground, inventory=ground.inventory[:0])  # type: ignore[index]
    few = with_few(none, 5, BLOCK, seed=1)
    assert (few.labels[ground.split_map != TEST] == UNKNOWN).all()


def row(seed: int, f1: float | None, step: str = "fine-tuned") -> results.Row:
    return results.Row(
        "A",
        step,
        "west",
        "forest",
        seed,
        "",
        "0123",
        f1,
        0.5,
        0.5,
        0.5,
        0.1,
        0.4,
        f1,
        f1,
        0.0,
        None,
        10.0 * seed,
    )


def test_what_is_kept_is_done(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    key = {"protocol": "A", "step": "fine-tuned", "method": "forest", "settings": "0123"}
    assert not results.done(path, seed=1, **key)
    results.append(path, [row(1, 0.5)])
    results.append(path, [row(2, 0.7)])
    assert results.done(path, seed=1, **key)
    assert results.done(path, seed=2, **key)
    assert not results.done(path, seed=3, **key)
    assert not results.done(path, seed=1, **key | {"settings": "4567"})
    assert len(results.read(path)) == 2


def test_mean_and_range_over_the_seeds(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    results.append(
        path, [row(1, 0.5), row(2, 0.7), row(2, 0.7), row(1, None, "no fine-tuning")]
    )  # seed 2 by two runs at once
    told = results.summary(results.read(path)).set_index("step")
    assert told.loc["fine-tuned", ["seeds", "f1_mean", "f1_min", "f1_max"]].tolist() == [
        2,
        pytest.approx(0.6),
        0.5,
        0.7,
    ]
    text = results.table(told.reset_index())
    assert "0.600 (0.500–0.700)" in text
    assert "15 (10–20)" in text
    assert "–" in text.splitlines()[-1]


def test_the_worst_come_first_and_are_not_shown_twice() -> None:
    manual, mapped, known = (np.zeros((200, 200), bool) for _ in range(3))
    known[:, :150] = True
    manual[10:20, 10:20] = True  # missed, 100 pixels
    mapped[22:30, 10:20] = True  # false, 80 pixels, beside it: in the same picture
    mapped[100:108, 100:108] = True  # false, 64 pixels
    manual[100:102, 20:60] = mapped[101:102, 20:60] = True  # a line along an outline
    mapped[50:90, 160:190] = True  # not known
    got = worst(manual, mapped, known, 10)
    assert [(place.missed, place.row, place.column) for place in got] == [
        (True, 14, 14),
        (False, 104, 104),
    ]
    assert got[0].pixels == pytest.approx(100, abs=4)  # an opening by a cross takes the corners
    assert len(worst(manual, mapped, known, 1)) == 1


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_one_and_changes_something(option: str, tmp_path: Path) -> None:
    study, dates = METHODS["slidelens"].study | {"root": str(tmp_path)}, ["pre", "post"]
    plain, changed = (
        _parameters(study, dates, changes, epochs=None, seed=1) for changes in ([], option.split())
    )
    assert changed != plain
