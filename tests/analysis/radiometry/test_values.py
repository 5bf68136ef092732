"""Robust statistics of an image's bands, constant and identical bands."""

from __future__ import annotations

import numpy as np

from slidelens.analysis.radiometry.values import describe_values

BANDS = ("green", "red", "nir")


def test_constant_and_identical_bands_are_found() -> None:
    varied = np.arange(100.0)
    values = describe_values(np.stack([varied, varied, np.full(100, 7)], axis=1), BANDS)
    assert values.constant == ("nir",)
    assert values.identical == (("green", "red"),)


def test_two_constant_bands_are_not_called_identical() -> None:
    values = describe_values(np.ones((10, 3)), BANDS)
    assert values.constant == BANDS
    assert values.identical == ()


def test_a_few_outliers_do_not_change_the_range() -> None:
    pixels = np.full((1000, 1), 0.25)
    pixels[:3] = 1e6
    values = describe_values(pixels, ("red",))
    assert values.brightest == 0.25
    assert values.describe_range() == "0.25 to 0.25"


def test_large_values_are_written_without_exponent() -> None:
    values = describe_values(np.array([[400.0], [9000.0]]), ("red",))
    assert values.describe_range() == "443 to 8,914"
