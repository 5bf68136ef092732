"""Levels of bands beside bands that are standardised by their surroundings."""

from __future__ import annotations

import numpy as np

from slidelens.dataset.change_channels import standardise_around
from slidelens.dataset.level_channels import (
    band_of_level,
    chosen_statistics,
    level_names,
    level_places,
    with_levels,
)
from slidelens.dataset.standardisation import BandStatistics, standardise, standardise_locally

BANDS = ("red", "nir")
NAMES = (*BANDS, *level_names(BANDS))
TRAINED = BandStatistics(BANDS, (1.0, 2.0), (3.0, 4.0), 17)
LEVELS = BandStatistics(level_names(BANDS), (10.0, 20.0), (2.0, 5.0), 9)


def test_a_level_is_told_from_a_band_of_such_a_name() -> None:
    assert NAMES == ("red", "nir", "level_red", "level_nir")
    assert level_places(NAMES) == (2, 3)
    assert band_of_level("level_red", NAMES) == "red"
    for name in ("red", "level_", "level_blue", "levels"):
        assert band_of_level(name, NAMES) is None
    assert level_places(("level_red", "nir")) == ()


def test_statistics_are_joined_and_chosen() -> None:
    joined = with_levels(TRAINED, LEVELS)
    assert joined == BandStatistics(NAMES, (1.0, 2.0, 10.0, 20.0), (3.0, 4.0, 2.0, 5.0), 17)
    assert chosen_statistics(joined, (3, 0)) == BandStatistics(
        ("level_nir", "red"), (20.0, 1.0), (5.0, 3.0), 17
    )


def test_only_the_levels_are_standardised_by_the_image() -> None:
    random = np.random.default_rng(1)
    bands = random.normal(15, 5, (20, 30, 2)).astype(np.float32)
    pixels, valid = np.concatenate([bands, bands], axis=-1), random.random((20, 30)) < 0.9
    around = standardise_around(pixels, valid, 7, NAMES, with_levels(TRAINED, LEVELS))
    np.testing.assert_array_equal(around[..., :2], standardise_locally(bands, valid, 7))
    np.testing.assert_array_equal(around[..., 2:], standardise(bands, valid, LEVELS))
    assert around[valid, 2].std() > 0.5
    # Without statistics of levels, a band of that name is like any other.
    plain = standardise_around(pixels, valid, 7, NAMES)
    np.testing.assert_array_equal(plain, standardise_locally(pixels, valid, 7))
