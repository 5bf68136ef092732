"""Marks as an analyst would draw them: none of them touches a test block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from benchmarks.quality.marking import draw_marks, markable
from slidelens.dataset.parts import TEST
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.geo.rasterise import rasterise
from slidelens.params.schema import Params


@pytest.fixture
def prepared(pretrained: tuple[Path, Params]) -> Prepared:
    return read_prepared(pretrained[0] / "data/prepared/2013")


def test_marks_lie_outside_the_test_blocks(prepared: Prepared) -> None:
    landslides, boxes = draw_marks(prepared, 3, 4, 80, 1)
    assert (len(landslides), len(boxes)) == (3, 4)
    for shape in [*landslides, *boxes]:
        inside = rasterise([shape], prepared.scene.grid)
        assert inside.any()
        assert (prepared.split_map[inside] != TEST).all()
        assert markable(prepared)[inside].all()
    for box in boxes:
        assert shapely.area(box) == 80**2
        assert (prepared.labels[rasterise([box], prepared.scene.grid)] == 0).all()


def test_boxes_of_a_mosaic_stay_in_their_tile(prepared: Prepared) -> None:
    _, boxes = draw_marks(replace(prepared, tile_px=16), 1, 5, 80, 1)
    assert len(boxes) == 5
    for box in boxes:
        rows, columns = np.nonzero(rasterise([box], prepared.scene.grid))
        assert rows.min() // 16 == rows.max() // 16
        assert columns.min() // 16 == columns.max() // 16


def test_a_seed_draws_the_same_marks(prepared: Prepared) -> None:
    first, again, other = (draw_marks(prepared, 3, 3, 80, seed) for seed in (1, 1, 2))
    assert shapely.equals_exact(first[1], again[1]).all()
    assert not shapely.equals_exact(first[1], other[1]).all()
