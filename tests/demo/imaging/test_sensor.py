"""Illumination, air, clouds, optics and noise of the simulated images."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from slidelens.demo.imaging.sensor import Surface, simulate_image
from slidelens.demo.imaging.sun import Sun
from slidelens.demo.params import DateParams

WHEN = datetime(2016, 11, 4, 4, 50, tzinfo=UTC)
SUN = Sun(np.radians(150), np.radians(45))


def make_surface(reflectance: float = 0.2, height_m: np.ndarray | None = None) -> Surface:
    height = np.zeros((64, 64), np.float32) if height_m is None else height_m.astype(np.float32)
    return Surface(
        np.full((5, *height.shape), reflectance, np.float32), height, np.zeros_like(height), 5.0
    )


def simulated(surface: Surface, **date: object) -> np.ndarray:
    values = DateParams.model_validate({"acquired": WHEN, "landslides": 0, "haze": 0.0} | date)
    return simulate_image(surface, SUN, values, np.random.default_rng(0))


def test_a_level_surface_has_its_reflectance() -> None:
    image = simulated(make_surface(0.2))
    assert image.dtype == np.uint16
    assert image.shape == (5, 64, 64)
    assert image.mean(axis=(1, 2)) == pytest.approx(2000, rel=0.01)
    # Noise: 0.0012 + 0.006 · 0.2 = 0.0024 of reflectance.
    assert image.std(axis=(1, 2)) == pytest.approx(24, rel=0.1)


def test_haze_brightens_blue_most_and_dark_ground_only() -> None:
    clear, hazy = (
        simulated(make_surface(0.05)).mean(axis=(1, 2)),
        simulated(make_surface(0.05), haze=0.08).mean(axis=(1, 2)),
    )
    assert (np.diff(hazy - clear) < 0).all()
    assert simulated(make_surface(0.9), haze=0.08).mean() < simulated(make_surface(0.9)).mean()


def test_gain_multiplies_each_band() -> None:
    plain, gained = (
        simulated(make_surface()).mean(axis=(1, 2)),
        simulated(make_surface(), gain=(1.1, 1.0, 1.0, 1.0, 0.9)).mean(axis=(1, 2)),
    )
    assert gained / plain == pytest.approx([1.1, 1, 1, 1, 0.9], rel=0.002)


def test_shadow_is_bluer_than_sunlight() -> None:
    rows = np.arange(64, dtype=np.float32)[:, None] * np.ones((1, 64), np.float32)
    away = simulated(
        make_surface(0.2, 8 * rows)
    )  # rises southwards at 58°: the sun does not reach it
    assert away[0].mean() > 1.5 * away[4].mean()


def test_the_image_moves_by_the_registration_error() -> None:
    ground = make_surface(0.1)
    ground.reflectance[:, 30, 30] = 1.0
    plain, moved = (
        simulated(ground)[3].astype(float),
        simulated(ground, shift_px=(2.0, -3.0))[3].astype(float),
    )
    assert np.unravel_index(plain.argmax(), plain.shape) == (30, 30)
    assert np.unravel_index(moved.argmax(), moved.shape) == (32, 27)


def test_cloud_is_masked_in_all_bands_together_and_leaves_shadow() -> None:
    level = np.zeros((256, 256), np.float32)
    image = simulated(make_surface(0.2, level), cloud_share=0.1)
    masked = image == 0
    assert (masked.all(axis=0) == masked.any(axis=0)).all()
    assert 0.05 < masked[0].mean() < 0.15
    assert (image[4][~masked[4]] < 1000).mean() > 0.02
    assert not (simulated(make_surface(0.2, level)) == 0).any()


def test_dark_ground_is_never_nodata() -> None:
    assert simulated(make_surface(0.0)).min() >= 1
