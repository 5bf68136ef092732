"""Appearance of landslides in the land cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from slidelens.demo.imaging.spectra import MATERIALS, material_index
from slidelens.demo.landslides.body import Body
from slidelens.demo.landslides.scars import Scar, draw_scar, put_landslide
from slidelens.types import Float32

SHAPE = (10, 12)


@pytest.fixture
def scar() -> Scar:
    """A body of 4 × 6 pixels, without streaks and patches."""
    cells = np.zeros((8, 12), np.float32)
    body = Body(slice(2, 6), slice(3, 9), cells - 1, cells, cells, 6.25, 600.0)
    return Scar(body, 0.0, 0.0, cells, cells)


def covered(scar: Scar, freshness: float, contrast: float) -> Float32:
    """Put the scar on a forest, on the left half of its window."""
    shares = np.zeros((len(MATERIALS), *SHAPE), np.float32)
    shares[material_index("broadleaf")] = 1
    ground = np.zeros((8, 12), bool)
    ground[:, :6] = True
    crowns_m = np.full(SHAPE, 10, np.float32)
    put_landslide(shares, np.ones(SHAPE, np.float32), crowns_m, scar, ground, freshness, contrast)
    assert (crowns_m[2:6, 3:6] == 0).all()
    assert (crowns_m == 10).sum() == 120 - 12
    return shares


def test_a_fresh_landslide_is_debris_where_it_is_bare(scar: Scar) -> None:
    """Freshness 1 is all bare; without stones and soil all of it is debris."""
    shares = covered(scar, 1.0, 1.0)
    assert shares[material_index("debris"), 2:6, 3:6] == pytest.approx(1)
    assert shares[material_index("broadleaf")].sum() == pytest.approx(120 - 12)
    assert shares.sum(axis=0) == pytest.approx(1)


def test_contrast_limits_how_bare_it_is(scar: Scar) -> None:
    """At a contrast of 0.6 the rest is grass (0.65) and shrub (0.35)."""
    shares = covered(scar, 1.0, 0.6)
    materials = [material_index(name) for name in ("debris", "grass", "shrub")]
    assert shares[materials, 3, 4] == pytest.approx([0.6, 0.26, 0.14])


def test_old_landslides_are_overgrown(scar: Scar) -> None:
    debris = material_index("debris")
    assert covered(scar, 0.1, 1.0)[debris].sum() < 0.5 * covered(scar, 0.9, 1.0)[debris].sum()


def test_a_scar_is_reproducible_and_standardised(scar: Scar) -> None:
    body = replace(scar.body, across_px=np.arange(96, dtype=np.float32).reshape(8, 12))
    first, again = (draw_scar(body, np.random.default_rng(4)) for _ in range(2))
    assert first.tone == again.tone
    assert np.array_equal(first.streaks, again.streaks)
    assert first.patches.std() == pytest.approx(1, rel=1e-4)
