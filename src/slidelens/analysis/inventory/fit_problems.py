"""Check whether the data support a size-distribution fit."""

from __future__ import annotations

import math

from slidelens.analysis.inventory.intervals import Interval
from slidelens.analysis.inventory.power_law import AreaSample, PowerLaw
from slidelens.analysis.inventory.rollover import Fit

# Minimum data for a reliable fit. With fewer landslides, none below the rollover, or less than a
# decade of areas, the intervals are wider than the differences that studies discuss.
_MIN_TAIL, _MIN_LANDSLIDES, _MIN_BELOW_ROLLOVER = 30, 50, 10
_MIN_AREA_RATIO = 10.0
_MIN_P = 0.1
_MAX_EXPONENT_RATIO = 2.0
# Kolmogorov–Smirnov distance times √n at the 5 % level; lenient for a fitted law.
_MAX_DISTANCE = 1.36


def find_tail_problems(
    fit: PowerLaw, largest_m2: float, plausible: float | None
) -> tuple[str, ...]:
    """Return the reasons why a power-law tail is unreliable; empty if it is reliable.

    Args:
        fit: The fitted tail.
        largest_m2: Largest area of the sample, m².
        plausible: p value of the goodness-of-fit test, or None without a test.
    """
    reach = largest_m2 / fit.xmin_m2
    problems = []
    if fit.n_tail < _MIN_TAIL:
        problems.append(f"only {describe_count(fit.n_tail)} in the tail; {_MIN_TAIL} are needed")
    if reach < _MIN_AREA_RATIO:
        problems.append(
            f"the tail spans a factor of {reach:.3g} in area; {_MIN_AREA_RATIO:g} is needed"
        )
    if plausible is not None and plausible < _MIN_P:
        problems.append(f"a power law is not plausible, p = {plausible:.2g}")
    return tuple(problems)


def find_rollover_problems(
    fit: Fit, sample: AreaSample, exponent: Interval | None
) -> tuple[str, ...]:
    """Return the reasons why a rollover fit is unreliable; empty if it is reliable.

    Args:
        fit: The fitted distribution.
        sample: The areas that it was fitted to.
        exponent: 95 % interval of the tail exponent, or None without resamples.
    """
    mode = fit.mode_m2
    below = 0 if mode is None else int(sample.counts[sample.values < mode].sum())
    max_ks = _MAX_DISTANCE / math.sqrt(sample.n)
    low, high = exponent or (1.0, 1.0)
    problems = []
    if sample.n < _MIN_LANDSLIDES:
        problems.append(f"only {describe_count(sample.n)}; {_MIN_LANDSLIDES} are needed")
    if below < _MIN_BELOW_ROLLOVER:
        problems.append(
            f"only {describe_count(below)} smaller than the rollover;"
            f" {_MIN_BELOW_ROLLOVER} are needed"
        )
    if fit.ks > max_ks:
        problems.append(f"it does not fit: distance {fit.ks:.2g}, {max_ks:.2g} is allowed")
    if high > _MAX_EXPONENT_RATIO * low:
        problems.append(f"its tail exponent may be anything from {low:.3g} to {high:.3g}")
    if fit.at_limit:
        problems.append("a parameter ran out of bounds")
    return tuple(problems)


def describe_count(n: int) -> str:
    """Return the number of landslides in words."""
    return f"{n} landslide" if n == 1 else f"{n} landslides"
