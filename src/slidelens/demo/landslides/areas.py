"""Landslide areas, and length and width as functions of area."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, gammainccinv

from slidelens.demo.landslides.body import MEAN_WIDTH
from slidelens.demo.params import LandslideParams
from slidelens.types import Float64


def draw_areas(count: int, params: LandslideParams, rng: np.random.Generator) -> Float64:
    """Draw areas in m² from a truncated inverse gamma distribution, in random order.

    One area is drawn from each of `count` equally likely classes, so that a small sample keeps the
    distribution's shape.

    Args:
        count: number of landslides.
        params: parameters and limits of the distribution.
        rng: random generator.

    Source:
        Malamud et al. (2004), doi 10.1002/esp.1064.
    """
    scale, shift = params.a_km2 * 1e6, params.s_km2 * 1e6
    low, high = (
        gammaincc(params.rho, scale / (area - shift))
        for area in (params.min_area_m2, params.max_area_m2)
    )
    share = low + (high - low) * (np.arange(count) + rng.random(count)) / max(count, 1)
    return np.asarray(rng.permutation(shift + scale / gammainccinv(params.rho, share)), dtype=float)


def width_m(area_m2: float) -> float:
    """Return the width of a landslide: 26 m at 2,500 m², 132 m at 150,000 m².

    Larger landslides are more slender.
    """
    return float(1.12 * area_m2**0.4)


def length_m(area_m2: float) -> float:
    """Return the length of a landslide of this area."""
    return area_m2 / (MEAN_WIDTH * width_m(area_m2))
