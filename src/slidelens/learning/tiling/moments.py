"""Moments of the pixels of a scene, which those of its parts add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from slidelens.dataset.change_channels import leave_change
from slidelens.dataset.standardisation import BandStatistics
from slidelens.types import Float32


@dataclass(frozen=True)
class Moments:
    """Moments of pixels.

    Attributes:
        sampled: Number of pixels.
        mean: Mean of each channel.
        squares: Sum of the squared differences from that mean.
    """

    sampled: int
    mean: tuple[float, ...]
    squares: tuple[float, ...]


def moments_of(pixels: Float32) -> Moments:
    """Return the moments of (n, channels) pixels."""
    chosen = pixels.astype(np.float64)
    mean = chosen.mean(axis=0) if len(chosen) else np.zeros(chosen.shape[1])
    squares = ((chosen - mean) ** 2).sum(axis=0)
    return Moments(len(chosen), tuple(mean.tolist()), tuple(squares.tolist()))


def combine_moments(bands: tuple[str, ...], parts: Iterable[Moments]) -> BandStatistics:
    """Return the statistics of a scene from the moments of its parts, in their order.

    Those of the change leave it as it is.

    Args:
        bands: Names of the channels.
        parts: Moments of all parts.

    Source: Chan et al. (1983), doi 10.1080/00031305.1983.10483115.
    """
    count, mean, squares = 0, np.zeros(len(bands)), np.zeros(len(bands))
    for part in parts:
        if part.sampled:
            total = count + part.sampled
            step = np.array(part.mean) - mean
            squares += np.array(part.squares) + step**2 * (count * part.sampled / total)
            mean += step * (part.sampled / total)
            count = total
    deviation = np.sqrt(squares / max(count, 1))
    return leave_change(
        BandStatistics(
            bands,
            tuple(mean.tolist()),
            tuple(np.where(deviation > 0, deviation, 1.0).tolist()),
            count,
        )
    )
