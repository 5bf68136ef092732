"""Estimate how much of a scene is landslide."""

from __future__ import annotations

import numpy as np

from slidelens.learning.adaptation.counts import LOGITS, MarkCounts, logits_of
from slidelens.types import Float32, Float64

_BINS = 12
_FIRST, _LOWEST, _HIGHEST = 0.05, 0.001, 0.5
_ITERATIONS = 200
_AROUND, _MOST_AROUND = 3.0, 0.9


def landslide_share(counts: MarkCounts, scene: Float32) -> float:
    """Return the share of landslide in a scene, from the outputs in it and at the marks.

    The outputs in the scene are a mixture of those in landslides, in the ground around them, of
    which there is `_AROUND` times as much as in the marks' rims, and in other bare ground; the
    share is that of maximum likelihood.

    Args:
        counts: Pixels of the marks.
        scene: (pixels,) outputs of the same network in a sample of the scene.

    Source: Saerens et al. (2002), doi 10.1162/089976602753284446.
    """
    edges, box = _edges(scene), ~counts.is_landslide
    landslide = _shares(counts.landslide.sum(axis=0), counts.landslide_px.sum(), edges)
    rim = _shares(counts.bare[~box].sum(axis=0), counts.bare_px[~box].sum(), edges)
    other = _shares(counts.bare[box].sum(axis=0), counts.bare_px[box].sum(), edges)
    around = _AROUND * counts.bare_px[~box].sum() / counts.landslide_px.sum()
    bins = np.searchsorted(LOGITS[edges], logits_of(scene), "right")
    seen = np.bincount(bins, minlength=len(edges) + 1) / len(scene)
    share = _FIRST
    for _ in range(_ITERATIONS):
        near = min(_MOST_AROUND, share / (1 - share) * around)
        bare = near * rim + (1 - near) * other
        mixture = share * landslide + (1 - share) * bare
        share = float(np.clip((seen * share * landslide / mixture).sum(), _LOWEST, _HIGHEST))
    return share


def _edges(scene: Float32) -> np.ndarray:
    """Return thresholds that part the upper half of the scene into bins of falling size."""
    quantiles = 1 - 0.5 ** np.arange(1, _BINS)
    values = np.quantile(logits_of(scene), quantiles)
    return np.unique(np.searchsorted(LOGITS, values).clip(0, len(LOGITS) - 1))


def _shares(reached: Float64, pixels: float, edges: np.ndarray) -> Float64:
    """Return the share of pixels in each bin, smoothed by half a pixel."""
    cumulative = np.concatenate([[pixels], reached[edges], [0.0]])
    histogram = -np.diff(cumulative) + 0.5
    shares: Float64 = histogram / histogram.sum()
    return shares
