"""Check whether the data support a size-distribution fit."""

from __future__ import annotations

import math

from slidelens.analysis.inventory.intervals import Interval
from slidelens.analysis.inventory.power_law import (
    AreaSample,
    PowerLaw,
)
from slidelens.analysis.inventory.rollover import (
    Fit,
)

# Minimum data for a reliable fit. With fewer landslides, none below the rollover, or less than a
# decade of areas, the intervals are wider than the differences that studies discuss.
_LEAST_TAIL, _LEAST_ALL, _LEAST_BELOW_ROLLOVER = 30, 50, 10
_LEAST_REACH = 10.0
_LEAST_P = 0.1
_MOST_RATIO = 2.0
# Kolmogorov–Smirnov distance times √n at the 5 % level; lenient for a fitted law.
_MOST_DISTANCE = 1.36


def find_tail_problems(
    found: PowerLaw, largest_m2: float, plausible: float | None
) -> tuple[str, ...]:
    """Return the reasons why a power-law tail is unreliable; empty if it is reliable."""
    problems = {
        f"only {describe_count(found.n_tail)} in the tail; {_LEAST_TAIL} are needed": found.n_tail
        < _LEAST_TAIL,
        f"the tail spans a factor of {largest_m2 / found.xmin_m2:.3g} in area; {_LEAST_REACH:g} is needed": largest_m2
        / found.xmin_m2
        < _LEAST_REACH,
        f"a power law is not plausible, p = {plausible or 0:.2g}": plausible is not None
        and plausible < _LEAST_P,
    }
    return tuple(text for text, holds in problems.items() if holds)


def find_rollover_problems(
    found: Fit, sample: AreaSample, exponent: Interval | None
) -> tuple[str, ...]:
    """Return the reasons why a rollover fit is unreliable; empty if it is reliable."""
    mode = found.mode_m2
    left = 0 if mode is None else int(sample.counts[sample.values < mode].sum())
    most = _MOST_DISTANCE / math.sqrt(sample.n)
    low, high = exponent or (1.0, 1.0)
    problems = {
        f"only {describe_count(sample.n)}; {_LEAST_ALL} are needed": sample.n < _LEAST_ALL,
        f"only {describe_count(left)} smaller than the rollover; {_LEAST_BELOW_ROLLOVER} are needed": left
        < _LEAST_BELOW_ROLLOVER,
        f"it does not fit: distance {found.ks:.2g}, {most:.2g} is allowed": found.ks > most,
        f"its tail exponent may be anything from {low:.3g} to {high:.3g}": high > _MOST_RATIO * low,
        "a parameter ran out of bounds": found.at_limit,
    }
    return tuple(text for text, holds in problems.items() if holds)


def describe_count(n: int) -> str:
    """Return the number of landslides in words."""
    return f"{n} landslide" if n == 1 else f"{n} landslides"
