"""A ground on which only a few landslides are mapped."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from benchmarks.quality import protocols
from benchmarks.quality.few import with_few
from benchmarks.quality.protocols import elsewhere
from benchmarks.quality.runs import Run
from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasterise import rasterise
from slidelens.geo.rasters.scene import Scene
from support.studies import BANDS, UTM, box, grid_of, params_for

GRID = grid_of(32, 48)
BLOCK = 16


@pytest.fixture
def ground() -> Prepared:
    """Six blocks with two landslides of 4 pixels each: three train, two validation, one test."""
    shapes = [
        box(GRID, row + 2 + offset, column + 2, 2, 2)
        for row in (0, 16)
        for column in (0, 16, 32)
        for offset in (0, 6)
    ]
    parts = np.kron(
        np.array([[TRAIN, TRAIN, TRAIN], [VALIDATION, VALIDATION, TEST]], np.uint8),
        np.ones((BLOCK, BLOCK), np.uint8),
    ).astype(np.uint8)
    scene = Scene(GRID, BANDS, np.ones((*GRID.shape, 3), np.float32), np.ones(GRID.shape, bool))
    inventory = gpd.GeoDataFrame(geometry=shapes, crs=UTM)
    return Prepared(
        scene,
        rasterise(shapes, GRID).astype(np.uint8),
        parts,
        BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1),
        inventory,
    )


@pytest.mark.parametrize("number", [1, 2, 3, 6])
def test_so_many_landslides_are_known_and_the_blocks_that_were_mapped(
    ground: Prepared, number: int
) -> None:
    few = with_few(ground, number, BLOCK, seed=1)
    train = few.labels[ground.split_map == TRAIN]
    assert (train == 1).sum() == 4 * number
    blocks = -(-number // 2)
    undrawn = 4 if number % 2 else 0  # pixels of the second landslide of the last block
    assert (train == UNKNOWN).sum() == (3 - blocks) * BLOCK**2 + undrawn
    assert (few.labels[ground.split_map == VALIDATION] == 1).sum() == 4 * max(1, round(number / 4))
    np.testing.assert_array_equal(
        few.labels[ground.split_map == TEST], ground.labels[ground.split_map == TEST]
    )


def test_a_landslide_that_teaches_nothing_does_not_count(ground: Prepared) -> None:
    # One that lies across parts is unknown: of the six of the train blocks, five can be drawn.
    labels = ground.labels.copy()
    labels[2:4, 2:4] = UNKNOWN
    few = with_few(replace(ground, labels=labels), 5, BLOCK, seed=1)
    assert (few.labels[ground.split_map == TRAIN] == 1).sum() == 20


def test_fewer_landslides_are_the_first_of_more(ground: Prepared) -> None:
    known = [with_few(ground, number, BLOCK, seed=3).labels == 1 for number in (1, 2, 4, 6)]
    assert all((less <= more).all() for less, more in pairwise(known))
    orders = {with_few(ground, 2, BLOCK, seed=seed).labels.tobytes() for seed in range(8)}
    assert len(orders) > 1


def test_no_landslide_no_ground_is_known_beyond_the_tests(ground: Prepared) -> None:
    assert ground.inventory is not None
    none = replace(ground, inventory=ground.inventory[:0])
    few = with_few(none, 5, BLOCK, seed=1)
    assert (few.labels[ground.split_map != TEST] == UNKNOWN).all()


def test_blocks_may_have_a_side_that_was_chosen(
    ground: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = params_for(tmp_path, ["post"])
    params = params.model_copy(update={"split": params.split.model_copy(update={"block_m": None})})
    trained: list[Prepared] = []

    def train(run: Run, name: str, ground: Prepared, start: Path | None = None) -> Path:
        trained.append(ground)
        return tmp_path

    prepared = replace(ground, block_px=BLOCK)
    monkeypatch.setattr(protocols, "ground", lambda *_: prepared)
    monkeypatch.setattr(protocols, "after_mosaic", lambda ground: ground)
    monkeypatch.setattr(protocols, "train", train)
    monkeypatch.setattr(protocols, "score", lambda *_: None)
    elsewhere(Run("forest", params, "", tmp_path, params), ["2"])
    few = with_few(prepared, 2, BLOCK, params.seed).labels.tobytes()
    assert [each.labels.tobytes() for each in trained].count(few) == 4
