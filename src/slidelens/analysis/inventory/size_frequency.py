"""Size–frequency statistics of an inventory: fits, their intervals, and which of them the data can carry."""

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

M2_PER_KM2 = 1e6
_CUTOFFS_AGAIN = 200


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
    everything = to_sample(np.asarray(areas_m2, np.float64))
    cut = cut_m2 if cut_m2 is not None or not everything.n else float(everything.values[0])
    sample = everything if cut is None else everything.above(cut)
    random = np.random.default_rng(seed)
    again = [sample.resampled(random) for _ in range(repeats if len(sample.values) > 2 else 0)]
    tails = [found for one in again if (found := fit_power_law(one, _CUTOFFS_AGAIN))]
    tail = _tail(sample, tails, random, repeats)
    laws = [_rollover(law, sample, cut, again) for law in (INVERSE_GAMMA, DOUBLE_PARETO)]
    return SizeFrequency(
        sample.n, cut, tail, laws[0], laws[1], estimate_magnitude(sample.n, tail.fit, tails)
    )


def _tail(
    sample: AreaSample, again: Sequence[PowerLaw], random: np.random.Generator, repeats: int
) -> Tail:
    found = fit_power_law(sample)
    if found is None:
        return Tail(
            None,
            None,
            None,
            None,
            {},
            (f"{describe_count(sample.n)} of {len(sample.values)} distinct areas; 2 are needed",),
        )
    ratio, lognormal_p = compare_with_lognormal(sample, found)
    plausible = (
        estimate_plausibility(sample, found, random, repeats, _CUTOFFS_AGAIN) if repeats else None
    )
    intervals = (
        {
            name: percentile_interval([getattr(one, name) for one in again])
            for name in ("alpha", "xmin_m2")
        }
        if again
        else {}
    )
    return Tail(
        found,
        ratio,
        lognormal_p,
        plausible,
        intervals,
        find_tail_problems(found, float(sample.values[-1]), plausible),
    )


def _rollover(
    law: Law, sample: AreaSample, cut_m2: float | None, again: Sequence[AreaSample]
) -> Rollover:
    if cut_m2 is None or len(sample.values) < 3:
        return Rollover(
            None,
            None,
            (f"{describe_count(sample.n)} of {len(sample.values)} distinct areas; 3 are needed",),
        )
    found = fit_law(law, sample, cut_m2)
    others = [
        fit_law(law, one, cut_m2, found.parameters).parameters
        for one in again
        if len(one.values) > 2
    ]
    intervals = None
    if others:
        first, second, third = (percentile_interval(values) for values in zip(*others, strict=True))
        intervals = (first, second, third)
    return Rollover(
        found, intervals, find_rollover_problems(found, sample, intervals[0] if intervals else None)
    )


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
