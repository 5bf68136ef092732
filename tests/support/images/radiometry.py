"""Pairs of images of the same ground with a known share of change."""

from __future__ import annotations

import numpy as np

from slidelens.types import Float64, Mask

CHANGED = 0.2


def two_dates(pixels: int = 4000, noise: float = 2.0) -> tuple[Float64, Float64, Mask]:
    """Two images, (pixels, 2 bands) each with noise, and the fifth of them that changed."""
    rng = np.random.default_rng(1)
    ground = rng.normal(size=(pixels, 2)) @ [[100, 40], [0, 60]] + 800
    first, second = (ground + rng.normal(0, noise, ground.shape) for _ in range(2))
    changed = rng.random(pixels) < CHANGED
    first[changed] = rng.normal(900, 150, (changed.sum(), 2))
    return first, second, changed
