"""Sun, shadow, air and sensor of the simulated images."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from slidelens.demo.imaging.sensor import Surface, observe
from slidelens.demo.imaging.sun import Sun, incidence, sun_at, sunlit
from slidelens.demo.params import DateParams

WHEN = datetime(2016, 11, 4, 4, 50, tzinfo=UTC)
SUN = Sun(np.radians(150), np.radians(45))


def surface(reflectance: float = 0.2, height_m: np.ndarray | None = None) -> Surface:
    height = np.zeros((64, 64), np.float32) if height_m is None else height_m.astype(np.float32)
    return Surface(
        np.full((5, *height.shape), reflectance, np.float32), height, np.zeros_like(height), 5.0
    )


def seen(of: Surface, **date: object) -> np.ndarray:
    values = DateParams.model_validate({"acquired": WHEN, "landslides": 0, "haze": 0.0} | date)
    return observe(of, SUN, values, np.random.default_rng(0))


def test_the_sun_is_overhead_at_the_equator_at_noon_of_an_equinox() -> None:
    # True noon at Greenwich on 20 March 2021 is at 12:07 UTC (equation of time −7.4 minutes).
    assert np.degrees(sun_at(datetime(2021, 3, 20, 12, 7, tzinfo=UTC), 0.0, 0.0).elevation) > 89


def test_the_sun_of_a_late_autumn_morning_stands_in_the_south_east() -> None:
    # Declination on 4 November is −15.4°, so that noon at 28.07° N has 90 − 28.07 − 15.4 = 46.5°; 10:35 is a little before.
    sun = sun_at(WHEN, 85.25, 28.07)
    assert 41 < np.degrees(sun.elevation) < 46
    assert 140 < np.degrees(sun.azimuth) < 170


def test_a_time_without_zone_is_utc() -> None:
    assert sun_at(WHEN.replace(tzinfo=None), 85.0, 28.0) == sun_at(WHEN, 85.0, 28.0)


def test_level_ground_has_incidence_one_and_a_slope_towards_the_sun_more() -> None:
    sun = Sun(np.pi, np.radians(45))  # in the south
    rows = np.arange(8, dtype=np.float32)[:, None] * np.ones((1, 8), np.float32)
    assert incidence(np.zeros((8, 8), np.float32), 5.0, sun) == pytest.approx(1)
    # Falling 45° towards the south it faces the sun: cos 0 / sin 45° = √2; rising 45° it lies along the rays: 0.
    assert incidence(-5 * rows, 5.0, sun) == pytest.approx(np.sqrt(2), rel=1e-5)
    assert incidence(5 * rows, 5.0, sun) == pytest.approx(0, abs=1e-5)


def test_a_wall_casts_a_shadow_as_long_as_it_is_high_at_45_degrees() -> None:
    height = np.zeros((80, 20), np.float32)
    height[60:64] = (
        100.0  # 100 m high; the sun in the south throws its shadow 100 m = 20 pixels northwards, to row 40
    )
    lit = sunlit(height, 5.0, Sun(np.pi, np.radians(45)))[:, 10]
    assert lit[44:58].max() < 0.1
    assert lit[:36].min() > 0.9
    assert lit[68:].min() > 0.9


def test_a_level_surface_is_seen_with_its_reflectance() -> None:
    image = seen(surface(0.2))
    assert image.dtype == np.uint16
    assert image.shape == (5, 64, 64)
    assert image.mean(axis=(1, 2)) == pytest.approx(2000, rel=0.01)
    # Noise: 0.0012 + 0.006 · 0.2 = 0.0024 of reflectance.
    assert image.std(axis=(1, 2)) == pytest.approx(24, rel=0.1)


def test_haze_brightens_blue_most_and_dark_ground_only() -> None:
    clear, hazy = (
        seen(surface(0.05)).mean(axis=(1, 2)),
        seen(surface(0.05), haze=0.08).mean(axis=(1, 2)),
    )
    assert (np.diff(hazy - clear) < 0).all()
    assert seen(surface(0.9), haze=0.08).mean() < seen(surface(0.9)).mean()


def test_gain_multiplies_each_band() -> None:
    plain, gained = (
        seen(surface()).mean(axis=(1, 2)),
        seen(surface(), gain=(1.1, 1.0, 1.0, 1.0, 0.9)).mean(axis=(1, 2)),
    )
    assert gained / plain == pytest.approx([1.1, 1, 1, 1, 0.9], rel=0.002)


def test_shadow_is_bluer_than_sunlight() -> None:
    rows = np.arange(64, dtype=np.float32)[:, None] * np.ones((1, 64), np.float32)
    away = seen(surface(0.2, 8 * rows))  # rises southwards at 58°: the sun does not reach it
    assert away[0].mean() > 1.5 * away[4].mean()


def test_the_image_moves_by_the_registration_error() -> None:
    ground = surface(0.1)
    ground.reflectance[:, 30, 30] = 1.0
    plain, moved = (
        seen(ground)[3].astype(float),
        seen(ground, shift_px=(2.0, -3.0))[3].astype(float),
    )
    assert np.unravel_index(plain.argmax(), plain.shape) == (30, 30)
    assert np.unravel_index(moved.argmax(), moved.shape) == (32, 27)


def test_cloud_is_masked_in_all_bands_together_and_leaves_shadow() -> None:
    level = np.zeros((256, 256), np.float32)
    image = seen(surface(0.2, level), cloud_share=0.1)
    masked = image == 0
    assert (masked.all(axis=0) == masked.any(axis=0)).all()
    assert 0.05 < masked[0].mean() < 0.15
    assert (image[4][~masked[4]] < 1000).mean() > 0.02
    assert not (seen(surface(0.2, level)) == 0).any()


def test_dark_ground_is_never_nodata() -> None:
    assert seen(surface(0.0)).min() >= 1
