"""Recovery of landslide ground: its half-life, with a confidence interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slidelens.analysis.lifecycle.statistics.evolution import RECOVERING
from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.types import Float64

_MIN_RATE, _MAX_RATE = 1e-6, 1e2  # range of healing rates, per year
_HALVINGS = 60


@dataclass(frozen=True)
class Recovery:
    """Half-life of landslide ground and its 95 % interval.

    Attributes:
        half_life_years: None if no ground healed, or all of it between two dates.
        low_years: Lower end of the interval.
        high_years: Upper end; None if unbounded: in some resamples nothing heals.
        landslides: Number of landslides that the estimate is based on.
        m2_years: Their exposure, m² × years.
        why: Why `half_life_years` is None; else None.
    """

    half_life_years: float | None
    low_years: float | None
    high_years: float | None
    landslides: int
    m2_years: float
    why: str | None = None


def recovery(
    life: Lifecycle, years: Mapping[str, float | None], resamples: int = 1000, seed: int = 0
) -> Recovery:
    """Fit an exponential decay to the ground that heals between two observations.

    Ground that stood at one observation heals within t years with probability 1 − exp(−rate t).
    When it heals within the interval is unknown (interval censoring); ground that still stands at
    the end may heal later (right censoring). Ground is weighted by area. The bootstrap resamples
    landslides, not square metres, as the ground of one landslide heals together.

    Args:
        life: The histories.
        years: Decimal year by date label; intervals with an unknown year are left out.
        resamples: Number of bootstrap resamples.
        seed: Seed of the resampling.

    Source: interval-censored exponential lifetimes, Lawless (2003), Statistical Models and Methods
    for Lifetime Data, ch. 3.
    """
    rows = _exposure(life, years)
    if rows.empty:
        why = "no landslide was seen at two dates whose years are known"
        return Recovery(None, None, None, 0, 0.0, why)
    spans, column = np.unique(rows["span"], return_inverse=True)
    ids, row = np.unique(rows["landslide_id"], return_inverse=True)
    healed, kept = np.zeros((2, len(ids), len(spans)))
    np.add.at(healed, (row, column), rows["healed"])
    np.add.at(kept, (row, column), rows["carried"] - rows["healed"])
    exposure = float((kept * spans).sum() + (healed * spans).sum() / 2)
    if healed.sum() == 0 or kept.sum() == 0:
        why = "no ground healed" if healed.sum() == 0 else "all ground healed between two dates"
        return Recovery(None, None, None, len(ids), exposure, why)
    half_life = _half_life(_fit_rate(healed.sum(axis=0)[None], kept.sum(axis=0)[None], spans))[0]
    resampled = _resample(np.stack([healed, kept]), resamples, np.random.default_rng(seed))
    half_lives = _half_life(_fit_rate(resampled[0], resampled[1], spans))
    low, high = np.quantile(half_lives, [0.025, 0.975], method="nearest")
    return Recovery(
        half_life_years=float(half_life),
        low_years=float(low),
        high_years=float(high) if np.isfinite(high) else None,
        landslides=len(ids),
        m2_years=exposure,
    )


def _exposure(life: Lifecycle, years: Mapping[str, float | None]) -> pd.DataFrame:
    """Return the ground at risk in each interval between two observations of a landslide.

    Columns: landslide_id, span (years since it was last mapped), carried and healed (m²).
    """
    # A stable sort keeps the dates of each landslide in chronological order.
    rows = life.observations.sort_values("landslide_id", kind="stable")
    mapped = rows["date"].where(rows["area_m2"] > 0).groupby(rows["landslide_id"]).ffill()
    before = mapped.groupby(rows["landslide_id"]).shift()
    year, last = (dates.map(dict(years)).astype(float) for dates in (rows["date"], before))
    span = year - last
    healed = rows["healed_m2"].where(rows["state"].isin(RECOVERING), 0.0)
    table = pd.DataFrame(
        {
            "landslide_id": rows["landslide_id"],
            "span": span,
            "carried": rows["carried_m2"],
            "healed": healed,
        }
    )
    return table[(table["span"] > 0) & (table["carried"] > 0)]


def _resample(ground: Float64, resamples: int, rng: np.random.Generator) -> Float64:
    """Bootstrap the landslides.

    Args:
        ground: (2, landslides, spans) healed and kept ground, m².
        resamples: Number of resamples.
        rng: Source of randomness.

    Returns:
        (2, resamples, spans) sums over the drawn landslides, m².
    """
    number = ground.shape[1]
    draws = (
        np.bincount(rng.integers(0, number, number), minlength=number) for _ in range(resamples)
    )
    return np.stack([weights @ ground for weights in draws], axis=1)


def _fit_rate(healed: Float64, kept: Float64, spans: Float64) -> Float64:
    """Return (r,) the most likely healing rate per year, by bisection of its logarithm.

    Args:
        healed: (r, spans) m².
        kept: (r, spans) m².
        spans: (spans,) years.
    """
    low, high = np.full(len(healed), np.log(_MIN_RATE)), np.full(len(healed), np.log(_MAX_RATE))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rising = _log_likelihood_slope(np.exp(middle), healed, kept, spans) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _log_likelihood_slope(rate: Float64, healed: Float64, kept: Float64, spans: Float64) -> Float64:
    """Return the derivative of the log likelihood, which decreases with the rate."""
    aged = rate[:, None] * spans
    slope = healed * spans / np.expm1(np.minimum(aged, 700)) - kept * spans
    return np.asarray(slope.sum(axis=1))


def _half_life(rate: Float64) -> Float64:
    """Return years; infinite if the rate is at its lower limit, i.e. nothing healed."""
    return np.where(rate <= _MIN_RATE * 1.001, np.inf, np.log(2) / rate)
