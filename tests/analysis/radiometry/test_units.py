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


def test_a_constant_band_hides_no_difference_of_the_others() -> None:
    for value in (0.0, 255.0):
        flat, shifted = (
            np.where(np.arange(3) == 1, value, reflectance(seed) + offset)
            for seed, offset in ((0, 0), (1, 1000))
        )
        difference = unit_difference(described(flat), described(shifted))
        assert difference is not None
        assert difference.offset == 1000
    # shares, of which one band holds 255 alone, beside percent of darker ground: 20 times
    shares = described(np.where(np.arange(3) == 1, 255.0, reflectance() / 10_000))
    percent = described(reflectance() / 500)
    difference = unit_difference(shares, percent)
    assert difference is not None
    assert difference.certain


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


def values(
    *high: float,
    low: float | tuple[float, ...] = 0.0,
    spread: float = 100.0,
    eight_bit: bool = False,
    constant: tuple[str, ...] = (),
) -> ImageValues:
    """Values of bands whose brightest ground is given."""
    bands, height = BANDS[: len(high)], np.array(high, float)
    return ImageValues(
        bands=bands,
        low=np.broadcast_to(low, height.shape).astype(float),
        median=height / 2,
        high=height,
        spread=np.full(height.shape, spread),
        constant=constant,
        identical=(),
        eight_bit=eight_bit,
    )


@pytest.mark.parametrize(
    ("image", "other", "certain"),
    [
        # shares of snow beside percent of dark forest
        (values(1.2), values(12.0), True),
        (values(1.5), values(4.5), None),
        # both in shares, both in percent
        (values(0.1), values(1.2), False),
        (values(8.0), values(90.0), False),
        # integers of 8 bit beside others: a stretched image, and scenes in the same light
        (values(250, eight_bit=True), values(1000), True),
        (values(250, eight_bit=True), values(600), None),
        (values(60, eight_bit=True), values(250, eight_bit=True), None),
        # the same ground in other light, and dark forest against snow
        (values(2000), values(9000), None),
        (values(1000), values(9500), False),
    ],
)
def test_the_ratio_that_tells_units_depends_on_what_the_images_hold(
    image: ImageValues, other: ImageValues, certain: bool | None
) -> None:
    for pair in ((image, other), (other, image)):
        difference = unit_difference(*pair)
        assert (None if difference is None else difference.certain) is certain


@pytest.mark.parametrize(
    ("ratio", "factor"),
    [(80, 100), (33, 10_000 / 255), (240, 255), (300, 257), (8000, 10_000), (60_000, 65_535)],
)
def test_a_factor_near_a_usual_one_is_that_one(ratio: float, factor: float) -> None:
    for image, other, expected in (
        (values(1.0), values(ratio), factor),
        (values(ratio), values(1.0), 1 / factor),
    ):
        difference = unit_difference(image, other)
        assert difference is not None
        assert difference.factor == expected


def test_a_factor_near_none_is_the_measured_one() -> None:
    difference = unit_difference(values(1.0), values(1234.0))
    assert difference is not None
    assert difference.factor == 1200  # two digits


def test_a_doubtful_factor_is_never_a_usual_one() -> None:
    difference = unit_difference(values(100.0), values(2300.0))
    assert difference is not None
    assert (difference.factor, difference.certain) == (23, False)


def test_the_band_is_told_in_which_it_shows_most() -> None:
    difference = unit_difference(values(100, 9000, 100), values(300, 100, 90))
    assert difference is not None
    assert (difference.band, difference.factor) == ("red", 0.01)


def test_bands_without_a_ratio_tell_nothing() -> None:
    # values up to 0, as decibels may be, on either side; a band of one value in the other image
    assert unit_difference(values(0, 500), values(50, 500)) is None
    assert unit_difference(values(50, 500), values(0, 500)) is None
    assert unit_difference(values(700, 500), values(7, 500, constant=("green",))) is None
    # the sign does not matter
    difference = unit_difference(values(-3, 100), values(3, 10_000))
    assert difference is not None
    assert (difference.band, difference.factor) == ("red", 100)


@pytest.mark.parametrize(
    ("image", "other", "offset"),
    [
        (values(3000, 3000), values(4000, 4000, low=(1200, 850)), 1000),
        # the darkest ground under haze, in one band of two, and of less light on other ground
        (values(3000, 3000), values(3300, 3300, low=300), 0),
        (values(3000, 3000), values(4000, 3000, low=(1000, 0)), 0),
        (values(3000, 3000), values(4000, 4000, low=1000, spread=200), 1000),
        (values(3000, 3000), values(4000, 4000, low=1000, spread=500), 0),
        # too dark for reflectance × 10,000
        (values(250, 250), values(1250, 1250, low=1000), 0),
    ],
)
def test_what_is_and_what_is_not_the_offset_of_sentinel_2(
    image: ImageValues, other: ImageValues, offset: float
) -> None:
    for pair, sign in (((image, other), 1), ((other, image), -1)):
        difference = unit_difference(*pair)
        assert (0 if difference is None else difference.offset) == sign * offset
