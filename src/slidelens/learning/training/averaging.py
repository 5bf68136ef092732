"""Averages of weights: over the steps of a training, and between a start and its fine-tuning."""

from __future__ import annotations

from slidelens.learning.training.settings import Settings
from slidelens.types import Float32, UInt8


def average_weights(
    average: list[Float32], weights: list[Float32], decay: float, step: int
) -> list[Float32]:
    """Return the exponential moving average of the weights after one more step.

    The decay is smaller during the first steps, so that the random start is soon forgotten.

    Args:
        average: Average so far, one array a variable.
        weights: Weights after this step, in the same order.
        decay: Share of the old average that is kept, in the long run.
        step: Number of this step, from 1.

    Source: averages lie in flatter minima than the last step, Izmailov et al. (2018),
    arXiv 1803.05407.
    """
    return blend_weights(average, weights, 1 - min(decay, step / (step + 9)))


def blend_share(labels: UInt8, settings: Settings) -> float:
    """Return the share of the fine-tuned weights in the weights that are used, 0 to 1.

    It is `settings.blend`, or n / (n + `settings.blend_px`) where that is less, so that few
    landslides change the network little.

    Args:
        labels: Training labels, of which n pixels are landslide.
        settings: Settings of the fine-tuning.
    """
    pixels = float((labels == 1).sum())
    return min(settings.blend, pixels / (pixels + settings.blend_px)) if pixels else settings.blend


def blend_weights(start: list[Float32], tuned: list[Float32], share: float) -> list[Float32]:
    """Interpolate linearly between the weights at the start (share 0) and after it (share 1).

    Blended weights keep what the network knew and few landslides cannot teach.

    Source: Wortsman et al. (2022), arXiv 2109.01903.
    """
    # Written so that weights that did not change stay exactly as they are.
    return [old + share * (new - old) for old, new in zip(start, tuned, strict=True)]
