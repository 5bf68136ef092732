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


def test_the_statistics_by_hand() -> None:
    # 0…200 in steps of 1: 0.5 % of the range from below, 1 % from above, quartiles 50 and 150
    values = describe_values(np.column_stack([np.arange(201.0), -3 * np.arange(201.0)]), BANDS[:2])
    assert values.low.tolist() == [1, -597]
    assert values.median.tolist() == [100, -300]
    assert values.high.tolist() == [198, -6]
    assert values.spread.tolist() == [100, 300]
    assert values.brightest == 198


def test_the_brightest_is_the_largest_whatever_its_sign() -> None:
    assert describe_values(np.full((10, 2), [-9.0, 4.0]), BANDS[:2]).brightest == 9
