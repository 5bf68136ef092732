"""Standardising bands, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.dataset.standardisation import (
    BandStatistics,
    compute_band_statistics,
    restore,
    standardise,
)
from slidelens.errors import SceneError

BANDS = ("red", "nir")


def test_statistics_of_the_chosen_pixels_only() -> None:
    # red 1, 3, 5: mean 3, variance (4 + 0 + 4) / 3; nir 10, 10, 40: mean 20, variance (100 +
    # 100 + 400) / 3 = 200
    pixels = np.array([[[1, 10], [3, 10]], [[5, 40], [1e9, 1e9]]], np.float32)
    where = np.array([[True, True], [True, False]])
    got = compute_band_statistics(pixels, where, BANDS, "a.tif")
    assert (got.bands, got.pixels) == (BANDS, 3)
    assert got.mean == pytest.approx((3, 20))
    assert got.deviation == pytest.approx(((8 / 3) ** 0.5, 200**0.5))


@pytest.mark.parametrize("value", [7.0, 0.1, 12345.678])
def test_a_band_without_contrast_has_deviation_1(value: float) -> None:
    pixels = np.full((30, 30, 2), value, np.float32)
    assert compute_band_statistics(pixels, np.ones((30, 30), bool), BANDS, "a.tif").deviation == (
        1,
        1,
    )


def test_no_pixel_to_learn_from() -> None:
    with pytest.raises(
        SceneError,
        match="a.tif has no valid pixel in the train blocks; give a scene that covers more of "
        "the area",
    ):
        compute_band_statistics(
            np.ones((2, 2, 2), np.float32), np.zeros((2, 2), bool), BANDS, "a.tif"
        )


def test_standardised_pixels_have_mean_0_and_deviation_1_and_nodata_is_0() -> None:
    rng = np.random.default_rng(1)
    pixels, valid = rng.normal(500, 70, (40, 40, 2)).astype(np.float32), rng.random((40, 40)) > 0.3
    got = standardise(pixels, valid, compute_band_statistics(pixels, valid, BANDS, "a.tif"))
    assert got.dtype == np.float32
    assert got[valid].mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert got[valid].std(axis=0) == pytest.approx(1, abs=1e-5)
    assert not got[~valid].any()


@given(
    st.lists(st.floats(0, 65_535, width=32), min_size=2, max_size=20),
    st.floats(-1e4, 1e4),
    st.floats(0.5, 1e4),
)
def test_restore_undoes_standardise(values: list[float], mean: float, deviation: float) -> None:
    pixels = np.array(values, np.float32).reshape(-1, 1, 1)
    bands = BandStatistics(("red",), (mean,), (deviation,), 9)
    back = restore(standardise(pixels, np.ones(pixels.shape[:2], bool), bands), bands)
    np.testing.assert_allclose(back, pixels, rtol=1e-5, atol=0.05)
