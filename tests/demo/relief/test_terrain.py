"""Noise, drainage and the shape of the simulated valley."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from slidelens.demo.params import TerrainParams
from slidelens.demo.relief import drainage
from slidelens.demo.relief.noise import fractal, hashed, smoothstep
from slidelens.demo.relief.terrain import TRUNK_M2, Terrain, build_terrain

# 0 ← 1 ← 2 ← 3 and 1 ← 4: cell 0 is the outlet.
CHAIN = np.array([0, 0, 1, 2, 1])


@pytest.fixture(scope="module")
def terrain() -> Terrain:
    return build_terrain((192, 224), 5.0, TerrainParams(), np.random.default_rng(3))


def test_noise_is_standardised_and_keeps_to_its_wavelengths() -> None:
    field = fractal((64, 96), np.random.default_rng(0), longest_px=32, shortest_px=8)
    assert field.mean() == pytest.approx(0, abs=1e-5)
    assert field.std() == pytest.approx(1, rel=1e-4)
    power = np.abs(np.fft.fft2(field)) ** 2
    wavenumber = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(96)[None, :])
    kept = (wavenumber > 1 / 32) & (wavenumber <= 1 / 8)
    assert power[~kept].sum() < 1e-6 * power.sum()


def test_noise_is_zero_where_no_wavelength_fits() -> None:
    assert not fractal((8, 8), np.random.default_rng(0), longest_px=4, shortest_px=3.9).any()


def test_smoothstep_by_hand() -> None:
    # (x − 2) / 4 is 0, ¼, ½, 1; ¼² · (3 − ½) = 0.15625
    assert smoothstep(np.array([1.0, 3.0, 4.0, 7.0]), 2, 6) == pytest.approx([0, 0.15625, 0.5, 1])
    assert smoothstep(np.array([1.0, 7.0]), 6, 2) == pytest.approx([1, 0])


def test_hash_is_repeatable_spread_out_and_depends_on_the_salt() -> None:
    numbers = np.arange(-5000, 5000)
    values = hashed(numbers, 2016)
    assert np.array_equal(values, hashed(numbers, 2016))
    assert (values >= 0).all()
    assert (values < 1).all()
    assert np.histogram(values, 10, (0, 1))[0] == pytest.approx(1000, rel=0.15)
    assert abs(np.corrcoef(values, hashed(numbers, 2017))[0, 1]) < 0.05


def test_accumulate_by_hand() -> None:
    assert drainage.accumulate(CHAIN, np.array([1.0, 2, 3, 4, 5])).tolist() == [15, 14, 7, 4, 5]


def test_sum_downstream_by_hand() -> None:
    # Cell 3: 40 + 30 + 20; the outlet's own 10 is left out.
    assert drainage.sum_downstream(CHAIN, np.array([10.0, 20, 30, 40, 50])).tolist() == [
        0,
        20,
        50,
        90,
        70,
    ]


def test_step_length_is_longer_across_corners() -> None:
    # Two rows of two: cell 3 drains across the corner to 0, cell 1 to its left.
    assert drainage.step_length(np.array([0, 0, 0, 0]), 2, 5.0) == pytest.approx(
        [0, 5, 5, 5 * np.sqrt(2)]
    )


def test_a_pit_spills_over_its_lowest_pass() -> None:
    height = np.array([[0.0, 6.0, 1.0, 9.0]])  # the pit at 2 leaves over the pass of 6 towards 0
    assert drainage.drainage_tree(height, 0).tolist() == [0, 0, 1, 2]


@settings(max_examples=40, deadline=None)
@given(arrays(float, (7, 9), elements=st.floats(0, 100, width=16)), st.integers(0, 62))
def test_all_water_leaves_by_the_outlet(height: np.ndarray, outlet: int) -> None:
    receiver = drainage.drainage_tree(height, outlet)
    assert (drainage.roots(receiver) == outlet).all()
    assert drainage.accumulate(receiver, np.ones(63))[outlet] == 63


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
