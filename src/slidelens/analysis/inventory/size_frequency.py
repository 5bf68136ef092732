"""Size–frequency statistics of an inventory: fits, their intervals and their reliability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from slidelens.analysis.inventory.fit_problems import (
    describe_count,
    find_rollover_problems,
    find_tail_problems,
)
from slidelens.analysis.inventory.intervals import Interval, percentile_interval
from slidelens.analysis.inventory.magnitude import Magnitude, estimate_magnitude
from slidelens.analysis.inventory.power_law import (
    AREA_DECIMALS,
    AreaSample,
    PowerLaw,
    compare_with_lognormal,
    estimate_plausibility,
    fit_power_law,
    to_sample,
)
from slidelens.analysis.inventory.rollover import (
    DOUBLE_PARETO,
    INVERSE_GAMMA,
    Fit,
    Law,
    fit_law,
)
from slidelens.escaping import counted

M2_PER_KM2 = 1e6
_RESAMPLE_CUTOFFS = 200
_MLS_DEFINITION = (
    "log10 of all landslides of Malamud's general distribution with as many above xmin_m2"
    " (doi 10.1002/esp.1064)"
)


@dataclass(frozen=True)
class Tail:
    """The power-law tail.

    Attributes:
        fit: None without two distinct areas.
        lognormal_ratio: Log likelihood ratio over a lognormal; None without a fit.
        lognormal_p: Its p value; None without a fit.
        plausible_p: p value of the goodness-of-fit test; None without a fit or resamples.
        intervals: 95 % intervals of alpha and xmin_m2; empty without resamples.
        why: Reasons why the fit is unreliable; empty if it is reliable.
    """

    fit: PowerLaw | None
    lognormal_ratio: float | None
    lognormal_p: float | None
    plausible_p: float | None
    intervals: dict[str, Interval]
    why: tuple[str, ...]


@dataclass(frozen=True)
class Rollover:
    """A distribution with a rollover.

    Attributes:
        fit: None without three distinct areas.
        intervals: 95 % interval of each parameter; None without a fit or resamples.
        why: Reasons why the fit is unreliable; empty if it is reliable.
    """

    fit: Fit | None
    intervals: tuple[Interval, Interval, Interval] | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class SizeFrequency:
    """Size–frequency statistics of an inventory.

    Attributes:
        n: Number of landslides of at least `cut_m2`.
        cut_m2: Smallest mapped area, m²; None for an empty inventory.
        tail: Power-law tail.
        inverse_gamma: Inverse gamma fit.
        double_pareto: Double Pareto fit.
        magnitude: Landslide-event magnitude.
    """

    n: int
    cut_m2: float | None
    tail: Tail
    inverse_gamma: Rollover
    double_pareto: Rollover
    magnitude: Magnitude

    def summary(self) -> dict[str, object]:
        """Return the statistics for JSON; areas of the rollover laws in km², as published."""
        return {
            "n": self.n,
            "truncated_at_m2": self.cut_m2,
            "power_law": _tail_summary(self.tail),
            "inverse_gamma": _rollover_summary(self.inverse_gamma, ("rho", "a_km2", "s_km2")),
            "double_pareto": _rollover_summary(self.double_pareto, ("alpha", "beta", "t_km2")),
            "mls": self.magnitude.general,
            "mls_interval": self.magnitude.interval,
            "mls_reliable": not self.tail.why,
            "mls_definition": _MLS_DEFINITION,
            "mls_northridge": self.magnitude.northridge,
            "mls_counted": self.magnitude.counted,
        }


def fit_sizes(
    areas_m2: ArrayLike, cut_m2: float | None = None, repeats: int = 200, seed: int = 0
) -> SizeFrequency:
    """Fit a power-law tail, an inverse gamma and a double Pareto to landslide areas.

    Args:
        areas_m2: (n,) areas, m², > 0, in any order; may be empty.
        cut_m2: Smallest mapped area, m²; smaller ones are left out. By default the smallest of
            `areas_m2`: right for an inventory with a minimum area, and nearly so without one.
        repeats: Number of resampled inventories for the 95 % intervals and tests; 0 for none.
        seed: Seed of the resampling; the same areas and seed give the same numbers.
    """
    everything = to_sample(np.asarray(areas_m2, np.float64))
    cut = cut_m2 if cut_m2 is not None or not everything.n else float(everything.values[0])
    sample = everything if cut is None else everything.above(round(cut, AREA_DECIMALS))
    random = np.random.default_rng(seed)
    resamples = [sample.resampled(random) for _ in range(repeats if len(sample.values) > 2 else 0)]
    tails = [fit for areas in resamples if (fit := fit_power_law(areas, _RESAMPLE_CUTOFFS))]
    tail = _fit_tail(sample, tails, random, repeats)
    return SizeFrequency(
        n=sample.n,
        cut_m2=cut,
        tail=tail,
        inverse_gamma=_fit_rollover(INVERSE_GAMMA, sample, cut, resamples),
        double_pareto=_fit_rollover(DOUBLE_PARETO, sample, cut, resamples),
        magnitude=estimate_magnitude(sample.n, tail.fit, tails),
    )


def _fit_tail(
    sample: AreaSample, resampled: Sequence[PowerLaw], random: np.random.Generator, repeats: int
) -> Tail:
    fit = fit_power_law(sample)
    if fit is None:
        return Tail(None, None, None, None, {}, (_too_few(sample, 2),))
    ratio, lognormal_p = compare_with_lognormal(sample, fit)
    plausible_p = (
        estimate_plausibility(sample, fit, random, repeats, _RESAMPLE_CUTOFFS) if repeats else None
    )
    names = ("alpha", "xmin_m2") if resampled else ()
    return Tail(
        fit=fit,
        lognormal_ratio=ratio,
        lognormal_p=lognormal_p,
        plausible_p=plausible_p,
        intervals={
            name: percentile_interval([getattr(tail, name) for tail in resampled]) for name in names
        },
        why=find_tail_problems(fit, float(sample.values[-1]), plausible_p),
    )


def _fit_rollover(
    law: Law, sample: AreaSample, cut_m2: float | None, resamples: Sequence[AreaSample]
) -> Rollover:
    if cut_m2 is None or len(sample.values) < 3:
        return Rollover(None, None, (_too_few(sample, 3),))
    fit = fit_law(law, sample, cut_m2)
    refits = [
        fit_law(law, areas, cut_m2, fit.parameters).parameters
        for areas in resamples
        if len(areas.values) > 2
    ]
    intervals = None
    if refits:
        first, second, third = (percentile_interval(values) for values in zip(*refits, strict=True))
        intervals = (first, second, third)
    exponent = intervals[0] if intervals else None
    return Rollover(fit, intervals, find_rollover_problems(fit, sample, exponent))


def _too_few(sample: AreaSample, needed: int) -> str:
    areas = f"{describe_count(sample.n)} of {counted(len(sample.values), 'distinct area')}"
    return f"{areas}; {needed} are needed"


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


def _rollover_m2(fit: Fit | None) -> float | None:
    """Return the most frequent area; None if the fit has none, or puts it below 0."""
    mode = None if fit is None else fit.mode_m2
    return mode if mode is not None and mode > 0 else None


def _rollover_summary(rollover: Rollover, names: tuple[str, str, str]) -> dict[str, object]:
    scales = [1 / M2_PER_KM2 if name.endswith("km2") else 1.0 for name in names]
    parameters = rollover.fit.parameters if rollover.fit else None
    values = [
        None if parameters is None else parameters[i] * scale for i, scale in enumerate(scales)
    ]
    intervals = [
        [low * scale, high * scale]
        for (low, high), scale in zip(rollover.intervals or (), scales, strict=False)
    ]
    # Along a ridge of equal likelihoods, resampled fits stay near their start: then only the
    # interval of the exponent is meaningful.
    intervals = intervals[:1] if rollover.why else intervals
    return {
        **dict(zip(names, values, strict=True)),
        **{f"{name}_interval": interval for name, interval in zip(names, intervals, strict=False)},
        "rollover_m2": _rollover_m2(rollover.fit),
        "log_likelihood": rollover.fit.log_likelihood if rollover.fit else None,
        "reliable": not rollover.why,
        "why": list(rollover.why),
    }
