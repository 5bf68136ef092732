"""Exchanged bands are found by their pattern and by their levels."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.radiometry.swaps import swapped_by_level, swapped_by_pattern
from slidelens.analysis.radiometry.values import describe_values
from slidelens.types import Float64

BANDS = ("green", "red", "nir")


def ground(seed: int) -> Float64:
    rng = np.random.default_rng(0)
    pattern = rng.normal(size=(2000, 3)) * [80, 90, 400] + [700, 600, 2900]
    return pattern + np.random.default_rng(seed).normal(0, 30, (2000, 3))


def test_exchanged_bands_show_the_pattern_of_each_other() -> None:
    assert swapped_by_pattern(ground(1), ground(2)[:, [0, 2, 1]], BANDS) == ("red", "nir")


def test_the_same_order_and_unrelated_images_are_no_exchange() -> None:
    unrelated = np.random.default_rng(3).normal(size=(2000, 3))
    assert swapped_by_pattern(ground(1), ground(2), BANDS) is None
    assert swapped_by_pattern(ground(1), unrelated, BANDS) is None


def test_few_pixels_tell_nothing() -> None:
    assert swapped_by_pattern(ground(1)[:50], ground(2)[:50, [0, 2, 1]], BANDS) is None


def test_a_constant_band_is_no_exchange() -> None:
    flat = ground(2)
    flat[:, 1] = 5
    assert swapped_by_pattern(ground(1), flat, BANDS) is None


def test_a_band_that_keeps_its_own_pattern_is_not_exchanged() -> None:
    # Red shows that of green (correlation 0.55) better than its own (0.55² = 0.3), green its own.
    green, *noise = np.random.default_rng(5).normal(size=(3, 20_000))
    first, second = (np.column_stack([green, green + 1.52 * one]) for one in noise)
    assert swapped_by_pattern(first, second, BANDS[:2]) is None


@pytest.mark.parametrize("share", [0.9, 1.0])
def test_saturated_bands_do_not_show_the_pattern_of_each_other(share: float) -> None:
    # Red is saturated in one image and near infrared in the other; what is left shows one pattern.
    rng, first, second = np.random.default_rng(4), ground(1), ground(2)
    second[:, 1] = first[:, 2] + rng.normal(0, 30, 2000)
    first[rng.random(2000) < share, 1] = 255
    second[rng.random(2000) < share, 2] = 255
    assert swapped_by_pattern(first, second, BANDS) is None


def test_exchanged_bands_with_many_equal_values_are_found() -> None:
    coarse = [np.rint(ground(seed) / 200) for seed in (1, 2)]
    assert swapped_by_pattern(coarse[0], coarse[1][:, [0, 2, 1]], BANDS) == ("red", "nir")
    assert swapped_by_pattern(coarse[0], coarse[1], BANDS) is None


def test_exchanged_levels_are_found_on_other_ground() -> None:
    one = describe_values(ground(1), BANDS)
    other = describe_values(ground(2)[::-1][:, [2, 1, 0]] * 1.1, BANDS)
    assert swapped_by_level(one, other) == ("green", "nir")
    assert swapped_by_level(one, describe_values(ground(2), BANDS)) is None


def test_negative_levels_tell_nothing() -> None:
    negative = describe_values(-ground(1), BANDS)
    assert swapped_by_level(negative, describe_values(ground(2)[:, [2, 1, 0]], BANDS)) is None


def test_other_levels_in_another_order_are_no_exchange() -> None:
    # Green is brighter than red in one image and darker in the other, but at levels of its own.
    one = describe_values(ground(1) * [3, 1, 1], BANDS)
    other = describe_values(ground(2) * [1, 8, 1], BANDS)
    assert swapped_by_level(one, other) is None
