"""Units of two images: factors and offsets are found, other light and other ground are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from slidelens.analysis.radiometry.units import unit_difference
from slidelens.analysis.radiometry.values import ImageValues, describe_values
from slidelens.types import Float64

BANDS = ("green", "red", "nir")


def reflectance(seed: int = 0) -> Float64:
    """Return (pixels, bands) reflectance × 10,000 of vegetated ground."""
    rng = np.random.default_rng(seed)
    return np.abs(rng.normal([600, 500, 2800], [150, 180, 500], (4000, 3))) + 50


def described(pixels: Float64, eight_bit: bool = False) -> ImageValues:
    return describe_values(pixels, BANDS, eight_bit)


TRAINING = described(reflectance(1))


@pytest.mark.parametrize(
    ("change", "eight_bit", "factor"),
    [
        (lambda x: x / 10_000, False, 10_000),
        (lambda x: x / 100, False, 100),
        (lambda x: np.rint(x * 255 / 10_000), False, 10_000 / 255),
        (lambda x: np.rint(x * 255 / 10_000), True, 10_000 / 255),
        (lambda x: np.rint(np.clip(x / 3500 * 255, 0, 255)), True, 15),
        (lambda x: x * 257, False, 1 / 257),
        (lambda x: np.where(np.arange(3) == 2, x / 10_000, x), False, 10_000),
    ],
    ids=["shares", "percent", "8 bit as float", "8 bit", "stretched", "16 bit", "one band"],
)
def test_other_units_are_certain(
    change: Callable[[Float64], Float64], eight_bit: bool, factor: float
) -> None:
    difference = unit_difference(described(change(reflectance()), eight_bit), TRAINING)
    assert difference is not None
    assert difference.certain
    assert difference.factor == pytest.approx(factor, rel=0.35)


def test_the_difference_is_told_in_either_direction() -> None:
    shares = described(reflectance() / 10_000)
    difference = unit_difference(TRAINING, shares)
    assert difference is not None
    assert difference.factor == pytest.approx(1e-4)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x,
        lambda x: x * 2.5,
        lambda x: x * 0.4,
        lambda x: x + np.array([900, 600, 200]),  # haze
        lambda x: np.clip(x + 4000, 0, 4200) + x / 10,  # snow
    ],
    ids=["same", "brighter", "darker", "haze", "snow"],
)
def test_other_light_and_snow_are_no_other_units(change: Callable[[Float64], Float64]) -> None:
    difference = unit_difference(described(change(reflectance())), TRAINING)
    assert difference is None or not difference.certain


def test_a_doubtful_ratio_is_told_as_measured() -> None:
    difference = unit_difference(described(reflectance() * 15), TRAINING)
    assert difference is not None
    assert not difference.certain
    assert difference.factor == pytest.approx(1 / 15, rel=0.1)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_offset_of_sentinel_2_is_recognised(sign: int) -> None:
    shifted = described(reflectance() + 1000)
    pair = (shifted, TRAINING) if sign < 0 else (TRAINING, shifted)
    difference = unit_difference(*pair)
    assert difference is not None
    assert (difference.offset, difference.certain) == (sign * 1000, False)


def test_constant_and_empty_bands_tell_nothing() -> None:
    pixels = reflectance()
    pixels[:, 1] = 7
    assert unit_difference(described(pixels), TRAINING) is None
    assert unit_difference(described(np.zeros((10, 3))), TRAINING) is None
