"""Land cover, fields and lines of the simulated valley."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.imaging.spectra import BANDS, MATERIALS, index, reflectances
from slidelens.demo.land_cover.cover import Cover, grow_cover, put
from slidelens.demo.land_cover.fields import crops
from slidelens.demo.params import TerrainParams
from slidelens.demo.relief.lines import distance_to, stripe
from slidelens.demo.relief.terrain import Terrain, build_terrain


@pytest.fixture(scope="module")
def valley() -> tuple[Terrain, Cover]:
    rng = np.random.default_rng(5)
    terrain = build_terrain((192, 192), 5.0, TerrainParams(), rng)
    return terrain, grow_cover(terrain, rng)


def test_put_by_hand() -> None:
    shares = np.zeros((len(MATERIALS), 1, 1), np.float32)
    shares[index("grass")] = 1
    put(shares, np.array([[0.4]]), {"rock": 0.75, "soil": 0.25})
    assert shares[[index("grass"), index("rock"), index("soil")], 0, 0] == pytest.approx(
        [0.6, 0.3, 0.1]
    )


def test_shares_add_up_to_one_everywhere(valley: tuple[Terrain, Cover]) -> None:
    shares = valley[1].shares
    assert shares.min() >= 0
    assert shares.sum(axis=0) == pytest.approx(1, abs=1e-4)


def test_the_valley_has_forest_fields_water_and_look_alikes(valley: tuple[Terrain, Cover]) -> None:
    shares = valley[1].shares
    mean = {material: float(shares[index(material)].mean()) for material in MATERIALS}
    assert mean["broadleaf"] + mean["conifer"] > 0.15
    assert all(
        mean[material] > 0.001 for material in ("crop", "water", "gravel", "rock", "road", "roof")
    )


def test_water_runs_in_the_channels(valley: tuple[Terrain, Cover]) -> None:
    cover = valley[1]
    assert cover.river.pixels[cover.shares[index("water")] > 0.5].max() < 6


def test_parts_of_the_fields_add_up_to_one_and_change_with_the_year(
    valley: tuple[Terrain, Cover],
) -> None:
    fields = valley[1].fields
    parts = crops(fields, 2016)
    assert sum(parts.values()) == pytest.approx(1, abs=1e-5)
    farmed = fields.share > 0.5
    assert 0.2 < ((parts["crop"] > 0) != (crops(fields, 2017)["crop"] > 0))[farmed].mean() < 0.6


def test_a_parcel_has_one_use(valley: tuple[Terrain, Cover]) -> None:
    fields = valley[1].fields
    crop = crops(fields, 2016)["crop"] > 0
    for number in np.unique(fields.parcel[fields.share > 0.5])[:20]:
        assert len(np.unique(crop[fields.parcel == number])) == 1


def test_distance_to_points_by_hand() -> None:
    found = distance_to(np.array([[1.0, 1.25, 7.0], [1.0, 4.0, 9.0]]), (3, 6))
    assert found.pixels[1, 1] == pytest.approx(0.25)
    assert found.pixels[0, 4] == pytest.approx(1.0)
    assert found.value[1].tolist() == [7, 7, 7, 9, 9, 9]


def test_no_points_are_far_away() -> None:
    assert distance_to(np.zeros((0, 3)), (2, 2)).pixels.min() > 1e5


def test_a_stripe_covers_what_its_width_says() -> None:
    # A line 2 pixels wide along x = 0: pixels at 0 and ±1 are covered by 1, ½ and ½; the sum is the width.
    assert stripe(np.array([1.0, 0.0, 1.0, 2.0]), 2.0) == pytest.approx([0.5, 1, 0.5, 0])
    # A line thinner than a pixel covers its own share of it.
    assert stripe(np.array([0.0]), 0.3) == pytest.approx([0.3], abs=1e-4)


def test_spectra_have_the_shapes_that_tell_materials_apart() -> None:
    spectra = dict(zip(MATERIALS, reflectances(0.3).T, strict=True))
    blue, green, red, red_edge, nir = range(len(BANDS))
    assert spectra["broadleaf"][nir] > 5 * spectra["broadleaf"][red]  # the red edge of leaves
    assert spectra["broadleaf"][green] > spectra["broadleaf"][red]
    assert (np.diff(spectra["debris"]) > 0).all()  # soils rise towards the infrared
    assert spectra["water"][nir] < spectra["water"][green]
    assert spectra["snow"].min() > 0.6
    assert spectra["conifer"][red_edge] < spectra["broadleaf"][red_edge]
    assert spectra["gravel"][blue] > spectra["grass"][blue]


def test_dry_plants_are_brighter_in_red_and_duller_in_the_infrared() -> None:
    green, brown = reflectances(0.0)[:, index("grass")], reflectances(1.0)[:, index("grass")]
    assert brown[2] > green[2]
    assert brown[4] < green[4]
    assert np.array_equal(reflectances(0.0)[:, index("rock")], reflectances(1.0)[:, index("rock")])
