"""Averages of weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slidelens.types import UInt8

if TYPE_CHECKING:
    pass
from slidelens.learning.training.settings import Settings
from slidelens.types import Float32


def average_weights(
    average: list[Float32], weights: list[Float32], decay: float, step: int
) -> list[Float32]:
    """The running average of the weights after one more step; it follows fast at first, so that the random start is soon forgotten.

    Averages lie in flatter minima than the last step: Izmailov et al. (2018), arXiv 1803.05407.
    """
    return blend_weights(average, weights, 1 - min(decay, step / (step + 9)))


def blend_share(labels: UInt8, settings: Settings) -> float:
    """How far the weights used go from those at the start, 0, to the fine-tuned ones, 1: `blend`, and less with little to learn from.

    labels: what is trained on, of which n pixels are landslide: at most n / (n + blend_px)
    """
    pixels = float((labels == 1).sum())
    return min(settings.blend, pixels / (pixels + settings.blend_px)) if pixels else settings.blend


def blend_weights(start: list[Float32], tuned: list[Float32], share: float) -> list[Float32]:
    """The weights a share of the way from those at the start, 0, to the fine-tuned ones, 1.

    They keep more of what the network knew, which few landslides cannot teach: Wortsman et al. (2022), arXiv 2109.01903.
    """
    return [
        old + share * (new - old) for old, new in zip(start, tuned, strict=True)
    ]  # exact where nothing changes
