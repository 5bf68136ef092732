"""Augmentation: a random affine map of image and labels, and radiometric jitter of the image."""

from __future__ import annotations

import numpy as np

from slidelens.params.schema import LearningParams
from slidelens.types import Float32, Float64


def random_matrix(rng: np.random.Generator, learning: LearningParams) -> Float64:
    """Draw the (2, 2) matrix from (row, column) offsets in a patch to offsets in the scene.

    It is a rotation, a shear, flips and a scale, within the limits of `learning`.
    """
    angle, shear = np.radians(rng.uniform(-1, 1, 2) * (learning.rotation_deg, learning.shear_deg))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flip = np.where(rng.random(2) < 0.5, -1.0, 1.0) if learning.flips else np.ones(2)
    scale = 1 + learning.scale * rng.uniform(-1, 1)
    matrix: Float64 = rotation @ np.array([[1, np.tan(shear)], [0, 1]]) @ np.diag(flip) * scale
    return matrix


def jitter(pixels: Float32, rng: np.random.Generator, learning: LearningParams) -> Float32:
    """Apply a random gain and offset to each band, half of it common to all bands.

    Args:
        pixels: (height, width, bands) standardised; hidden pixels, 0 in every band, stay 0.
        rng: Random generator.
        learning: Limits of gain and offset.
    """
    bands = pixels.shape[-1]
    gain = 1 + learning.gain * (rng.uniform(-1, 1, bands) + rng.uniform(-1, 1)) / 2
    offset = learning.offset * (rng.uniform(-1, 1, bands) + rng.uniform(-1, 1)) / 2
    visible = (pixels != 0).any(axis=-1, keepdims=True)
    return np.where(visible, pixels * np.float32(gain) + np.float32(offset), np.float32(0))
