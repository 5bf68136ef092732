"""Random fields, smooth steps and hashes."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.relief.noise import fractal, hash_unit, smoothstep


def test_noise_is_standardised_and_keeps_to_its_wavelengths() -> None:
    field = fractal((64, 96), np.random.default_rng(0), longest_px=32, shortest_px=8)
    assert field.mean() == pytest.approx(0, abs=1e-5)
    assert field.std() == pytest.approx(1, rel=1e-4)
    power = np.abs(np.fft.fft2(field)) ** 2
    wavenumber = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(96)[None, :])
    kept = (wavenumber > 1 / 32) & (wavenumber <= 1 / 8)
    assert power[~kept].sum() < 1e-6 * power.sum()


def test_noise_is_zero_where_no_wavelength_fits() -> None:
    assert not fractal((8, 8), np.random.default_rng(0), longest_px=4, shortest_px=3.9).any()


def test_smoothstep_by_hand() -> None:
    # (x − 2) / 4 is 0, ¼, ½, 1; ¼² · (3 − ½) = 0.15625
    assert smoothstep(np.array([1.0, 3.0, 4.0, 7.0]), 2, 6) == pytest.approx([0, 0.15625, 0.5, 1])
    assert smoothstep(np.array([1.0, 7.0]), 6, 2) == pytest.approx([1, 0])


def test_hash_is_repeatable_spread_out_and_depends_on_the_salt() -> None:
    numbers = np.arange(-5000, 5000)
    values = hash_unit(numbers, 2016)
    assert np.array_equal(values, hash_unit(numbers, 2016))
    assert (values >= 0).all()
    assert (values < 1).all()
    assert np.histogram(values, 10, (0, 1))[0] == pytest.approx(1000, rel=0.15)
    assert abs(np.corrcoef(values, hash_unit(numbers, 2017))[0, 1]) < 0.05
