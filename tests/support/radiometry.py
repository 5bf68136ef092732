"""Pairs of images with a known radiometric change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHANGED = 0.2


def two_dates(pixels: int = 4000, noise: float = 2.0) -> tuple[NDArray, NDArray, NDArray]:
    """Two images of two bands of one ground, with noise, and which fifth of it changed in between."""
    rng = np.random.default_rng(1)
    ground = rng.normal(size=(pixels, 2)) @ [[100, 40], [0, 60]] + 800
    one, other = (ground + rng.normal(0, noise, ground.shape) for _ in range(2))
    changed = rng.random(pixels) < CHANGED
    one[changed] = rng.normal(900, 150, (changed.sum(), 2))
    return one, other, changed
