"""Areas of the landslides."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.landslides.areas import draw_areas
from slidelens.demo.params import LandslideParams


def test_areas_follow_the_inverse_gamma_of_malamud() -> None:
    # P(A < a) = Γ(ρ, scale / (a − s)) / Γ(ρ), which is exp(−scale / (a − s)) for ρ = 1.
    # With a scale of 1000 m² and s = 0 half of the areas are below 1000 / ln 2 = 1443 m².
    params = LandslideParams(rho=1.0001, a_km2=1e-3, s_km2=0.0, min_area_m2=0.001)
    params = params.model_copy(update={"max_area_m2": 1e12})
    areas = draw_areas(2000, params, np.random.default_rng(0))
    assert np.median(areas) == pytest.approx(1443, rel=0.01)
    assert np.mean(areas < 1000) == pytest.approx(np.exp(-1), abs=0.01)


def test_areas_keep_to_their_limits() -> None:
    areas = draw_areas(300, LandslideParams(), np.random.default_rng(1))
    assert areas.min() >= 280
    assert areas.max() <= 150_000
    assert len(draw_areas(0, LandslideParams(), np.random.default_rng(1))) == 0
