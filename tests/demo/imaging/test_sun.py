"""Position of the sun, incidence and shadows."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from slidelens.demo.imaging.sun import Sun, relative_incidence, sun_at, sunlit_share

WHEN = datetime(2016, 11, 4, 4, 50, tzinfo=UTC)


def test_the_sun_is_overhead_at_the_equator_at_noon_of_an_equinox() -> None:
    # True noon at Greenwich on 20 March 2021 is at 12:07 UTC (equation of time −7.4 minutes).
    assert np.degrees(sun_at(datetime(2021, 3, 20, 12, 7, tzinfo=UTC), 0.0, 0.0).elevation) > 89


def test_the_sun_of_a_late_autumn_morning_stands_in_the_south_east() -> None:
    # The declination on 4 November is −15.4°, so noon at 28.07° N has 90 − 28.07 − 15.4 = 46.5°.
    # 10:35 local time is somewhat earlier.
    sun = sun_at(WHEN, 85.25, 28.07)
    assert 41 < np.degrees(sun.elevation) < 46
    assert 140 < np.degrees(sun.azimuth) < 170


def test_a_time_without_zone_is_utc() -> None:
    assert sun_at(WHEN.replace(tzinfo=None), 85.0, 28.0) == sun_at(WHEN, 85.0, 28.0)


def test_incidence_is_one_on_level_ground_and_higher_on_slopes_that_face_the_sun() -> None:
    sun = Sun(np.pi, np.radians(45))  # in the south
    rows = np.arange(8, dtype=np.float32)[:, None] * np.ones((1, 8), np.float32)
    assert relative_incidence(np.zeros((8, 8), np.float32), 5.0, sun) == pytest.approx(1)
    # Falling 45° southwards it faces the sun: cos 0 / sin 45° = √2; rising 45° it is edge-on: 0.
    assert relative_incidence(-5 * rows, 5.0, sun) == pytest.approx(np.sqrt(2), rel=1e-5)
    assert relative_incidence(5 * rows, 5.0, sun) == pytest.approx(0, abs=1e-5)


def test_a_wall_casts_a_shadow_as_long_as_it_is_high_at_45_degrees() -> None:
    height = np.zeros((80, 20), np.float32)
    # The sun in the south casts a shadow of 100 m = 20 pixels northwards, to row 40.
    height[60:64] = 100.0
    lit = sunlit_share(height, 5.0, Sun(np.pi, np.radians(45)))[:, 10]
    assert lit[44:58].max() < 0.1
    assert lit[:36].min() > 0.9
    assert lit[68:].min() > 0.9
