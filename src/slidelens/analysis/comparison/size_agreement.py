"""Agreement of two inventories by landslide size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64, Mask

_HALF_DECADE = 10**0.5


@dataclass(frozen=True)
class SizeClass:
    """Completeness of the landslides of one size class.

    Attributes:
        from_m2: Smallest area of the class, m².
        to_m2: Upper bound of the area, m², exclusive.
        landslides: Number of landslides.
        matched: Number with a one-to-one match.
        half_covered: Number of which at least half the area is covered.
        covered_share: Covered share of their total area.
    """

    from_m2: float
    to_m2: float
    landslides: int
    matched: int
    half_covered: int
    covered_share: float


def recall_by_size(areas_m2: Float64, matched: Mask, covered: Float64) -> list[SizeClass]:
    """Compute completeness in half decades of area (…, 316, 1000, 3162, … m²).

    Args:
        areas_m2: (n,) area of each landslide, m².
        matched: (n,) whether it has a match.
        covered: (n,) share of it that is covered, 0…1.

    Returns:
        The classes with landslides, smallest first.
    """
    half_decade = np.floor(np.log(np.maximum(areas_m2, 1e-9)) / np.log(_HALF_DECADE) + 1e-9).astype(
        int
    )
    classes = []
    for step in np.unique(half_decade):
        members = half_decade == step
        from_m2, to_m2 = (float(f"{_HALF_DECADE**edge:.4g}") for edge in (step, step + 1))
        classes.append(
            SizeClass(
                from_m2=from_m2,
                to_m2=to_m2,
                landslides=int(members.sum()),
                matched=int(matched[members].sum()),
                half_covered=int((covered[members] >= 0.5).sum()),
                covered_share=float(covered[members] @ areas_m2[members] / areas_m2[members].sum()),
            )
        )
    return classes


@dataclass(frozen=True)
class SizeDifference:
    """Difference between the size distributions of two inventories.

    The test takes landslides as independent; two inventories of one event share theirs, so p errs
    on the high side. Everything is None if an inventory is empty; p and the interval also without
    resamples.

    Attributes:
        ks: Kolmogorov–Smirnov distance of the two distributions of area.
        p: Share of resamples of the pooled areas that lie at least as far apart.
        median_ratio: Median predicted area over median observed area.
        median_ratio_interval: Its 95 % interval.
    """

    ks: float | None = None
    p: float | None = None
    median_ratio: float | None = None
    median_ratio_interval: tuple[float, float] | None = None


def size_difference(
    observed_m2: Float64, predicted_m2: Float64, repeats: int = 999, seed: int = 0
) -> SizeDifference:
    """Compare two sets of areas with a bootstrap Kolmogorov–Smirnov test, which allows ties.

    Args:
        observed_m2: (n,) areas, m², in any order.
        predicted_m2: (m,) areas, m², in any order.
        repeats: Number of resamples; 0 for no test and no interval.
        seed: Seed of the resampling.

    Source: Abadie (2002), Bootstrap tests for distributional treatment effects in instrumental
    variable models, JASA 97.
    """
    if not (len(observed_m2) and len(predicted_m2)):
        return SizeDifference()
    random = np.random.default_rng(seed)
    observed, predicted = np.sort(observed_m2), np.sort(predicted_m2)
    n, m = len(observed), len(predicted)
    pooled, position = np.unique(np.concatenate([observed, predicted]), return_inverse=True)
    ks = _ks_distance(
        np.bincount(position[:n], minlength=len(pooled)),
        np.bincount(position[n:], minlength=len(pooled)),
    )
    share = np.bincount(position) / len(position)
    distances = [
        _ks_distance(random.multinomial(n, share), random.multinomial(m, share))
        for _ in range(repeats)
    ]
    ratios = [
        np.median(random.choice(predicted, m)) / np.median(random.choice(observed, n))
        for _ in range(repeats)
    ]
    ratio = float(np.median(predicted) / np.median(observed))
    if not repeats:
        return SizeDifference(ks=ks, median_ratio=ratio)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return SizeDifference(
        ks=ks,
        p=(1 + sum(distance >= ks - 1e-12 for distance in distances)) / (1 + repeats),
        median_ratio=ratio,
        median_ratio_interval=(float(low), float(high)),
    )


def _ks_distance(first: NDArray[np.integer], second: NDArray[np.integer]) -> float:
    """Return the distance of two samples given as counts of the same ascending values."""
    shares = np.cumsum(first) / first.sum(), np.cumsum(second) / second.sum()
    return float(np.abs(shares[0] - shares[1]).max())
