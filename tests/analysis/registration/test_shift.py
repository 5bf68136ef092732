"""The peak of mean score surfaces, and its interval."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.registration.shift import Shift, shift_of
from slidelens.types import Float64


def hills(tops: list[tuple[float, float]]) -> Float64:
    """Return a surface of −3 … 3 pixels, in steps of half a pixel, for each top."""
    at = np.arange(-3, 3.25, 0.5)
    return np.stack(
        [-((at[:, None] - row) ** 2) - (at[None, :] - column) ** 2 for row, column in tops]
    )


def test_a_peak_between_the_steps_is_found() -> None:
    found = shift_of(hills([(0.7, -1.3)] * 6), (-3, -3), 0.5, fewest=5)
    assert found is not None
    assert (found.down_px, found.right_px) == pytest.approx((0.7, -1.3))
    assert found.down_interval == pytest.approx((0.7, 0.7))
    assert found.samples == 6


@pytest.mark.parametrize("deviation_px", [0.6, 1.3])
def test_the_interval_is_as_wide_as_the_samples_disagree(deviation_px: float) -> None:
    rng = np.random.default_rng(0)
    tops = [(row, 0.0) for row in rng.normal(0.5, deviation_px, 36)]
    found = shift_of(hills(tops), (-3, -3), 0.5, fewest=5)
    assert found is not None
    low, high = found.down_interval
    assert low < 0.5 < high
    assert high - low == pytest.approx(2 * 1.645 * deviation_px / 6, rel=0.3)
    assert found.right_interval == pytest.approx((0, 0))


@pytest.mark.parametrize(
    "surfaces",
    [
        hills([(0.7, 0.2)] * 4),
        hills([(5.0, 0.0)] * 6),
        hills([(-2.0, 0.0), (2.0, 0.0)] * 3),
        np.zeros((6, 13, 13)),
    ],
    ids=["too few", "beyond the edge", "two opinions", "flat"],
)
def test_what_cannot_be_told_is_not_told(surfaces: Float64) -> None:
    assert shift_of(surfaces, (-3, -3), 0.5, fewest=5) is None


def test_a_shift_is_described_by_the_points_of_the_compass() -> None:
    shift = Shift(-0.3, 0.4, (-0.4, -0.2), (0.35, 0.45), 12)
    assert shift.describe() == (
        "0.30 px north and 0.40 px east (90 % interval ± 0.10 and ± 0.05 px)"
    )
    assert shift.is_notable
    assert (-shift).describe().startswith("0.30 px south and 0.40 px west")
    assert (-shift).down_interval == (0.2, 0.4)
    assert shift.as_json()["down_interval_px"] == [-0.4, -0.2]
