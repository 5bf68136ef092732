"""Placement of the landslides on free ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.demo.landslides.body import Body
from slidelens.demo.landslides.placement import place_landslides
from slidelens.demo.params import TerrainParams
from slidelens.demo.relief.terrain import Terrain, build_terrain
from slidelens.errors import ParamsError

AREAS_M2 = np.array([20_000.0, 6_000.0, 2_000.0, 600.0])


@pytest.fixture(scope="module")
def placed() -> tuple[Terrain, np.ndarray, list[Body]]:
    rng = np.random.default_rng(8)
    terrain = build_terrain((224, 224), 5.0, TerrainParams(), rng)
    allowed = np.zeros((224, 224), bool)
    allowed[10:-10, 10:-10] = True
    far = np.full((224, 224), 99.0, np.float32)
    return (
        terrain,
        allowed,
        place_landslides(AREAS_M2, terrain, allowed.astype(np.float32), far, allowed, rng),
    )


def test_bodies_have_their_areas_and_do_not_touch(
    placed: tuple[Terrain, np.ndarray, list[Body]],
) -> None:
    _, allowed, bodies = placed
    taken = np.zeros(tuple(2 * side for side in allowed.shape), int)
    for body, requested_m2 in zip(bodies, AREAS_M2, strict=True):
        ground = body.open_ground(body.area_m2)
        assert 0.5 * requested_m2 < body.area_m2 <= requested_m2
        # Specks apart from the body are left out and pinholes filled, so the areas differ a little.
        assert ground.sum() * body.cell_m2 == pytest.approx(body.area_m2, rel=0.2)
        taken[
            2 * body.rows.start : 2 * body.rows.stop, 2 * body.columns.start : 2 * body.columns.stop
        ] += ground
    assert taken.max() == 1
    assert not taken[~allowed.repeat(2, 0).repeat(2, 1)].any()


def test_bodies_run_downslope_and_are_longer_than_wide(
    placed: tuple[Terrain, np.ndarray, list[Body]],
) -> None:
    terrain, _, bodies = placed
    assert len(bodies) >= 2
    for body in bodies[:2]:
        ground = body.open_ground(body.area_m2)
        height = terrain.elevation_m[body.rows, body.columns].repeat(2, 0).repeat(2, 1)
        assert (
            height[ground & (body.along < 0.3)].mean()
            > height[ground & (body.along > 0.7)].mean() + 10
        )
        box = shapely.oriented_envelope(shapely.multipoints(np.argwhere(ground)))
        sides = sorted(np.hypot(*np.diff(shapely.get_coordinates(box), axis=0).T)[:2])
        assert sides[1] > 1.5 * sides[0]


def test_a_larger_outline_holds_the_smaller(placed: tuple[Terrain, np.ndarray, list[Body]]) -> None:
    body = placed[2][0]
    small, large = body.open_ground(0.6 * body.area_m2), body.open_ground(1.5 * body.area_m2)
    assert (small & large).sum() > 0.98 * small.sum()
    assert large.sum() > 2 * small.sum()
    assert not body.open_ground(0).any()


def test_too_many_landslides_for_the_ground_are_refused(
    placed: tuple[Terrain, np.ndarray, list[Body]],
) -> None:
    terrain = placed[0]
    nowhere, far = np.zeros((224, 224), bool), np.full((224, 224), 99.0, np.float32)
    with pytest.raises(
        ParamsError, match="has no room for 4 landslides; enlarge it, or lower the counts"
    ):
        place_landslides(
            AREAS_M2, terrain, nowhere.astype(np.float32), far, nowhere, np.random.default_rng(0)
        )
    with pytest.raises(ParamsError, match="has no room for 4 landslides"):
        place_landslides(
            AREAS_M2,
            terrain,
            np.ones((224, 224), np.float32),
            far,
            nowhere,
            np.random.default_rng(0),
        )
