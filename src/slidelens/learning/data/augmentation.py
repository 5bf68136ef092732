"""Joint augmentation: one random affine map for image and labels, and light radiometric jitter of the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slidelens.params.schema import LearningParams
from slidelens.types import Float32

Matrix = NDArray[np.float64]


def random_matrix(rng: np.random.Generator, learning: LearningParams) -> Matrix:
    """(2, 2) map from patch to scene offsets, (row, column): rotation, shear, scale and flips drawn from `learning`."""
    angle, shear = np.radians(rng.uniform(-1, 1, 2) * (learning.rotation_deg, learning.shear_deg))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flip = np.where(rng.random(2) < 0.5, -1.0, 1.0) if learning.flips else np.ones(2)
    scale = 1 + learning.scale * rng.uniform(-1, 1)
    return turn @ np.array([[1, np.tan(shear)], [0, 1]]) @ np.diag(flip) * scale


def jitter(pixels: Float32, rng: np.random.Generator, learning: LearningParams) -> Float32:
    """Standardised pixels with a random gain and offset for each band, partly common to all bands.

    pixels: (height, width, bands); hidden pixels, exactly 0 in every band, stay 0
    """
    bands = pixels.shape[-1]
    gain = 1 + learning.gain * (rng.uniform(-1, 1, bands) + rng.uniform(-1, 1)) / 2
    offset = learning.offset * (rng.uniform(-1, 1, bands) + rng.uniform(-1, 1)) / 2
    seen = (pixels != 0).any(axis=-1, keepdims=True)
    return np.where(seen, pixels * np.float32(gain) + np.float32(offset), np.float32(0))
