"""How fast landslide ground heals: its half-life, with an interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slidelens.analysis.lifecycle.evolution import RECOVERING
from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.types import Float64

_SLOWEST, _FASTEST = 1e-6, 1e2  # healing rates that are told apart, a year
_HALVINGS = 60


@dataclass(frozen=True)
class Recovery:
    """Half-life of landslide ground, years, and its 95 % interval; None where the data cannot carry a number.

    half_life_years is None where no ground healed, or all of it did at the first look
    high_years is None where the interval has no upper end: in some resamples nothing heals
    landslides, m2_years: how many landslides, and how much ground for how long, it rests on
    why: the reason where half_life_years is None
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
    """Fit an exponential decay to the ground that heals between two looks at it.

    Ground that stood at one look heals within t years with probability 1 - exp(-rate t); when within the interval is not known (interval
    censoring), and ground that still stands at the end is not taken for lasting (right censoring). Ground is weighed by its area. The
    interval resamples landslides, not square metres, as the ground of one landslide heals together.

    years: decimal year by date label; landslides between dates without one are left out
    Source: interval-censored exponential lifetimes, Lawless 2003, Statistical Models and Methods for Lifetime Data, ch. 3.
    """
    rows = _exposure(life, years)
    if rows.empty:
        return Recovery(
            None, None, None, 0, 0.0, "no landslide was seen at two dates whose years are known"
        )
    spans, column = np.unique(rows["span"], return_inverse=True)
    ids, row = np.unique(rows["landslide_id"], return_inverse=True)
    healed, kept = np.zeros((2, len(ids), len(spans)))
    np.add.at(healed, (row, column), rows["healed"])
    np.add.at(kept, (row, column), rows["carried"] - rows["healed"])
    exposure = float((kept * spans).sum() + (healed * spans).sum() / 2)
    if healed.sum() == 0 or kept.sum() == 0:
        why = "no ground healed" if healed.sum() == 0 else "all ground healed between two dates"
        return Recovery(None, None, None, len(ids), exposure, why)
    best = _half_life(_rate(healed.sum(axis=0)[None], kept.sum(axis=0)[None], spans))[0]
    again = _resampled(np.stack([healed, kept]), resamples, np.random.default_rng(seed))
    low, high = np.quantile(
        _half_life(_rate(again[0], again[1], spans)), [0.025, 0.975], method="nearest"
    )
    return Recovery(
        float(best), float(low), float(high) if np.isfinite(high) else None, len(ids), exposure
    )


def _exposure(life: Lifecycle, years: Mapping[str, float | None]) -> pd.DataFrame:
    """Ground at risk: landslide_id, span (years since the landslide was last mapped), carried and healed, m²."""
    rows = life.observations.sort_values(
        "landslide_id", kind="stable"
    )  # the dates of each landslide stay in order of time
    year = rows["date"].map(dict(years)).astype(float)
    last = year.where(rows["area_m2"] > 0).groupby(rows["landslide_id"]).ffill()
    span = year - last.groupby(rows["landslide_id"]).shift()
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


def _resampled(ground: Float64, resamples: int, rng: np.random.Generator) -> Float64:
    """(2, resamples, spans) healed and kept ground of as many landslides drawn anew. ground: (2, landslides, spans)."""
    number = ground.shape[1]
    draws = (
        np.bincount(rng.integers(0, number, number), minlength=number) for _ in range(resamples)
    )
    return np.stack([weights @ ground for weights in draws], axis=1)


def _rate(healed: Float64, kept: Float64, spans: Float64) -> Float64:
    """(r,) most likely healing rates a year, by halving the interval of their logarithm; healed, kept: (r, spans) m²."""
    low, high = np.full(len(healed), np.log(_SLOWEST)), np.full(len(healed), np.log(_FASTEST))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rising = _slope(np.exp(middle), healed, kept, spans) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.exp((low + high) / 2)


def _slope(rate: Float64, healed: Float64, kept: Float64, spans: Float64) -> Float64:
    """Of the log likelihood: falls with the rate."""
    aged = rate[:, None] * spans
    return (healed * spans / np.expm1(np.minimum(aged, 700)) - kept * spans).sum(axis=1)


def _half_life(rate: Float64) -> Float64:
    """Years; infinite where the rate ran to its lower end: nothing healed."""
    return np.where(rate <= _SLOWEST * 1.001, np.inf, np.log(2) / rate)
