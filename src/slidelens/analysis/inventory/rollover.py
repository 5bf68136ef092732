"""Size distributions with a rollover: the density peaks at a medium area, above it a power law.

Both are fitted by maximum likelihood truncated at the smallest mapped area. Smaller landslides are
unknown, not absent: an untruncated fit would find a rollover at any mapping threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammainc, gammaln

from slidelens.analysis.inventory.power_law import AreaSample
from slidelens.types import Float64

Parameters = tuple[float, float, float]


@dataclass(frozen=True)
class Law:
    """A three-parameter family of distributions of landslide area, in any unit of area.

    Attributes:
        name: For figures.
        log_density: (areas, parameters) to the log density of each area.
        log_above: (cut, parameters) to the log share of the landslides larger than `cut`.
        mode: Parameters to the area where the density rolls over; None if it only falls.
        free: (parameters, cut) to unbounded numbers, for optimisation.
        bound: (numbers, cut) to parameters, the inverse of `free`.
        begin: Initial numbers of the optimisation, for areas whose geometric mean is 1.
    """

    name: str
    log_density: Callable[[Float64, Parameters], Float64]
    log_above: Callable[[float | Float64, Parameters], Float64]
    mode: Callable[[Parameters], float | None]
    free: Callable[[Parameters, float], Float64]
    bound: Callable[[Float64, float], Parameters]
    begin: tuple[tuple[float, float, float], ...]


def _inverse_gamma_density(areas: Float64, parameters: Parameters) -> Float64:
    rho, a, s = parameters
    ratio: Float64 = a / (areas - s)
    return (rho + 1) * np.log(ratio) - ratio - math.log(a) - float(gammaln(rho))


def _inverse_gamma_above(cut: float | Float64, parameters: Parameters) -> Float64:
    rho, a, s = parameters
    ratio = a / (np.asarray(cut) - s)
    share = gammainc(rho, ratio)
    # gammainc underflows in the far tail, where the first term of its series is exact enough.
    return np.where(
        share > 1e-250,
        np.log(np.maximum(share, 1e-250)),
        rho * np.log(ratio) - float(gammaln(rho + 1)) - ratio * rho / (rho + 1),
    )


def _inverse_gamma_mode(parameters: Parameters) -> float:
    rho, a, s = parameters
    return s + a / (rho + 1)


def _double_pareto_density(areas: Float64, parameters: Parameters) -> Float64:
    alpha, beta, t = parameters
    logs = np.log(areas / t)
    return (
        math.log(beta / t)
        - (alpha + 1) * logs
        - (1 + beta / alpha) * np.logaddexp(0, -alpha * logs)
    )


def _double_pareto_above(cut: float | Float64, parameters: Parameters) -> Float64:
    alpha, beta, t = parameters
    below = -beta / alpha * np.logaddexp(0, -alpha * np.log(np.asarray(cut) / t))
    return np.log(-np.expm1(np.minimum(below, -1e-300)))


def _double_pareto_mode(parameters: Parameters) -> float | None:
    alpha, beta, t = parameters
    return t * ((beta - 1) / (alpha + 1)) ** (1 / alpha) if beta > 1 else None


# p(A) = 1/(a Γ(ρ)) · [a/(A − s)]^(ρ+1) · exp(−a/(A − s)), parameters ρ, a, s.
# Source: Malamud et al. (2004), doi 10.1002/esp.1064.
INVERSE_GAMMA = Law(
    name="inverse gamma",
    log_density=_inverse_gamma_density,
    log_above=_inverse_gamma_above,
    mode=_inverse_gamma_mode,
    free=lambda parameters, cut: np.log([parameters[0], parameters[1], cut - parameters[2]]),
    bound=lambda numbers, cut: (
        math.exp(numbers[0]),
        math.exp(numbers[1]),
        cut - math.exp(numbers[2]),
    ),
    begin=((0.3, 0.0, -1.0), (0.7, 1.0, 0.0), (-0.3, -2.0, -3.0)),
)

# p(A) = β/t · (A/t)^(−α−1) · [1 + (A/t)^(−α)]^(−1−β/α), parameters α, β, t: A^(β−1) below t and
# A^(−α−1) above. Source: Stark and Hovius (2001), doi 10.1029/2000GL008527, without their upper
# limit; their lower limit is the truncation.
DOUBLE_PARETO = Law(
    name="double Pareto",
    log_density=_double_pareto_density,
    log_above=_double_pareto_above,
    mode=_double_pareto_mode,
    free=lambda parameters, _: np.log(parameters),
    bound=lambda numbers, _: (math.exp(numbers[0]), math.exp(numbers[1]), math.exp(numbers[2])),
    begin=((0.3, 0.5, 0.0), (0.7, 0.0, 1.0), (0.0, 1.0, -1.0)),
)

# The general distribution of complete inventories (Malamud et al. 2004), m².
GENERAL: Parameters = (1.40, 1280.0, -132.0)

# e^±6: the data do not constrain parameters 400 times smaller or larger than the areas' own scale.
_LIMIT = 6.0
_STEP = 0.5
_MAX_DISTINCT = 2000


@dataclass(frozen=True)
class Fit:
    """A fitted distribution.

    Attributes:
        law: The family.
        parameters: In m² if they are areas.
        cut_m2: Area at which the likelihood is truncated, m².
        log_likelihood: Of the sample, with areas in m².
        ks: Kolmogorov–Smirnov distance of the fitted and the empirical distribution.
        at_limit: Whether a parameter reached the limits of the search.
    """

    law: Law
    parameters: Parameters
    cut_m2: float
    log_likelihood: float
    ks: float
    at_limit: bool

    @property
    def mode_m2(self) -> float | None:
        """Return the area of the rollover, m²; None without a rollover."""
        return self.law.mode(self.parameters)

    def density(self, areas_m2: Float64) -> Float64:
        """Return (k,) the probability density of the landslides above the cut, per m²."""
        log_density = self.law.log_density(areas_m2, self.parameters)
        density = np.exp(log_density - self.law.log_above(self.cut_m2, self.parameters))
        return np.asarray(density)

    def above(self, areas_m2: Float64) -> Float64:
        """Return (k,) the share of the landslides above the cut that are larger."""
        log_above = self.law.log_above(areas_m2, self.parameters)
        return np.asarray(np.exp(log_above - self.law.log_above(self.cut_m2, self.parameters)))


def fit_law(law: Law, sample: AreaSample, cut_m2: float, near: Parameters | None = None) -> Fit:
    """Fit a family by maximum likelihood, truncated at the smallest mapped area.

    Args:
        law: The family.
        sample: Two or more distinct areas of at least `cut_m2`.
        cut_m2: Smallest mapped area, m².
        near: Initial parameters, to refit a resampled inventory; by default those of the family.
    """
    binned = sample.condensed(_MAX_DISTINCT)
    unit = math.exp(float(binned.counts @ np.log(binned.values)) / binned.n)
    scaled, cut = binned.values / unit, cut_m2 / unit

    def cost(numbers: Float64) -> float:
        parameters = law.bound(numbers, cut)
        log_densities = law.log_density(scaled, parameters) - law.log_above(cut, parameters)
        total = -float(binned.counts @ log_densities) / binned.n
        return total if math.isfinite(total) else 1e9

    starts = (
        [np.array(begin) for begin in law.begin]
        if near is None
        else [_within_limits(law.free(_rescale(law, near, 1 / unit), cut))]
    )
    numbers, lowest = min((_minimise(cost, start) for start in starts), key=lambda pair: pair[1])
    parameters = _rescale(law, law.bound(numbers, cut), unit)
    return Fit(
        law=law,
        parameters=parameters,
        cut_m2=cut_m2,
        log_likelihood=-sample.n * (lowest + math.log(unit)),
        ks=_ks_distance(law, parameters, sample, cut_m2),
        at_limit=bool((np.abs(numbers) > _LIMIT - 0.01).any()),
    )


def _minimise(cost: Callable[[Float64], float], start: Float64) -> tuple[Float64, float]:
    options = {
        "initial_simplex": np.vstack([start, start + _STEP * np.eye(3)]),
        "xatol": 1e-4,
        "fatol": 1e-9,
    }
    result = minimize(
        cost, start, method="Nelder-Mead", bounds=[(-_LIMIT, _LIMIT)] * 3, options=options
    )
    return result.x, float(result.fun)


def _within_limits(numbers: Float64) -> Float64:
    return np.clip(numbers, -_LIMIT, _LIMIT - _STEP)


def _rescale(law: Law, parameters: Parameters, factor: float) -> Parameters:
    """Return the parameters of the same distribution with areas in another unit."""
    first, second, third = parameters
    return (
        (first, second * factor, third * factor)
        if law is INVERSE_GAMMA
        else (first, second, third * factor)
    )


def _ks_distance(law: Law, parameters: Parameters, sample: AreaSample, cut_m2: float) -> float:
    """Return the KS distance of fit and sample; repeated values count from their middle."""
    expected = 1 - np.exp(
        law.log_above(sample.values, parameters) - law.log_above(cut_m2, parameters)
    )
    middle = (np.cumsum(sample.counts) - sample.counts / 2) / sample.n
    return float(np.abs(expected - middle).max())
