"""Estimate how much of a scene is landslide."""

from __future__ import annotations

import numpy as np

from slidelens.learning.adaptation.counts import MarkCounts
from slidelens.learning.inference.thresholds import LOGITS, logits_of
from slidelens.types import Float32, Float64, Int64

_BINS = 12
_FIRST, _LOWEST, _HIGHEST = 0.05, 0.001, 0.5
_ITERATIONS = 200
_AROUND, _MOST_AROUND = 3.0, 0.9
_EXPECTED_WEIGHT, _MOST_EXPECTED = 0.1, 0.1


def landslide_shares(
    counts: MarkCounts, scene: Float32, times: Float64, expected: float
) -> Float64:
    """Return the share of landslide in a scene, from the outputs in it and at the marks.

    The outputs in the scene are a mixture of those in landslides, in the ground around them, of
    which there is `_AROUND` times as much as in the marks' rims, and in other bare ground; the
    share is the most likely one. A little weight has what is expected, which decides where the
    network hardly tells landslides from other ground.

    Args:
        counts: Pixels of the marks.
        scene: (pixels,) outputs of the same network in a sample of the scene.
        times: (draws, marks) how often each draw has each mark.
        expected: Share that is expected without the marks; more than a tenth is not believed.

    Returns:
        (draws,)

    Source: Saerens et al. (2002), doi 10.1162/089976602753284446.
    """
    edges, of_landslide = _edges(scene), times * counts.is_landslide
    of_box = times - of_landslide
    landslide_px, rim_px = of_landslide @ counts.landslide_px, of_landslide @ counts.bare_px
    landslide = _shares(of_landslide @ counts.landslide, landslide_px, edges)
    rim = _shares(of_landslide @ counts.bare, rim_px, edges)
    other = _shares(of_box @ counts.bare, of_box @ counts.bare_px, edges)
    around = (_AROUND * rim_px / landslide_px)[:, None]
    bins = np.searchsorted(LOGITS[edges], logits_of(scene), "right")
    seen = np.bincount(bins, minlength=len(edges) + 1) / len(scene)
    share = np.full((len(times), 1), _FIRST)
    for _ in range(_ITERATIONS):
        near = np.minimum(_MOST_AROUND, share / (1 - share) * around)
        bare = near * rim + (1 - near) * other
        mixture = share * landslide + (1 - share) * bare
        hits = (seen * share * landslide / mixture).sum(axis=1, keepdims=True)
        likely = (1 - _EXPECTED_WEIGHT) * hits + _EXPECTED_WEIGHT * min(expected, _MOST_EXPECTED)
        share = np.clip(likely, _LOWEST, _HIGHEST)
    shares: Float64 = share[:, 0]
    return shares


def _edges(scene: Float32) -> Int64:
    """Return thresholds that part the upper half of the scene into bins of falling size."""
    quantiles = 1 - 0.5 ** np.arange(1, _BINS)
    values = np.quantile(logits_of(scene), quantiles)
    edges: Int64 = np.unique(np.searchsorted(LOGITS, values).clip(0, len(LOGITS) - 1))
    return edges


def _shares(reached: Float64, pixels: Float64, edges: Int64) -> Float64:
    """Return the (draws, bins) shares of pixels, smoothed by half a pixel.

    Args:
        reached: (draws, thresholds) pixels that reach each threshold.
        pixels: (draws,) all of them.
        edges: Indices of the thresholds between bins.
    """
    ends = np.zeros((len(pixels), 1))
    cumulative = np.concatenate([pixels[:, None], reached[:, edges], ends], axis=1)
    histogram = -np.diff(cumulative) + 0.5
    shares: Float64 = histogram / histogram.sum(axis=1, keepdims=True)
    return shares
