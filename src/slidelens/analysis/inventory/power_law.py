"""Power-law tail of landslide areas: its exponent, where it starts, and whether it is one.

The exponent is that of the probability density, p(A) ∝ A^-alpha; that of the cumulative number is alpha - 1. With a cutoff of its own a
straight line can be fitted to nearly anything: read the exponent with `plausible_p` and the comparison with the lognormal beside it.
Source: Clauset, Shalizi, Newman (2009), Power-law distributions in empirical data, doi 10.1137/070710111.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import erfc, log_ndtr

from slidelens.types import Float64, Int64

_ALL_CUTOFFS = 3000


@dataclass(frozen=True)
class AreaSample:
    """Areas as distinct values and how often each occurs.

    values: (k,) m², ascending; counts: (k,)
    """

    values: Float64
    counts: Int64

    @property
    def n(self) -> int:
        """Number of landslides."""
        return int(self.counts.sum())

    def above(self, cut: float) -> AreaSample:
        """The landslides of at least `cut`."""
        kept = self.values >= cut
        return AreaSample(self.values[kept], self.counts[kept])

    def condensed(self, most: int) -> AreaSample:
        """At most `most` distinct values, neighbours on a logarithmic scale taken together: likelihoods hardly change and cost less."""
        if len(self.values) <= most:
            return self
        logs = np.log(self.values)
        place = ((logs - logs[0]) / (logs[-1] - logs[0]) * (most - 1)).astype(np.int64)
        counts = np.bincount(place, self.counts).astype(np.int64)
        sums = np.bincount(place, self.counts * logs).astype(np.float64)
        return AreaSample(np.exp(sums[counts > 0] / counts[counts > 0]), counts[counts > 0])

    def resampled(self, random: np.random.Generator) -> AreaSample:
        """As many landslides, drawn from these with replacement."""
        counts = random.multinomial(self.n, self.counts / self.n)
        return AreaSample(self.values[counts > 0], counts[counts > 0])


def to_sample(areas_m2: Float64) -> AreaSample:
    """The sample of (n,) areas, m², in any order; to the square centimetre, so that bodies of as many pixels are equal."""
    values, counts = np.unique(np.asarray(areas_m2, np.float64).round(4), return_counts=True)
    return AreaSample(values, counts)


@dataclass(frozen=True)
class PowerLaw:
    """A fitted tail.

    alpha: exponent of the density; alpha_error: its standard error, (alpha - 1) / √n_tail
    xmin_m2: where the tail starts; n_tail: landslides in it
    ks: largest distance between the fitted and the empirical distribution
    """

    alpha: float
    alpha_error: float
    xmin_m2: float
    n_tail: int
    ks: float


def fit_power_law(sample: AreaSample, most_cutoffs: int = _ALL_CUTOFFS) -> PowerLaw | None:
    """Exponent by maximum likelihood, cutoff by the smallest Kolmogorov–Smirnov distance.

    most_cutoffs: cutoffs tried; larger samples are tried at so many, evenly spaced in the logarithm of the tail's size
    Returns None for fewer than two distinct areas.
    """
    starts = _starts(sample, most_cutoffs)
    if not len(starts):
        return None
    tails = np.cumsum(sample.counts[::-1])[::-1][starts]
    logs = np.log(sample.values)
    sums = np.cumsum((sample.counts * logs)[::-1])[::-1][starts]
    exponents = 1 + tails / (sums - tails * logs[starts])
    distances = [
        _distance(sample.values[start:], sample.counts[start:], alpha)
        for start, alpha in zip(starts, exponents, strict=True)
    ]
    best = int(np.argmin(distances))
    alpha, n_tail = float(exponents[best]), int(tails[best])
    return PowerLaw(
        alpha,
        (alpha - 1) / math.sqrt(n_tail),
        float(sample.values[starts[best]]),
        n_tail,
        float(distances[best]),
    )


def _starts(sample: AreaSample, most: int) -> Int64:
    """Positions of the cutoffs to try, all but the largest area."""
    distinct = len(sample.values)
    if distinct <= most:
        return np.arange(distinct - 1)
    return np.unique(distinct - np.geomspace(2, distinct, most).astype(np.int64))


def _distance(values: Float64, counts: Int64, alpha: float) -> float:
    """Kolmogorov–Smirnov distance of a tail from the power law that starts with it.

    The empirical distribution is taken just below each area, as Clauset et al.'s own program and the `powerlaw` package do.
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
    """Share of samples drawn from the fitted law (and from the data below its cutoff) that fit it worse than the data do.

    Under 0.1 the tail is no power law. Each sample is fitted anew, its cutoff too.
    """
    body = AreaSample(
        sample.values[sample.values < fit.xmin_m2], sample.counts[sample.values < fit.xmin_m2]
    )
    worse = 0
    for _ in range(repeats):
        n_tail = int(random.binomial(sample.n, fit.n_tail / sample.n))
        tail = fit.xmin_m2 * (1 - random.random(n_tail)) ** (-1 / (fit.alpha - 1))
        rest = (
            random.choice(body.values, sample.n - n_tail, p=body.counts / body.n)
            if body.n
            else np.empty(0)
        )
        drawn = fit_power_law(to_sample(np.concatenate([tail, rest])), most_cutoffs)
        worse += drawn is not None and drawn.ks >= fit.ks
    return worse / repeats


def compare_with_lognormal(sample: AreaSample, fit: PowerLaw) -> tuple[float, float]:
    """Likelihood ratio of the power law over a lognormal truncated at the same cutoff, and its significance.

    Returns (log ratio, p): above 0 the power law is likelier; a p over 0.1 says that the data do not tell the two apart (Vuong's test).
    """
    tail = sample.above(fit.xmin_m2)
    logs = np.log(tail.values / fit.xmin_m2)
    power = math.log(fit.alpha - 1) - fit.alpha * logs
    advantage = power - _lognormal(logs, tail.counts)
    ratio = float(tail.counts @ advantage)
    spread = math.sqrt(float(tail.counts @ (advantage - ratio / tail.n) ** 2))
    return ratio, float(erfc(abs(ratio) / (math.sqrt(2) * spread))) if spread > 0 else 1.0


def _lognormal(logs: Float64, counts: Int64) -> Float64:
    """(k,) log density, times the cutoff, of the likeliest lognormal above the cutoff; logs: ln(area / cutoff) ≥ 0."""

    def log_density(parameters: Float64) -> Float64:
        mean, spread = parameters[0], math.exp(parameters[1])
        normal = -0.5 * ((logs - mean) / spread) ** 2 - math.log(spread * math.sqrt(2 * math.pi))
        return normal - logs - float(log_ndtr(mean / spread))

    typical = float(counts @ logs) / counts.sum()
    begin = np.array([0.0, math.log(typical)])
    # A mean far below the cutoff is a power law by another name: nothing is gained by going on.
    bounds = [(-100 * typical, 10 * typical), (math.log(typical) - 5, math.log(typical) + 5)]
    found = minimize(
        lambda parameters: -float(counts @ log_density(parameters)),
        begin,
        method="Nelder-Mead",
        bounds=bounds,
    )
    return log_density(found.x)
