"""Outlines of two dates that cross each other hundreds of thousands of times are refused."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.lifecycle.roughness import require_few_crossings
from slidelens.analysis.lifecycle.tracking import trace
from slidelens.analysis.overlay import shapes_of
from slidelens.errors import InventoryError


def outline(vertices: int, roughness: float, seed: int) -> shapely.Polygon:
    """Return a circle of 5 km with noise at each vertex, a share of the radius."""
    angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radii_m = 5_000 * (1 + np.random.default_rng(seed).normal(0, roughness, vertices))
    return shapely.Polygon(np.column_stack([radii_m * np.cos(angles), radii_m * np.sin(angles)]))


@pytest.fixture(autouse=True)
def lower_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slidelens.analysis.lifecycle.roughness._LARGE", 1_000)
    monkeypatch.setattr("slidelens.analysis.lifecycle.roughness.MAX_CROSSINGS", 500)


def test_rough_outlines_are_refused_before_they_are_overlaid() -> None:
    dates = {str(2014 + seed): [outline(4_000, 0.02, seed)] for seed in range(2)}
    with pytest.raises(InventoryError, match="2014 and 2015: two outlines .* 500 times") as refusal:
        trace(dates)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("vertices", "roughness"), [(4_000, 1e-5), (900, 0.02)], ids=["smooth", "few vertices"]
)
def test_others_are_not(vertices: int, roughness: float) -> None:
    before, after = (shapes_of([outline(vertices, roughness, seed)]) for seed in range(2))
    after = shapely.transform(after, lambda points: points + 300)
    require_few_crossings(before, after, ["2014", "2015"])


def test_two_rough_ones_far_apart_are_not() -> None:
    rough = shapes_of([outline(4_000, 0.02, 0)])
    far = shapely.transform(rough, lambda points: points + 20_000)
    require_few_crossings(rough, far, ["2014", "2015"])
    require_few_crossings(rough, shapes_of([]), ["2014", "2015"])
