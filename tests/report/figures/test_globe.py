"""Projection, land and labels of the locator globe."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.report.figures.globe import (
    inverse_orthographic,
    orthographic,
    place_label,
    visible_land,
)


def test_points_are_projected_by_hand() -> None:
    """From above the equator at 0°, 30° E lies at sin 30° = 0.5 and the pole at the top.

    180° is on the far side.
    """
    x, y = orthographic([0, 30, 0, 180], [0, 0, 90, 0], (0, 0))
    assert x == pytest.approx([0, 0.5, 0, np.nan], nan_ok=True)
    assert y == pytest.approx([0, 0, 1, np.nan], nan_ok=True)
    assert np.hypot(*orthographic(85, 28, (85, 28))) == pytest.approx(0)
    assert (place_label(85.24, 28.06), place_label(-70, -33.5)) == (
        "28.1° N, 85.2° E",
        "33.5° S, 70° W",
    )


@pytest.mark.parametrize("centre", [(70, 17), (-170, -15), (0, 89)])
def test_the_inverse_projection_returns_the_visible_points(centre: tuple[float, float]) -> None:
    longitude, latitude = np.array([175.0, -170, 85, 12, -60]), np.array([-40.0, 0, 28, 80, 50])
    points = inverse_orthographic(*orthographic(longitude, latitude, centre), centre)
    visible = ~np.isnan(points[0])
    assert 0 < visible.sum() < 5
    assert points[0][visible] == pytest.approx(longitude[visible])
    assert points[1][visible] == pytest.approx(latitude[visible])
    assert np.isnan(inverse_orthographic(np.array([0.8]), np.array([0.8]), centre)).all()


@pytest.mark.parametrize(
    ("centre", "land"),
    [
        ((85, 28), True),
        ((0, 65), False),
        ((180, 67), True),
        ((0, -90), True),
        ((0, 90), False),
        ((-150, 0), False),
    ],
)
def test_land_and_sea(centre: tuple[float, float], land: bool) -> None:
    """Centres: Nepal, the Norwegian Sea, Chukotka, the South and North Poles, the Pacific."""
    mask = visible_land(centre, 21)
    assert mask[10, 10] == land
    assert not mask[0, 0]
