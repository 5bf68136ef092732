"""Estimate the landslide-event magnitude mLS from a power-law tail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from slidelens.analysis.inventory.intervals import Interval, percentile_interval
from slidelens.analysis.inventory.power_law import PowerLaw
from slidelens.analysis.inventory.rollover import GENERAL, INVERSE_GAMMA

# Northridge 1994, the reference of Tanyaş et al. (2018): a point of its power law (m²,
# landslides per m²) and its number of landslides.
_NORTHRIDGE_M2 = 4.876599623713225e4
_NORTHRIDGE_DENSITY = 8.364725347860417e-4
_NORTHRIDGE_COUNT = 11_111


@dataclass(frozen=True)
class Magnitude:
    """Three estimates of the landslide-event magnitude mLS, log10 of the number of landslides.

    A value is None if it cannot be estimated.

    Attributes:
        general: From Malamud's general distribution with as many landslides above x_min as the
            inventory, which accounts for unmapped small landslides (Malamud et al. 2004,
            doi 10.1002/esp.1064).
        northridge: From the height of the power-law tail relative to that of Northridge,
            log10(11 111) (Tanyaş et al. 2018, doi 10.1002/esp.4359).
        counted: log10 of the number of mapped landslides.
        interval: 95 % interval of `general`.
    """

    general: float | None
    northridge: float | None
    counted: float | None
    interval: Interval | None


def estimate_magnitude(n: int, tail: PowerLaw | None, resampled: Sequence[PowerLaw]) -> Magnitude:
    """Estimate the magnitudes of an inventory.

    Args:
        n: Number of landslides.
        tail: Fitted power-law tail, or None without a fit.
        resampled: Tails of resampled inventories, for the interval.
    """
    magnitudes = [general_magnitude(fit) for fit in resampled]
    return Magnitude(
        general=general_magnitude(tail) if tail else None,
        northridge=northridge_magnitude(tail) if tail else None,
        counted=math.log10(n) if n else None,
        interval=percentile_interval(magnitudes) if magnitudes else None,
    )


def general_magnitude(tail: PowerLaw) -> float:
    """Return the magnitude that puts `tail.n_tail` landslides above x_min."""
    log_share = float(INVERSE_GAMMA.log_above(tail.xmin_m2, GENERAL))
    return (math.log(tail.n_tail) - log_share) / math.log(10)


def northridge_magnitude(tail: PowerLaw) -> float:
    """Return the magnitude from the tail's density relative to Northridge's power law."""
    here = math.log10(tail.n_tail * (tail.alpha - 1)) + (tail.alpha - 1) * math.log10(tail.xmin_m2)
    there = math.log10(_NORTHRIDGE_DENSITY / _NORTHRIDGE_COUNT) + tail.alpha * math.log10(
        _NORTHRIDGE_M2
    )
    return here - there
