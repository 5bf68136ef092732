"""Detect unchanged pixels by iteratively re-weighted multivariate alteration detection (IR-MAD).

The differences of the images' canonical variates are the MAD variates; where nothing changed, the
sum of their squares over their variances is χ² distributed. Pixels are weighted by their no-change
probability and the transform is repeated until the correlations converge. The result is invariant
to linear transforms of either image: gain and offset of illumination, haze and sensor.

Sources: Nielsen (2007), doi 10.1109/TIP.2006.888195; Canty & Nielsen (2008),
doi 10.1016/j.rse.2007.07.013.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from slidelens.types import Float64

_TOLERANCE, _MAX_ITERATIONS = 1e-3, 50
_MIN_VARIANCE = 1e-9  # of a MAD variate, whose scale is 1: the two images may be identical


@dataclass(frozen=True)
class Alteration:
    """Change between two images.

    Attributes:
        no_change: (pixels,) no-change probability.
        correlations: (bands,) canonical correlations of the weighted pixels, descending.
        first_correlations: (bands,) canonical correlations of all pixels, unweighted, descending.
    """

    no_change: Float64
    correlations: Float64
    first_correlations: Float64


def ir_mad(image: Float64, reference: Float64) -> Alteration:
    """Compare two images.

    Args:
        image: (pixels, bands).
        reference: (pixels, bands) the same pixels of the other image, with as many bands.

    Raises:
        numpy.linalg.LinAlgError: A band has no contrast, or is a linear combination of others.
    """
    bands = image.shape[1]
    weights, correlations = np.ones(len(image)), np.full(bands, np.inf)
    first: Float64 | None = None
    for _ in range(_MAX_ITERATIONS):
        previous = correlations
        correlations, differences = mad(image, reference, weights)
        first = correlations if first is None else first
        variances = np.maximum(2 * (1 - correlations), _MIN_VARIANCE)
        weights = np.asarray(chdtrc(bands, (differences**2 / variances).sum(axis=1)))
        if np.abs(correlations - previous).max() < _TOLERANCE:
            break
    assert first is not None
    return Alteration(weights, correlations, first)


def mad(image: Float64, reference: Float64, weights: Float64) -> tuple[Float64, Float64]:
    """Compute canonical correlations and MAD variates.

    Args:
        image: (pixels, bands).
        reference: (pixels, bands) the same pixels of the other image.
        weights: (pixels,) ≥ 0, weight of each pixel in means and covariances.

    Returns:
        (bands,) canonical correlations, descending, and (pixels, bands) the differences of the
        canonical variates, which have the weighted mean 0 and standard deviation 1.
    """
    bands, stacked = image.shape[1], np.hstack([image, reference])
    centred = stacked - np.average(stacked, axis=0, weights=weights)
    covariance = np.asarray((centred * weights[:, None]).T @ centred / weights.sum())
    whiten_image, whiten_reference = (
        _whitening(covariance[part, part]) for part in (slice(bands), slice(bands, None))
    )
    rotate_image, correlations, rotate_reference = np.linalg.svd(
        whiten_image.T @ covariance[:bands, bands:] @ whiten_reference
    )
    differences = (
        centred[:, :bands] @ whiten_image @ rotate_image
        - centred[:, bands:] @ whiten_reference @ rotate_reference.T
    )
    return np.minimum(correlations, 1.0), differences


def _whitening(covariance: Float64) -> Float64:
    """Return (bands, bands) W with Wᵀ covariance W = 1."""
    variance = np.diag(covariance)
    if variance.min() <= 1e-14 * variance.max():
        raise np.linalg.LinAlgError("a band has no contrast")
    scale = 1 / np.sqrt(variance)
    values, vectors = np.linalg.eigh(covariance * np.outer(scale, scale))
    if values.min() < 1e-12:
        raise np.linalg.LinAlgError("a band is a linear combination of others")
    return np.asarray(scale[:, None] * vectors / np.sqrt(values))
