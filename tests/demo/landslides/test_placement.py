"""Sizes, places, histories and inventories of the simulated landslides."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.demo.landslides.areas import draw_areas
from slidelens.demo.landslides.body import Body
from slidelens.demo.landslides.history import STATES, newcomers, tell_histories
from slidelens.demo.landslides.mapper import MIN_AREA_M2, draw
from slidelens.demo.landslides.placement import place_bodies
from slidelens.demo.params import DemoParams, LandslideParams, TerrainParams
from slidelens.demo.relief.terrain import Terrain, build_terrain
from slidelens.demo.valley import SimulatedStudy, simulate_study
from slidelens.errors import ParamsError

TABLE_1 = {"2013": 31, "2014": 26, "2015": 136, "2016": 95, "2017": 63, "2018": 55, "2019": 52}
AREAS_M2 = np.array([20_000.0, 6_000.0, 2_000.0, 600.0])


@pytest.fixture(scope="module")
def made() -> SimulatedStudy:
    return simulate_study(DemoParams.tiny())


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
        place_bodies(AREAS_M2, terrain, allowed.astype(np.float32), far, allowed, rng),
    )


def test_areas_follow_the_inverse_gamma_of_malamud() -> None:
    # P(A < a) = Γ(ρ, scale/(a − s)) / Γ(ρ), exp(−scale/(a − s)) for ρ = 1. Scale 1000 m², s = 0: half lie below 1000/ln 2 = 1443 m².
    params = LandslideParams(rho=1.0001, a_km2=1e-3, s_km2=0.0, min_area_m2=0.001, max_area_m2=1e12)
    areas = draw_areas(2000, params, np.random.default_rng(0))
    assert np.median(areas) == pytest.approx(1443, rel=0.01)
    assert np.mean(areas < 1000) == pytest.approx(np.exp(-1), abs=0.01)


def test_areas_keep_to_their_limits() -> None:
    areas = draw_areas(300, LandslideParams(), np.random.default_rng(1))
    assert areas.min() >= 280
    assert areas.max() <= 150_000
    assert len(draw_areas(0, LandslideParams(), np.random.default_rng(1))) == 0


def test_bodies_have_their_areas_and_do_not_touch(
    placed: tuple[Terrain, np.ndarray, list[Body]],
) -> None:
    _, allowed, bodies = placed
    taken = np.zeros(tuple(2 * side for side in allowed.shape), int)
    for body, asked_m2 in zip(bodies, AREAS_M2, strict=True):
        ground = body.open_ground(body.area_m2)
        assert 0.5 * asked_m2 < body.area_m2 <= asked_m2
        # Specks apart from the body are left out and pinholes filled, so that its area is near the wanted one, not equal.
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
    for body in bodies[:2]:
        ground = body.open_ground(body.area_m2)
        height = terrain.elevation_m[body.rows, body.columns].repeat(2, 0).repeat(2, 1)
        assert (
            height[ground & (body.along < 0.3)].mean()
            > height[ground & (body.along > 0.7)].mean() + 10
        )
        box = shapely.MultiPoint(np.argwhere(ground)).minimum_rotated_rectangle.exterior
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
        place_bodies(
            AREAS_M2, terrain, nowhere.astype(np.float32), far, nowhere, np.random.default_rng(0)
        )
    with pytest.raises(ParamsError, match="has no room for 4 landslides"):
        place_bodies(
            AREAS_M2,
            terrain,
            np.ones((224, 224), np.float32),
            far,
            nowhere,
            np.random.default_rng(0),
        )


def test_newcomers_by_hand() -> None:
    # 10 → 6: at least 1 of 10 heals; 10 − 6 + round(0.07 · 6) = 4 heal, none comes. 6 → 20: 1 heals, 5 are left, 15 come.
    assert newcomers({"a": 10, "b": 6, "c": 20}) == [10, 0, 15]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 99))
def test_as_many_are_open_at_each_date_as_asked(counts: list[int], seed: int) -> None:
    by_date = {str(number): count for number, count in enumerate(counts)}
    rng = np.random.default_rng(seed)
    areas = rng.uniform(300, 9000, sum(newcomers(by_date)))
    told = tell_histories(by_date, areas, rng)
    assert len(told) <= len(areas)
    for date, count in by_date.items():
        assert (
            sum(event.date == date and event.state != "healed" for past in told for event in past)
            == count
        )


def test_histories_make_sense() -> None:
    told = tell_histories(
        TABLE_1, np.full(sum(newcomers(TABLE_1)), 5000.0), np.random.default_rng(2)
    )
    seen = {event.state for past in told for event in past}
    assert seen == set(STATES) - {"unobserved"}
    for past in told:
        assert [event.state for event in past].count("new") == 1
        assert past[0].state == "new"
        for before, after in pairwise(past):
            assert after.date > before.date
            assert (before.state == "healed") <= (after.state == "reactivated")
            assert (after.state == "healed") == (after.area_share == 0)
            assert (after.state == "expanded") <= (after.area_share > 1.2 * before.area_share)
            assert (after.state == "shrinking") <= (0 < after.area_share < 0.85 * before.area_share)
            assert (after.state == "persistent") <= (after.area_share == before.area_share)


def test_a_mapper_without_error_or_haste_draws_nearly_the_truth() -> None:
    outline = shapely.Point(0, 0).buffer(40)
    drawn = draw([outline], 0.0, 0.0, np.random.default_rng(0))[0]
    assert drawn is not None
    assert drawn.area == pytest.approx(outline.area, rel=0.05)


def test_a_mapper_misses_small_ones_first_and_draws_nothing_under_the_limit() -> None:
    outlines = [
        shapely.box(0, 0, 10, 20),
        *(shapely.box(0, 0, side, side) for side in range(20, 210, 10)),
    ]
    drawn = draw(outlines, 0.2, 1.0, np.random.default_rng(0))
    assert drawn[0] is None  # 200 m², under 216
    missed = [number for number, shape in enumerate(drawn) if shape is None]
    assert 4 <= len(missed) <= 5
    assert max(missed) < 10
    assert min(shape.area for shape in drawn if shape is not None) >= MIN_AREA_M2


def test_outlines_are_jittered_but_overlap_the_truth(made: SimulatedStudy) -> None:
    truth = made.investigation.observations
    for date, view in made.investigation.views.items():
        true = truth[(truth.date == date) & (truth.state != "healed")]
        for shape in view.inventory.geometry:
            best = max(
                shape.intersection(other).area / shape.union(other).area for other in true.geometry
            )
            assert 0.4 < best < 0.999
    assert {date: len(view.inventory) for date, view in made.investigation.views.items()} == {
        "2015": 6,
        "2016": 6,
    }


def test_the_truth_keeps_identifiers_and_areas(made: SimulatedStudy) -> None:
    seen, once = made.investigation.observations, made.investigation.landslides
    assert seen.area_m2.to_numpy() == pytest.approx(seen.area.to_numpy(), abs=0.06)
    assert (seen.area_m2[seen.state == "healed"] == 0).all()
    assert once.landslide_id.is_unique
    assert set(once.landslide_id) == set(seen.landslide_id)
    for row in once.itertuples():
        mine = seen[(seen.landslide_id == row.landslide_id) & (seen.true_state != "healed")]
        assert row.first_date == mine.date.min()
        assert row.dates == len(mine)
        assert row.geometry.area >= mine.area_m2.max() - 0.1
        assert all(row.geometry.buffer(0.01).covers(shape) for shape in mine.geometry)


def test_landslides_lie_in_the_area(made: SimulatedStudy) -> None:
    for valley in (made.investigation, made.pretrain):
        assert valley.landslides.within(valley.aoi).all()


def test_the_two_areas_are_apart(made: SimulatedStudy) -> None:
    assert made.investigation.aoi.distance(made.pretrain.aoi) > 5000
