"""Which pixels of two images of one place have not changed, whatever the light: iteratively re-weighted multivariate alteration detection.

The images' canonical variates are subtracted pair by pair (MAD variates); the sum of their squares over their variances is χ² distributed
where nothing changed. Pixels are weighted by the probability that they did not, and all is done again until the correlations stand.
It does not matter to the result what linear transform either image has been through: gain and offset of light, haze and sensor.
Sources: Nielsen (2007), doi 10.1109/TIP.2006.888195; Canty & Nielsen (2008), doi 10.1016/j.rse.2007.07.013.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

Sample = NDArray[np.float64]

_SETTLED, _MOST_ITERATIONS = 1e-3, 50
_LEAST_VARIANCE = (
    1e-9  # of a MAD variate, whose scale is 1: two images may be the same to the digit
)


@dataclass(frozen=True)
class Alteration:
    """What has changed between two images.

    no_change: (pixels,) probability that a pixel has not
    correlations: canonical correlations, the largest first, of the pixels weighted by it; first_correlations: of all pixels alike
    """

    no_change: Sample
    correlations: Sample
    first_correlations: Sample


def ir_mad(one: Sample, other: Sample) -> Alteration:
    """Compare two images. one, other: (pixels, bands) the same pixels of both, as many bands.

    Raises numpy.linalg.LinAlgError where a band has no contrast, or is a sum of others.
    """
    weights, correlations = np.ones(len(one)), np.full(one.shape[1], np.inf)
    first: Sample | None = None
    for _ in range(_MOST_ITERATIONS):
        before = correlations
        correlations, differences = mad(one, other, weights)
        first = correlations if first is None else first
        variances = np.maximum(2 * (1 - correlations), _LEAST_VARIANCE)
        weights = np.asarray(chi2.sf((differences**2 / variances).sum(axis=1), one.shape[1]))
        if np.abs(correlations - before).max() < _SETTLED:
            break
    assert first is not None
    return Alteration(weights, correlations, first)


def mad(one: Sample, other: Sample, weights: Sample) -> tuple[Sample, Sample]:
    """Canonical correlations, (bands,) the largest first, and the differences of the canonical variates, (pixels, bands).

    weights: (pixels,) ≥ 0 of each pixel in means and covariances; the variates have the weighted mean 0 and deviation 1
    """
    bands, joined = one.shape[1], np.hstack([one, other])
    centred = joined - np.average(joined, axis=0, weights=weights)
    covariance = np.asarray((centred * weights[:, None]).T @ centred / weights.sum())
    white_one, white_other = (
        _whitening(covariance[part, part]) for part in (slice(bands), slice(bands, None))
    )
    turn_one, correlations, turn_other = np.linalg.svd(
        white_one.T @ covariance[:bands, bands:] @ white_other
    )
    differences = (
        centred[:, :bands] @ white_one @ turn_one - centred[:, bands:] @ white_other @ turn_other.T
    )
    return np.minimum(correlations, 1.0), differences


def _whitening(covariance: Sample) -> Sample:
    """(bands, bands) W with Wᵀ covariance W = 1."""
    variance = np.diag(covariance)
    if variance.min() <= 1e-14 * variance.max():
        raise np.linalg.LinAlgError("a band has no contrast")
    scale = 1 / np.sqrt(variance)
    values, vectors = np.linalg.eigh(covariance * np.outer(scale, scale))
    if values.min() < 1e-12:
        raise np.linalg.LinAlgError("a band is a sum of others")
    return np.asarray(scale[:, None] * vectors / np.sqrt(values))
