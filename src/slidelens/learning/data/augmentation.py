"""Augmentation: a random affine map of image and labels, and radiometric jitter of the image."""

from __future__ import annotations

import numpy as np

from slidelens.dataset.change_channels import ChangeLayout
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, Float64

HIDDEN_SHARE = 0.25  # of the patches, whose change is hidden
_WHOLE = 0.999  # of the neighbours by which a pixel is interpolated


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


def jitter_with_change(
    pixels: Float32,
    change: ChangeLayout,
    rng: np.random.Generator,
    change_rng: np.random.Generator,
    learning: LearningParams,
) -> Float32:
    """Apply `jitter` to the image, a gain to its change, and hide the change of some patches.

    The change gets no offset, so that 0 stays no change. It is missing where one of the pixels is
    that were interpolated. Of `HIDDEN_SHARE` of the patches all of it is missing, so that the
    network learns to do without.

    Args:
        pixels: (height, width, channels) standardised.
        change: Which channels are the change.
        rng: Random generator of the image.
        change_rng: Random generator of the change; the image does not depend on it.
        learning: Limits of gain and offset.
    """
    own, differences = list(change.own), list(change.differences)
    result = np.zeros_like(pixels)
    result[..., own] = jitter(pixels[..., own], rng, learning)
    hidden = change_rng.random() < HIDDEN_SHARE
    draws = change_rng.uniform(-1, 1, len(differences)) + change_rng.uniform(-1, 1)
    if hidden:
        return result
    known = pixels[..., change.known] > _WHOLE
    gain = (1 + learning.gain * draws / 2).astype(np.float32)
    result[..., differences] = np.where(known[..., None], pixels[..., differences] * gain, 0)
    result[..., change.known] = known
    return result
