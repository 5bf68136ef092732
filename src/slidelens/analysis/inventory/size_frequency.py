"""Size–frequency statistics of an inventory: fits, their intervals, and which of them the data can carry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from slidelens.analysis.inventory.power_law import (
    PowerLaw,
    Sample,
    against_lognormal,
    fit_power_law,
    plausible_p,
    sample_of,
)
from slidelens.analysis.inventory.rollover import (
    DOUBLE_PARETO,
    GENERAL,
    INVERSE_GAMMA,
    Fit,
    Law,
    fit,
)

Interval = tuple[float, float]

M2_PER_KM2 = 1e6
_CONFIDENCE = (0.025, 0.975)
_CUTOFFS_AGAIN = 200

# What a fit needs to be relied on. Three parameters cannot be told from fewer landslides, nor a rollover with nothing to its left, nor an
# exponent from less than a decade of areas; under these the intervals are wider than the differences that studies discuss.
_LEAST_TAIL, _LEAST_ALL, _LEAST_BELOW_ROLLOVER = 30, 50, 10
_LEAST_REACH = 10.0
_LEAST_P = 0.1
_MOST_RATIO = 2.0
_MOST_DISTANCE = (
    1.36  # of Kolmogorov–Smirnov, times √n: its 5 % level, lenient for a law that was fitted
)

# Northridge 1994: the middle of its power law (m², landslides per m²) and its landslides, the reference of Tanyaş et al. (2018).
_NORTHRIDGE_M2, _NORTHRIDGE_DENSITY, _NORTHRIDGE_COUNT = (
    4.876599623713225e4,
    8.364725347860417e-4,
    11_111,
)


@dataclass(frozen=True)
class Tail:
    """The power-law tail. `fit` is None without two distinct areas; the tests are None where there is no fit or no resampling."""

    fit: PowerLaw | None
    lognormal_ratio: float | None
    lognormal_p: float | None
    plausible_p: float | None
    intervals: dict[str, Interval]
    why: tuple[str, ...]


@dataclass(frozen=True)
class Rollover:
    """A distribution with a rollover. `fit` is None without three distinct areas; `why` is empty where it can be relied on."""

    fit: Fit | None
    intervals: tuple[Interval, Interval, Interval] | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class Magnitude:
    """Landslide-event magnitude mLS = log10(number of landslides that the event set off), by three roads.

    general: number that puts as many landslides of Malamud's general distribution above x_min as the inventory has there, so that small
        ones that were not mapped are made up for (Malamud et al. 2004, doi 10.1002/esp.1064)
    northridge: height of the power-law tail against that of Northridge, log10(11 111) (Tanyaş et al. 2018, doi 10.1002/esp.4359)
    counted: log10 of the landslides mapped
    Each is None where there is nothing to take it from.
    """

    general: float | None
    northridge: float | None
    counted: float | None
    interval: Interval | None


@dataclass(frozen=True)
class SizeFrequency:
    """All size–frequency statistics of n landslides of at least cut_m2. cut_m2 is None for an empty inventory."""

    n: int
    cut_m2: float | None
    tail: Tail
    inverse_gamma: Rollover
    double_pareto: Rollover
    magnitude: Magnitude

    def summary(self) -> dict[str, object]:
        """For JSON; areas of the rollover laws in km², as they are published."""
        return {
            "n": self.n,
            "truncated_at_m2": self.cut_m2,
            "power_law": _tail_summary(self.tail),
            "inverse_gamma": _rollover_summary(self.inverse_gamma, ("rho", "a_km2", "s_km2")),
            "double_pareto": _rollover_summary(self.double_pareto, ("alpha", "beta", "t_km2")),
            "mls": self.magnitude.general,
            "mls_interval": self.magnitude.interval,
            "mls_reliable": not self.tail.why,
            "mls_definition": "log10 of all landslides of Malamud's general distribution with as many above xmin_m2 (doi 10.1002/esp.1064)",
            "mls_northridge": self.magnitude.northridge,
            "mls_counted": self.magnitude.counted,
        }


def fit_sizes(
    areas_m2: ArrayLike, cut_m2: float | None = None, repeats: int = 200, seed: int = 0
) -> SizeFrequency:
    """Fit a power-law tail, an inverse gamma and a double Pareto to landslide areas.

    areas_m2: (n,) m², > 0, any order, may be empty
    cut_m2: the smallest area that was mapped; smaller ones are left out. By default the smallest there is: right for an inventory with a
        minimum area, and nearly so for one without
    repeats: resampled inventories for the 95 % intervals and tests; 0 leaves these out
    The same areas and seed give the same numbers.
    """
    everything = sample_of(np.asarray(areas_m2, np.float64))
    cut = cut_m2 if cut_m2 is not None or not everything.n else float(everything.values[0])
    sample = everything if cut is None else everything.above(cut)
    random = np.random.default_rng(seed)
    again = [sample.resampled(random) for _ in range(repeats if len(sample.values) > 2 else 0)]
    tails = [found for one in again if (found := fit_power_law(one, _CUTOFFS_AGAIN))]
    tail = _tail(sample, tails, random, repeats)
    laws = [_rollover(law, sample, cut, again) for law in (INVERSE_GAMMA, DOUBLE_PARETO)]
    return SizeFrequency(
        sample.n, cut, tail, laws[0], laws[1], _magnitude(sample.n, tail.fit, tails)
    )


def _tail(
    sample: Sample, again: Sequence[PowerLaw], random: np.random.Generator, repeats: int
) -> Tail:
    found = fit_power_law(sample)
    if found is None:
        return Tail(
            None,
            None,
            None,
            None,
            {},
            (f"{_landslides(sample.n)} of {len(sample.values)} distinct areas; 2 are needed",),
        )
    ratio, lognormal_p = against_lognormal(sample, found)
    plausible = plausible_p(sample, found, random, repeats, _CUTOFFS_AGAIN) if repeats else None
    intervals = (
        {name: _interval([getattr(one, name) for one in again]) for name in ("alpha", "xmin_m2")}
        if again
        else {}
    )
    return Tail(
        found,
        ratio,
        lognormal_p,
        plausible,
        intervals,
        _tail_doubts(found, float(sample.values[-1]), plausible),
    )


def _tail_doubts(found: PowerLaw, largest_m2: float, plausible: float | None) -> tuple[str, ...]:
    doubts = {
        f"only {_landslides(found.n_tail)} in the tail; {_LEAST_TAIL} are needed": found.n_tail
        < _LEAST_TAIL,
        f"the tail spans a factor of {largest_m2 / found.xmin_m2:.3g} in area; {_LEAST_REACH:g} is needed": largest_m2
        / found.xmin_m2
        < _LEAST_REACH,
        f"a power law is not plausible, p = {plausible or 0:.2g}": plausible is not None
        and plausible < _LEAST_P,
    }
    return tuple(text for text, holds in doubts.items() if holds)


def _rollover(law: Law, sample: Sample, cut_m2: float | None, again: Sequence[Sample]) -> Rollover:
    if cut_m2 is None or len(sample.values) < 3:
        return Rollover(
            None,
            None,
            (f"{_landslides(sample.n)} of {len(sample.values)} distinct areas; 3 are needed",),
        )
    found = fit(law, sample, cut_m2)
    others = [
        fit(law, one, cut_m2, found.parameters).parameters for one in again if len(one.values) > 2
    ]
    intervals = tuple(_interval(values) for values in zip(*others, strict=True)) if others else None
    return Rollover(
        found, intervals, _rollover_doubts(found, sample, intervals[0] if intervals else None)
    )  # type: ignore[arg-type]


def _rollover_doubts(found: Fit, sample: Sample, exponent: Interval | None) -> tuple[str, ...]:
    mode = found.mode_m2
    left = 0 if mode is None else int(sample.counts[sample.values < mode].sum())
    most = _MOST_DISTANCE / math.sqrt(sample.n)
    low, high = exponent or (1.0, 1.0)
    doubts = {
        f"only {_landslides(sample.n)}; {_LEAST_ALL} are needed": sample.n < _LEAST_ALL,
        f"only {_landslides(left)} smaller than the rollover; {_LEAST_BELOW_ROLLOVER} are needed": left
        < _LEAST_BELOW_ROLLOVER,
        f"it does not fit: distance {found.ks:.2g}, {most:.2g} is allowed": found.ks > most,
        f"its tail exponent may be anything from {low:.3g} to {high:.3g}": high > _MOST_RATIO * low,
        "a parameter ran out of bounds": found.at_limit,
    }
    return tuple(text for text, holds in doubts.items() if holds)


def _landslides(n: int) -> str:
    return f"{n} landslide" if n == 1 else f"{n} landslides"


def _magnitude(n: int, tail: PowerLaw | None, again: Sequence[PowerLaw]) -> Magnitude:
    return Magnitude(
        general=_general_magnitude(tail) if tail else None,
        northridge=_northridge_magnitude(tail) if tail else None,
        counted=math.log10(n) if n else None,
        interval=_interval([_general_magnitude(one) for one in again]) if again else None,
    )


def _general_magnitude(tail: PowerLaw) -> float:
    return (
        math.log(tail.n_tail) - float(INVERSE_GAMMA.log_above(tail.xmin_m2, GENERAL))
    ) / math.log(10)


def _northridge_magnitude(tail: PowerLaw) -> float:
    """Landslides per m² on the two power laws, at one area and with this tail's exponent."""
    here = math.log10(tail.n_tail * (tail.alpha - 1)) + (tail.alpha - 1) * math.log10(tail.xmin_m2)
    there = math.log10(_NORTHRIDGE_DENSITY / _NORTHRIDGE_COUNT) + tail.alpha * math.log10(
        _NORTHRIDGE_M2
    )
    return here - there


