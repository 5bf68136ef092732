"""What polygons say about the ground: landslides, their rims, boxes, mapped ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.adaptation.marked import RIM_PX, MarkedGround, mark_ground
from support.studies import box, grid_of

GRID = grid_of(160, 200)
LANDSLIDES = [box(GRID, 20, 30, 8, 6), box(GRID, 100, 150, 5, 5)]
BARE = [box(GRID, 60, 60, 30, 30), box(GRID, 18, 100, 30, 30)]


def marked(
    landslides: list[shapely.Polygon] = LANDSLIDES,
    bare: list[shapely.Polygon] = BARE,
    mapped: tuple[shapely.Polygon, ...] = (),
    hidden: tuple[slice, slice] | None = None,
) -> MarkedGround:
    pixels = np.random.default_rng(1).normal(size=(*GRID.shape, 2)).astype(np.float32)
    if hidden:
        pixels[hidden] = 0
    return mark_ground(pixels, GRID, landslides, bare, mapped)


def test_landslides_have_a_rim_and_the_rest_is_unknown() -> None:
    ground = marked()
    assert (ground.data.labels[20:28, 30:36] == 1).all()
    assert (ground.data.labels == 1).sum() == 48 + 25
    rim = (ground.numbers == 1) & (ground.data.labels == 0)
    rows, columns = np.nonzero(rim)
    assert (rows.min(), rows.max()) == (20 - RIM_PX, 27 + RIM_PX)
    assert (columns.min(), columns.max()) == (30 - RIM_PX, 35 + RIM_PX)
    assert (ground.data.labels[60:90, 60:90] == 0).all()
    assert ((ground.data.labels == UNKNOWN) == (ground.numbers == 0)).all()
    assert ground.data.labels[0, 0] == UNKNOWN
    assert ground.is_landslide.tolist() == [True, True, False, False]
    assert ground.centres.tolist() == [[24, 33], [102, 152], [75, 75], [33, 115]]


def test_a_landslide_in_a_box_stays_one() -> None:
    ground = marked(bare=[box(GRID, 10, 20, 30, 30)])
    assert (ground.data.labels == 1).sum() == 48 + 25
    assert (ground.numbers == 3).sum() > 500


def test_mapped_ground_is_bare_but_for_its_landslides() -> None:
    ground = marked(bare=[], mapped=(box(GRID, 0, 0, 80, 80),))
    assert (ground.data.labels[:80, :80] != UNKNOWN).all()
    assert (ground.data.labels[:80, :80] == 1).sum() == 48
    assert ground.landslides == 2
    assert len(ground.is_landslide) > 2 + 4  # parts of it can be held back by themselves


def test_what_is_not_seen_is_not_marked() -> None:
    ground = marked(hidden=(slice(0, 60), slice(0, 60)))
    assert ground.landslides == 1
    assert len(ground.is_landslide) == 3
    assert set(np.unique(ground.numbers).tolist()) == {0, 1, 2, 3}
    assert (ground.data.labels == 1).sum() == 25


def test_a_pixel_is_not_seen_where_all_its_bands_are_0() -> None:
    pixels = np.zeros((*GRID.shape, 2), np.float32)
    pixels[..., 1] = 1
    pixels[0, 0] = 0
    ground = mark_ground(pixels, GRID, LANDSLIDES, [box(GRID, 0, 0, 10, 10)])
    assert ground.data.labels[0, 0] == UNKNOWN
    assert (ground.numbers[:10, :10] == 3).sum() == 99


def test_ground_that_is_marked_everywhere_keeps_its_numbers() -> None:
    ground = marked(bare=[box(GRID, 0, 0, *GRID.shape)])
    assert np.unique(ground.numbers).tolist() == [1, 2, 3]
    assert ground.is_landslide.tolist() == [True, True, False]
    assert (ground.numbers[20:28, 30:36] == 1).all()


def test_marks_held_back_are_unknown_and_keep_their_number() -> None:
    ground = marked().only(np.array([False, True, True, False]))
    assert set(np.unique(ground.numbers).tolist()) == {0, 2, 3}
    assert (ground.data.labels[ground.numbers == 0] == UNKNOWN).all()


@pytest.mark.parametrize("mark", range(4))
def test_tiles_hold_every_pixel_of_a_mark_once(mark: int) -> None:
    ground = marked()
    tiles, numbers = ground.tiles()
    own = numbers == mark + 1
    assert own.sum() == (ground.numbers == mark + 1).sum()
    assert (tiles.labels[own] == 1).sum() == (
        (ground.numbers == mark + 1) & (ground.data.labels == 1)
    ).sum()
    assert ((numbers > 0) == (tiles.labels != UNKNOWN)).all()
