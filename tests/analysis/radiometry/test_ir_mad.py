"""Unchanged pixels of two images, for any radiometry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chi2

from slidelens.analysis.radiometry.ir_mad import ir_mad, mad
from slidelens.types import Float64
from support.images.radiometry import two_dates


def test_canonical_correlations_by_hand() -> None:
    # Four orthogonal columns of mean 0 and standard deviation 1: p, q, r, s. One image is (p, q),
    # the other (0.6 p + 0.8 r, s): the first bands have the correlation 0.6, the second ones none.
    # Differences: p − 0.6 p − 0.8 r, of variance 2 (1 − 0.6) = 0.8, and of variance 2.
    p, q, r = (
        np.array([1, 1, 1, 1, -1, -1, -1, -1.0]),
        np.array([1.0, 1, -1, -1] * 2),
        np.array([1.0, -1] * 4),
    )
    s = p * q
    correlations, differences = mad(
        np.stack([p, q], 1), np.stack([0.6 * p + 0.8 * r, s], 1), np.ones(8)
    )
    np.testing.assert_allclose(correlations, [0.6, 0], atol=1e-12)
    np.testing.assert_allclose(differences.var(axis=0), [0.8, 2])
    np.testing.assert_allclose(np.abs(differences[:, 0]), np.abs(0.4 * p - 0.8 * r))


def test_weights_count_pixels() -> None:
    image, reference, _ = two_dates(200)
    repeats = np.arange(200) % 3
    whole = mad(image, reference, repeats.astype(float))
    repeated = mad(
        np.repeat(image, repeats, axis=0),
        np.repeat(reference, repeats, axis=0),
        np.ones(repeats.sum()),
    )
    np.testing.assert_allclose(whole[0], repeated[0])
    np.testing.assert_allclose(
        np.abs(whole[1][repeats > 0]),
        np.abs(repeated[1][np.cumsum(repeats)[repeats > 0] - 1]),
        atol=1e-9,
    )


def test_changed_pixels_are_found_out() -> None:
    image, reference, changed = two_dates()
    found = ir_mad(image, reference)
    assert found.no_change[changed].mean() < 0.01
    assert found.no_change[~changed].mean() > 0.2
    assert not changed[found.no_change > 0.95].any()
    assert (found.no_change > 0.95).sum() > 30
    assert (found.correlations > 0.99).all()
    assert found.first_correlations[0] < 0.8


def test_nothing_depends_on_a_linear_transform_of_either_image() -> None:
    image, reference, _ = two_dates()
    found, turned = (
        ir_mad(image, reference),
        ir_mad(image @ np.array([[2, 0.3], [-1, 0.5]]) - 300, 0.01 * reference[:, ::-1] + 7),
    )
    np.testing.assert_allclose(turned.correlations, found.correlations, rtol=1e-9)
    np.testing.assert_allclose(turned.no_change, found.no_change, atol=1e-6)


def test_where_nothing_is_weighted_yet_probabilities_are_those_of_chi_square() -> None:
    # One iteration: two unrelated images of many pixels have the correlations 0, and differences
    # of variance 2.
    rng = np.random.default_rng(2)
    image, reference = rng.normal(size=(2, 20_000, 3))
    correlations, differences = mad(image, reference, np.ones(20_000))
    probability = chi2.sf((differences**2 / (2 * (1 - correlations))).sum(axis=1), 3)
    np.testing.assert_allclose(
        np.quantile(probability, [0.05, 0.5, 0.95]), [0.05, 0.5, 0.95], atol=0.01
    )


def test_an_image_has_not_changed_against_itself() -> None:
    image = two_dates()[0]
    found = ir_mad(image, image)
    np.testing.assert_allclose(found.correlations, 1)
    assert found.no_change.min() > 0.999


@pytest.mark.parametrize(
    ("third", "reason"),
    [
        (lambda bands: np.full(len(bands), 7.0), "a band has no contrast"),
        (lambda bands: bands[:, 0] - bands[:, 1], "a band is a linear combination"),
    ],
)
def test_bands_that_tell_nothing_new(third: Callable[[Float64], Float64], reason: str) -> None:
    image, reference, _ = two_dates(500)
    with pytest.raises(np.linalg.LinAlgError, match=reason):
        ir_mad(
            np.column_stack([image, third(image)]),
            np.column_stack([reference, reference[:, 0] ** 2]),
        )