def _interval(values: Sequence[float]) -> Interval:
    low, high = np.quantile(values, _CONFIDENCE)
    return float(low), float(high)


def _tail_summary(tail: Tail) -> dict[str, object]:
    names = ("alpha", "alpha_error", "xmin_m2", "n_tail", "ks")
    return {
        **{name: getattr(tail.fit, name) if tail.fit else None for name in names},
        **{f"{name}_interval": interval for name, interval in tail.intervals.items()},
        "lognormal_ratio": tail.lognormal_ratio,
        "lognormal_p": tail.lognormal_p,
        "plausible_p": tail.plausible_p,
        "reliable": not tail.why,
        "why": list(tail.why),
    }


def _rollover_m2(found: Fit | None) -> float | None:
    """The commonest area; None where the fit has none, or puts it where there are no areas."""
    mode = None if found is None else found.mode_m2
    return mode if mode is not None and mode > 0 else None


def _rollover_summary(law: Rollover, names: tuple[str, str, str]) -> dict[str, object]:
    scales = [1 / M2_PER_KM2 if name.endswith("km2") else 1.0 for name in names]
    values = (
        [value * scale for value, scale in zip(law.fit.parameters, scales, strict=True)]
        if law.fit
        else [None] * 3
    )
    spans = (
        [
            [low * scale, high * scale]
            for (low, high), scale in zip(law.intervals, scales, strict=True)
        ]
        if law.intervals
        else []
    )
    # Along a ridge of equal likelihoods resampled fits stay where they began: only the exponent's interval then means anything.
    spans = spans if not law.why else spans[:1]
    return {
        **dict(zip(names, values, strict=True)),
        **{f"{name}_interval": span for name, span in zip(names, spans, strict=False)},
        "rollover_m2": _rollover_m2(law.fit),
        "log_likelihood": law.fit.log_likelihood if law.fit else None,
        "reliable": not law.why,
        "why": list(law.why),
    }
