"""How far an image is from the one that a network was trained on, before anything is trained or mapped.

Band by band: shift of the mean, ratio of the spreads, Wasserstein distance. All bands together: the sliced Wasserstein distance, once as
the images are (`distance`) and once as networks see them, standardised (`residual`).
Source: Bonneel et al. (2015), Sliced and Radon Wasserstein barycenters of measures, doi 10.1007/s10851-014-0506-3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sample = NDArray[np.float64]

_DIRECTIONS, _QUANTILES = 64, 400


@dataclass(frozen=True)
class BandDrift:
    """One band, in standard deviations of the training image.

    shift: difference of the means; spread: ratio of the standard deviations; distance: Wasserstein distance
    """

    band: str
    shift: float
    spread: float
    distance: float


@dataclass(frozen=True)
class Drift:
    """All bands together, in standard deviations. distance: of the images as they are; residual: of the standardised ones."""

    bands: tuple[BandDrift, ...]
    distance: float
    residual: float


def drift(
    training: Sample, other: Sample, bands: tuple[str, ...], standardised: Sample | None = None
) -> Drift:
    """How far one image is from the training image.

    training, other: (pixels, bands) valid pixels, the same bands in the same units; not the same number of pixels
    standardised: the other as networks see it; None for by its own means and deviations
    """
    reference, seen = _by_training(training, other)
    each = tuple(
        BandDrift(
            name,
            float(seen[:, band].mean()),
            float(seen[:, band].std()),
            _distance(reference[:, [band]], seen[:, [band]], np.eye(1)),
        )
        for band, name in enumerate(bands)
    )
    directions = _directions(len(bands))
    if standardised is None:
        standardised = (other - other.mean(axis=0)) / _spread(other)
    whole, together, itself = (
        _quantiles(sample, directions) for sample in (reference, seen, standardised)
    )
    return Drift(each, _apart(whole, together), _apart(whole, itself))


def distance(training: Sample, other: Sample) -> float:
    """`Drift.distance` alone, at a fraction of the work. training, other: (pixels, bands)."""
    return _distance(*_by_training(training, other), _directions(training.shape[1]))


def _by_training(training: Sample, other: Sample) -> tuple[Sample, Sample]:
    """Both in standard deviations of the training image, from its mean."""
    mean, deviation = training.mean(axis=0), _spread(training)
    return (training - mean) / deviation, (other - mean) / deviation


def _spread(sample: Sample) -> NDArray[np.float64]:
    deviation = sample.std(axis=0)
    return np.where(deviation > 0, deviation, 1.0)


def _directions(bands: int) -> NDArray[np.float64]:
    """(directions, bands) unit vectors, the same at every call."""
    vectors = np.random.default_rng(0).normal(size=(_DIRECTIONS, bands))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _distance(one: Sample, other: Sample, directions: NDArray[np.float64]) -> float:
    """Mean Wasserstein-1 distance of the samples projected onto the directions."""
    return _apart(_quantiles(one, directions), _quantiles(other, directions))


def _quantiles(sample: Sample, directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(quantiles, directions) of a sample projected onto the directions."""
    return np.quantile(sample @ directions.T, (np.arange(_QUANTILES) + 0.5) / _QUANTILES, axis=0)


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.abs(one - other).mean())
