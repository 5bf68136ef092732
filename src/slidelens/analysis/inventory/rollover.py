"""Size distributions with a rollover: few small landslides, most of a middle size, a power-law tail.

Both are fitted by maximum likelihood truncated at the smallest area mapped: below it an inventory says nothing, and a fit that took the
silence for an absence of landslides would find a rollover at any mapping threshold.
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
    """A family of distributions of landslide area with three parameters, in any unit of area.

    name: for figures
    log_density(areas, parameters): (k,) → (k,); log_above(cut, parameters): log share of the landslides larger than `cut`
    mode(parameters): the area where the density rolls over; None where it only falls
    free(parameters, cut): the parameters as unbounded numbers; bound(numbers, cut): and back
    begin: numbers to start from, for areas whose geometric mean is 1
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
    ratio = a / (areas - s)
    return (rho + 1) * np.log(ratio) - ratio - math.log(a) - float(gammaln(rho))


def _inverse_gamma_above(cut: float | Float64, parameters: Parameters) -> Float64:
    rho, a, s = parameters
    ratio = a / (np.asarray(cut) - s)
    share = gammainc(rho, ratio)
    # gammainc underflows far out in the tail, where its series has one term left.
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


# p(A) = 1/(a Γ(ρ)) · [a/(A − s)]^(ρ+1) · exp(−a/(A − s)), parameters ρ, a, s. Source: Malamud et al. (2004), doi 10.1002/esp.1064.
INVERSE_GAMMA = Law(
    "inverse gamma",
    _inverse_gamma_density,
    _inverse_gamma_above,
    _inverse_gamma_mode,
    lambda parameters, cut: np.log([parameters[0], parameters[1], cut - parameters[2]]),
    lambda numbers, cut: (math.exp(numbers[0]), math.exp(numbers[1]), cut - math.exp(numbers[2])),
    ((0.3, 0.0, -1.0), (0.7, 1.0, 0.0), (-0.3, -2.0, -3.0)),
)

# p(A) = β/t · (A/t)^(−α−1) · [1 + (A/t)^(−α)]^(−1−β/α), parameters α, β, t: A^(β−1) below t and A^(−α−1) above.
# Source: Stark and Hovius (2001), doi 10.1029/2000GL008527, without their upper limit; their lower one is the truncation.
DOUBLE_PARETO = Law(
    "double Pareto",
    _double_pareto_density,
    _double_pareto_above,
    _double_pareto_mode,
    lambda parameters, _: np.log(parameters),
    lambda numbers, _: (math.exp(numbers[0]), math.exp(numbers[1]), math.exp(numbers[2])),
    ((0.3, 0.5, 0.0), (0.7, 0.0, 1.0), (0.0, 1.0, -1.0)),
)

# The general distribution of complete inventories (Malamud et al. 2004), m².
GENERAL: Parameters = (1.40, 1280.0, -132.0)

_LIMIT = 6.0  # e^±6: parameters 400 times smaller or larger than the areas' own scale are no longer found in the data
_STEP = 0.5
_DISTINCT = 2000


@dataclass(frozen=True)
class Fit:
    """A fitted law.

    parameters: in m² where they are areas; cut_m2: where the likelihood is truncated
    log_likelihood; ks: distance between the fitted and the empirical distribution above the cut; at_limit: a parameter ran away
    """

    law: Law
    parameters: Parameters
    cut_m2: float
    log_likelihood: float
    ks: float
    at_limit: bool

    @property
    def mode_m2(self) -> float | None:
        """Area of the rollover; None where there is none."""
        return self.law.mode(self.parameters)

    def density(self, areas_m2: Float64) -> Float64:
        """(k,) probability density of the landslides above the cut, per m²."""
        return np.exp(
            self.law.log_density(areas_m2, self.parameters)
            - self.law.log_above(self.cut_m2, self.parameters)
        )

    def above(self, areas_m2: Float64) -> Float64:
        """(k,) share of the landslides above the cut that are larger."""
        return np.exp(
            self.law.log_above(areas_m2, self.parameters)
            - self.law.log_above(self.cut_m2, self.parameters)
        )


def fit_law(law: Law, sample: AreaSample, cut_m2: float, near: Parameters | None = None) -> Fit:
    """The likeliest member of a family, given that only landslides of at least `cut_m2` are mapped.

    sample: areas of at least cut_m2, two or more distinct ones
    near: parameters to start from instead of the family's own, to refit a resampled inventory
    """
    few = sample.condensed(_DISTINCT)
    unit = math.exp(float(few.counts @ np.log(few.values)) / few.n)
    scaled, cut = few.values / unit, cut_m2 / unit

    def cost(numbers: Float64) -> float:
        parameters = law.bound(numbers, cut)
        each = law.log_density(scaled, parameters) - law.log_above(cut, parameters)
        total = -float(few.counts @ each) / few.n
        return total if math.isfinite(total) else 1e9

    starts = (
        [np.array(begin) for begin in law.begin]
        if near is None
        else [_inside(law.free(_times(law, near, 1 / unit), cut))]
    )
    found = min((_minimum(cost, start) for start in starts), key=lambda result: result[1])
    parameters = _times(law, law.bound(found[0], cut), unit)
    likelihood = -sample.n * (found[1] + math.log(unit))
    return Fit(
        law,
        parameters,
        cut_m2,
        likelihood,
        _distance(law, parameters, sample, cut_m2),
        bool((np.abs(found[0]) > _LIMIT - 0.01).any()),
    )


def _minimum(cost: Callable[[Float64], float], start: Float64) -> tuple[Float64, float]:
    options = {
        "initial_simplex": np.vstack([start, start + _STEP * np.eye(3)]),
        "xatol": 1e-4,
        "fatol": 1e-9,
    }
    found = minimize(
        cost, start, method="Nelder-Mead", bounds=[(-_LIMIT, _LIMIT)] * 3, options=options
    )
    return found.x, float(found.fun)


def _inside(numbers: Float64) -> Float64:
    return np.clip(numbers, -_LIMIT, _LIMIT - _STEP)


def _times(law: Law, parameters: Parameters, factor: float) -> Parameters:
    """The same distribution with areas in another unit."""
    first, second, third = parameters
    return (
        (first, second * factor, third * factor)
        if law is INVERSE_GAMMA
        else (first, second, third * factor)
    )


def _distance(law: Law, parameters: Parameters, sample: AreaSample, cut_m2: float) -> float:
    """Largest distance of the fitted distribution from the empirical one; values that repeat count from their middle."""
    expected = 1 - np.exp(
        law.log_above(sample.values, parameters) - law.log_above(cut_m2, parameters)
    )
    middle = (np.cumsum(sample.counts) - sample.counts / 2) / sample.n
    return float(np.abs(expected - middle).max())
