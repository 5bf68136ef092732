"""Failures placed at random: the counts of outlines with many vertices are those of any others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.lifecycle.statistics.placements import Placements, place_at_random
from slidelens.analysis.overlay import shapes_of
from slidelens.types import Shapes

AREA = shapely.box(-3000, -3000, 3000, 3000)


def outline(vertices: int, radius_m: float, seed: int = 0) -> shapely.Polygon:
    """Return a closed outline with a bay or a spur at every vertex."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radii_m = radius_m * np.exp(rng.normal(0, 0.05, vertices))
    return shapely.Polygon(np.column_stack([radii_m * np.cos(angles), radii_m * np.sin(angles)]))


def counted(placements: Placements, earlier: Shapes, touch_m: float) -> float:
    """Return the share of touching places, each outline compared as a whole."""
    touching = [
        any(shapely.dwithin(moved, other, touch_m) for other in earlier)
        for moved in (
            shapely.set_coordinates(
                shapely.from_wkb(shapely.to_wkb(placements.patches[patch])),
                shapely.get_coordinates(placements.patches[patch]) + shift,
            )
            for patch, shift in zip(placements.patch, placements.shift, strict=True)
        )
    ]
    return float(np.mean(touching))


LARGE, SMALL = outline(1200, 900), outline(40, 100, 1)
RING = shapely.Polygon(
    shapely.get_exterior_ring(outline(1500, 1500, 2)), [outline(1100, 1200, 3).exterior]
)


@pytest.mark.parametrize("touch_m", [0.0, 20.0])
@pytest.mark.parametrize(
    ("patches", "earlier"),
    [
        ([LARGE], [SMALL]),
        ([SMALL], [LARGE]),
        ([SMALL], [RING]),
        ([RING], [SMALL, LARGE]),
        ([SMALL, LARGE], [shapely.box(1000, 1000, 1200, 1200), RING]),
    ],
    ids=["large", "small on large", "small in a ring", "ring", "several"],
)
def test_large_outlines_are_counted_as_if_compared_as_a_whole(
    patches: list[shapely.Polygon],
    earlier: list[shapely.Polygon],
    touch_m: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("slidelens.analysis.lifecycle.statistics.placements._PLACEMENTS", 150)
    others = shapes_of(earlier)
    placed = place_at_random(shapes_of(patches), AREA, 0.0, np.random.default_rng(4))
    share = placed.share_touching(others, touch_m)
    assert share == counted(placed, others, touch_m)
    assert 0 < share < 1


def test_a_large_outline_is_not_moved_as_a_whole_to_every_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Most of five thousand places are decided by hulls and by a few vertices."""
    moved = 0
    set_coordinates = shapely.set_coordinates

    def count(shapes: Shapes, points: np.ndarray) -> Shapes:
        nonlocal moved
        moved += len(points)
        return set_coordinates(shapes, points)

    monkeypatch.setattr(shapely, "set_coordinates", count)
    patch = outline(50_000, 900)
    placed = place_at_random(shapes_of([patch]), AREA, 1.0, np.random.default_rng(4))
    assert 0 < (placed.share_touching(shapes_of([outline(5_000, 900, 5)]), 1.0) or 0) < 1
    assert moved < 0.1 * len(placed.patch) * shapely.get_num_coordinates(placed.patches[0])


def test_many_failures_are_compared_with_an_index_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("one by one")

    monkeypatch.setattr(
        "slidelens.analysis.lifecycle.statistics.placements._count_touching", refuse
    )
    x, y = np.meshgrid(np.arange(-3000, 3000, 150), np.arange(-3000, 3000, 150))
    many = shapely.box(x.ravel(), y.ravel(), x.ravel() + 20, y.ravel() + 20)
    placed = place_at_random(many, AREA, 1.0, np.random.default_rng(4))
    assert 0 < (placed.share_touching(shapes_of([LARGE]), 1.0) or 0) < 1


def test_no_place_and_nothing_earlier() -> None:
    rng = np.random.default_rng(4)
    assert place_at_random(shapes_of([]), AREA, 1.0, rng).share_touching(shapes_of([]), 1.0) is None
    for patch in (LARGE, SMALL):
        placed = place_at_random(shapes_of([patch]), AREA, 1.0, rng)
        assert placed.share_touching(shapes_of([]), 1.0) == 0
