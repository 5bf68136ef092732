"""Parcels and their crops."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.land_cover.cover import Cover, grow_cover
from slidelens.demo.land_cover.fields import crop_shares
from slidelens.demo.params import TerrainParams
from slidelens.demo.relief.terrain import Terrain, build_terrain


@pytest.fixture(scope="module")
def valley() -> tuple[Terrain, Cover]:
    rng = np.random.default_rng(5)
    terrain = build_terrain((192, 192), 5.0, TerrainParams(), rng)
    return terrain, grow_cover(terrain, rng)


def test_parts_of_the_fields_add_up_to_one_and_change_with_the_year(
    valley: tuple[Terrain, Cover],
) -> None:
    fields = valley[1].fields
    parts = crop_shares(fields, 2016)
    assert sum(parts.values()) == pytest.approx(1, abs=1e-5)
    farmed = fields.share > 0.5
    assert (
        0.2 < ((parts["crop"] > 0) != (crop_shares(fields, 2017)["crop"] > 0))[farmed].mean() < 0.6
    )


def test_a_parcel_has_one_use(valley: tuple[Terrain, Cover]) -> None:
    fields = valley[1].fields
    crop = crop_shares(fields, 2016)["crop"] > 0
    parcels = np.unique(fields.parcel[fields.share > 0.5])
    assert len(parcels) > 20
    for number in parcels[:20]:
        assert len(np.unique(crop[fields.parcel == number])) == 1
