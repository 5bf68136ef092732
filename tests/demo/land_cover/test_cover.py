"""Shares of materials."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.imaging.spectra import MATERIALS, material_index
from slidelens.demo.land_cover.cover import Cover, grow_cover, put_materials
from slidelens.demo.params import TerrainParams
from slidelens.demo.relief.terrain import Terrain, build_terrain


@pytest.fixture(scope="module")
def valley() -> tuple[Terrain, Cover]:
    rng = np.random.default_rng(5)
    terrain = build_terrain((192, 192), 5.0, TerrainParams(), rng)
    return terrain, grow_cover(terrain, rng)


def test_put_by_hand() -> None:
    shares = np.zeros((len(MATERIALS), 1, 1), np.float32)
    shares[material_index("grass")] = 1
    put_materials(shares, np.array([[0.4]]), {"rock": 0.75, "soil": 0.25})
    assert shares[
        [material_index("grass"), material_index("rock"), material_index("soil")], 0, 0
    ] == pytest.approx([0.6, 0.3, 0.1])


def test_shares_add_up_to_one_everywhere(valley: tuple[Terrain, Cover]) -> None:
    shares = valley[1].shares
    assert shares.min() >= 0
    assert shares.sum(axis=0) == pytest.approx(1, abs=1e-4)


def test_the_valley_has_forest_fields_water_and_look_alikes(valley: tuple[Terrain, Cover]) -> None:
    shares = valley[1].shares
    mean = {material: float(shares[material_index(material)].mean()) for material in MATERIALS}
    assert mean["broadleaf"] + mean["conifer"] > 0.15
    assert all(
        mean[material] > 0.001 for material in ("crop", "water", "gravel", "rock", "road", "roof")
    )


def test_water_runs_in_the_channels(valley: tuple[Terrain, Cover]) -> None:
    cover = valley[1]
    assert cover.river.pixels[cover.shares[material_index("water")] > 0.5].max() < 6
