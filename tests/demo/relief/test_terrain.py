"""Slopes, channels and reproducibility of the terrain."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.params import TerrainParams
from slidelens.demo.relief.terrain import TRUNK_M2, Terrain, build_terrain


@pytest.fixture(scope="module")
def terrain() -> Terrain:
    return build_terrain((192, 224), 5.0, TerrainParams(), np.random.default_rng(3))


def test_slopes_are_those_of_a_young_mountain_range(terrain: Terrain) -> None:
    degrees = np.degrees(np.arctan(terrain.slope))
    assert 25 < np.median(degrees) < 42
    assert np.percentile(degrees, 99) < 70
    assert np.ptp(terrain.elevation_m) > 200


def test_a_trunk_river_runs_through_the_area_in_its_lowest_ground(terrain: Terrain) -> None:
    trunk = terrain.channels[terrain.channels[:, 2] >= TRUNK_M2]
    assert np.ptp(trunk[:, 0]) > 96
    at = np.rint(trunk[:, :2]).astype(int)
    assert np.median(terrain.elevation_m[at[:, 0], at[:, 1]]) < np.percentile(
        terrain.elevation_m, 15
    )


def test_channels_lie_lower_than_the_ground_around_them(terrain: Terrain) -> None:
    at = np.rint(terrain.channels[:, :2]).astype(int)
    inner = at[((at > 20) & (at < np.array([172, 204]))).all(axis=1)]
    around = np.mean(
        [
            terrain.elevation_m[inner[:, 0] + dy, inner[:, 1] + dx]
            for dy, dx in ((-20, 0), (20, 0), (0, -20), (0, 20))
        ],
        axis=0,
    )
    assert (terrain.elevation_m[inner[:, 0], inner[:, 1]] < around).mean() > 0.9


def test_the_same_seed_gives_the_same_terrain_and_another_does_not(terrain: Terrain) -> None:
    again = build_terrain((192, 224), 5.0, TerrainParams(), np.random.default_rng(3))
    other = build_terrain((192, 224), 5.0, TerrainParams(), np.random.default_rng(4))
    assert np.array_equal(terrain.elevation_m, again.elevation_m)
    assert not np.allclose(terrain.elevation_m, other.elevation_m)
