"""Images with a known shift."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import fourier_shift, gaussian_filter

from slidelens.types import Float32


def shifted_ground(
    side: int, down_px: float, right_px: float, seed: int = 0, bands: int = 3
) -> Float32:
    """Return (side, side, bands) pixels of one soft pattern, shifted without any blur."""
    rng = np.random.default_rng(seed)
    pattern = gaussian_filter(rng.normal(size=(side, side)), 1.5, mode="wrap")
    pattern = np.fft.ifft2(fourier_shift(np.fft.fft2(pattern), (down_px, right_px))).real
    pattern *= 100 / pattern.std()
    gains = 1 + np.arange(bands) / 2
    return np.asarray(1000 + pattern[..., None] * gains, np.float32)
