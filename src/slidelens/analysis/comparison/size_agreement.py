"""Agreement of two inventories by landslide size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64

_HALF_DECADE = 10**0.5


@dataclass(frozen=True)
class SizeClass:
    """Landslides of from_m2 ≤ area < to_m2: how many, how many matched one to one, how many half covered; share of their area covered."""

    from_m2: float
    to_m2: float
    landslides: int
    matched: int
    half_covered: int
    covered_share: float


def recall_by_size(
    areas_m2: Float64, matched: NDArray[np.bool_], covered: Float64
) -> list[SizeClass]:
    """Completeness in half decades of area (…, 316, 1000, 3162, … m²), smallest first, empty classes left out.

    areas_m2, matched, covered: (n,) each landslide's area, whether it has a match, and the share of it that is covered
    """
    half_decade = np.floor(np.log(np.maximum(areas_m2, 1e-9)) / np.log(_HALF_DECADE) + 1e-9).astype(
        int
    )
    classes = []
    for step in np.unique(half_decade):
        some = half_decade == step
        share = float(covered[some] @ areas_m2[some] / areas_m2[some].sum())
        from_m2, to_m2 = (float(f"{_HALF_DECADE**edge:.4g}") for edge in (step, step + 1))
        classes.append(
            SizeClass(
                from_m2,
                to_m2,
                int(some.sum()),
                int(matched[some].sum()),
                int((covered[some] >= 0.5).sum()),
                share,
            )
        )
    return classes


@dataclass(frozen=True)
class SizeDifference:
    """Whether two inventories have the same size distribution.

    ks: largest distance of the two distributions of area; p: how often two resamples of the pooled areas lie as far apart
    median_ratio: median predicted area over median observed area, with its 95 % interval
    All None where an inventory is empty; p and the interval also without resamples. The test takes the landslides as independent; two
    inventories of one event share theirs, so that p errs on the high side.
    """

    ks: float | None = None
    p: float | None = None
    median_ratio: float | None = None
    median_ratio_interval: tuple[float, float] | None = None


def size_difference(
    observed_m2: Float64, predicted_m2: Float64, repeats: int = 999, seed: int = 0
) -> SizeDifference:
    """Bootstrap Kolmogorov–Smirnov test of two sets of areas, any order.

    Source: Abadie (2002), Bootstrap tests for distributional treatment effects in instrumental variable models, JASA 97 (valid with ties).
    """
    if not (len(observed_m2) and len(predicted_m2)):
        return SizeDifference()
    random = np.random.default_rng(seed)
    one, other = np.sort(observed_m2), np.sort(predicted_m2)
    pooled, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    ks = _distance(
        np.bincount(place[: len(one)], minlength=len(pooled)),
        np.bincount(place[len(one) :], minlength=len(pooled)),
    )
    share = np.bincount(place) / len(place)
    drawn = [
        _distance(random.multinomial(len(one), share), random.multinomial(len(other), share))
        for _ in range(repeats)
    ]
    ratios = [
        np.median(random.choice(other, len(other))) / np.median(random.choice(one, len(one)))
        for _ in range(repeats)
    ]
    low, high = np.quantile(ratios, (0.025, 0.975)) if repeats else (np.nan, np.nan)
    return SizeDifference(
        ks=ks,
        p=(1 + sum(distance >= ks - 1e-12 for distance in drawn)) / (1 + repeats)
        if repeats
        else None,
        median_ratio=float(np.median(other) / np.median(one)),
        median_ratio_interval=(float(low), float(high)) if repeats else None,
    )


def _distance(one: NDArray[np.integer], other: NDArray[np.integer]) -> float:
    """Kolmogorov–Smirnov distance of two samples given as counts of the same ascending values."""
    return float(np.abs(np.cumsum(one) / one.sum() - np.cumsum(other) / other.sum()).max())
