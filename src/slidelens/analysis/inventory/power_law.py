"""Power-law tail of landslide areas: exponent, cutoff, and whether a power law fits.

The exponent is that of the probability density, p(A) ∝ A^−alpha; that of the cumulative number is
alpha − 1. With a free cutoff a straight line fits nearly anything: read the exponent together with
`estimate_plausibility` and `compare_with_lognormal`.

Source: Clauset, Shalizi, Newman (2009), Power-law distributions in empirical data,
doi 10.1137/070710111.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import erfc, log_ndtr

from slidelens.types import Float64, Int64

AREA_DECIMALS = 4  # of the areas of a sample, m²: a square centimetre
_ALL_CUTOFFS = 3000


@dataclass(frozen=True)
class AreaSample:
    """Landslide areas as distinct values and their counts.

    Attributes:
        values: (k,) areas, m², ascending.
        counts: (k,) number of landslides of each area.
    """

    values: Float64
    counts: Int64

    @property
    def n(self) -> int:
        """Return the number of landslides."""
        return int(self.counts.sum())

    def above(self, cut: float) -> AreaSample:
        """Return the landslides of at least `cut`, m²."""
        chosen = self.values >= cut
        return AreaSample(self.values[chosen], self.counts[chosen])

    def condensed(self, most: int) -> AreaSample:
        """Return the sample binned to at most `most` logarithmic values.

        Likelihoods hardly change and are cheaper.
        """
        if len(self.values) <= most:
            return self
        logs = np.log(self.values)
        place = ((logs - logs[0]) / (logs[-1] - logs[0]) * (most - 1)).astype(np.int64)
        counts = np.bincount(place, self.counts).astype(np.int64)
        sums = np.bincount(place, self.counts * logs).astype(np.float64)
        return AreaSample(np.exp(sums[counts > 0] / counts[counts > 0]), counts[counts > 0])

    def resampled(self, random: np.random.Generator) -> AreaSample:
        """Return a bootstrap resample of the same size."""
        counts = random.multinomial(self.n, self.counts / self.n)
        return AreaSample(self.values[counts > 0], counts[counts > 0])


def to_sample(areas_m2: Float64) -> AreaSample:
    """Return (n,) areas, in any order, as a sample.

    Areas are rounded to a square centimetre, so that landslides of equally many pixels are equal.
    """
    rounded = np.asarray(areas_m2, np.float64).round(AREA_DECIMALS)
    values, counts = np.unique(rounded, return_counts=True)
    return AreaSample(values, counts)


@dataclass(frozen=True)
class PowerLaw:
    """A fitted power-law tail.

    Attributes:
        alpha: Exponent of the density.
        alpha_error: Its standard error, (alpha − 1) / √n_tail.
        xmin_m2: Smallest area of the tail, m².
        n_tail: Number of landslides in the tail.
        ks: Kolmogorov–Smirnov distance of the fitted and the empirical distribution.
    """

    alpha: float
    alpha_error: float
    xmin_m2: float
    n_tail: int
    ks: float


def fit_power_law(sample: AreaSample, most_cutoffs: int = _ALL_CUTOFFS) -> PowerLaw | None:
    """Fit the exponent by maximum likelihood and the cutoff by the smallest KS distance.

    Args:
        sample: The areas.
        most_cutoffs: Number of cutoffs tried; for more areas, cutoffs are spaced evenly in the
            logarithm of the tail's size.

    Returns:
        The tail, or None for fewer than two distinct areas.
    """
    starts = _cutoff_positions(sample, most_cutoffs)
    if not len(starts):
        return None
    tails = np.cumsum(sample.counts[::-1])[::-1][starts]
    logs = np.log(sample.values)
    sums = np.cumsum((sample.counts * logs)[::-1])[::-1][starts]
    exponents = 1 + tails / (sums - tails * logs[starts])
    distances = [
        _ks_distance(sample.values[start:], sample.counts[start:], alpha)
        for start, alpha in zip(starts, exponents, strict=True)
    ]
    best = int(np.argmin(distances))
    alpha, n_tail = float(exponents[best]), int(tails[best])
    return PowerLaw(
        alpha=alpha,
        alpha_error=(alpha - 1) / math.sqrt(n_tail),
        xmin_m2=float(sample.values[starts[best]]),
        n_tail=n_tail,
        ks=float(distances[best]),
    )


def _cutoff_positions(sample: AreaSample, most: int) -> Int64:
    """Return the positions of the cutoffs to try, never the largest area."""
    distinct = len(sample.values)
    if distinct <= most:
        return np.arange(distinct - 1)
    return np.unique(distinct - np.geomspace(2, distinct, most).astype(np.int64))


def _ks_distance(values: Float64, counts: Int64, alpha: float) -> float:
    """Return the KS distance of a tail from the power law that starts with it.

    The empirical distribution is taken just below each area, as in the program of Clauset et al.
    and the `powerlaw` package.
    """
    expected = 1 - (values / values[0]) ** (1 - alpha)
    below = (np.cumsum(counts) - counts) / counts.sum()
    return float(np.abs(expected - below).max())


def estimate_plausibility(
    sample: AreaSample,
    fit: PowerLaw,
    random: np.random.Generator,
    repeats: int,
    most_cutoffs: int = 200,
) -> float:
    """Estimate the goodness-of-fit p value; below 0.1 the tail is not a power law.

    It is the share of synthetic samples, drawn from the fitted law above its cutoff and from the
    data below, that fit worse than the data do. Each is fitted anew, including its cutoff.

    Args:
        sample: The areas.
        fit: Tail fitted to them.
        random: Source of randomness.
        repeats: Number of synthetic samples, > 0.
        most_cutoffs: Number of cutoffs tried in each.
    """
    below = sample.values < fit.xmin_m2
    body = AreaSample(sample.values[below], sample.counts[below])
    worse = 0
    for _ in range(repeats):
        n_tail = int(random.binomial(sample.n, fit.n_tail / sample.n))
        tail = fit.xmin_m2 * (1 - random.random(n_tail)) ** (-1 / (fit.alpha - 1))
        rest = (
            random.choice(body.values, sample.n - n_tail, p=body.counts / body.n)
            if body.n
            else np.empty(0)
        )
        refit = fit_power_law(to_sample(np.concatenate([tail, rest])), most_cutoffs)
        worse += refit is not None and refit.ks >= fit.ks
    return worse / repeats


def compare_with_lognormal(sample: AreaSample, fit: PowerLaw) -> tuple[float, float]:
    """Compare the power law with a lognormal truncated at the same cutoff (Vuong's test).

    Args:
        sample: The areas.
        fit: Tail fitted to them.

    Returns:
        The log likelihood ratio, positive if the power law is likelier, and its p value; above
        0.1 the data do not distinguish the two.
    """
    tail = sample.above(fit.xmin_m2)
    logs = np.log(tail.values / fit.xmin_m2)
    power = math.log(fit.alpha - 1) - fit.alpha * logs
    advantage = power - _lognormal_log_density(logs, tail.counts)
    ratio = float(tail.counts @ advantage)
    spread = math.sqrt(float(tail.counts @ (advantage - ratio / tail.n) ** 2))
    return ratio, float(erfc(abs(ratio) / (math.sqrt(2) * spread))) if spread > 0 else 1.0


def _lognormal_log_density(logs: Float64, counts: Int64) -> Float64:
    """Return (k,) the log density, times the cutoff, of the likeliest truncated lognormal.

    Args:
        logs: (k,) ln(area / cutoff), ≥ 0.
        counts: (k,) number of landslides of each.
    """

    def log_density(parameters: Float64) -> Float64:
        mean, spread = parameters[0], math.exp(parameters[1])
        normal: Float64 = -0.5 * ((logs - mean) / spread) ** 2 - math.log(
            spread * math.sqrt(2 * math.pi)
        )
        return normal - logs - float(log_ndtr(mean / spread))

    typical = float(counts @ logs) / counts.sum()
    begin = np.array([0.0, math.log(typical)])
    # With a mean far below the cutoff it becomes a power law: no need to search further.
    bounds = [(-100 * typical, 10 * typical), (math.log(typical) - 5, math.log(typical) + 5)]
    result = minimize(
        lambda parameters: -float(counts @ log_density(parameters)),
        begin,
        method="Nelder-Mead",
        bounds=bounds,
    )
    return log_density(result.x)
