"""Estimate how much of a scene is landslide."""

from __future__ import annotations

import numpy as np

from slidelens.learning.adaptation.counts import LOGITS, MarkCounts, logits_of
from slidelens.types import Float32, Float64

_BINS = 12
_LOWEST, _HIGHEST = 0.001, 0.5
_ITERATIONS = 200


def landslide_share(counts: MarkCounts, scene: Float32) -> float:
    """Return the share of landslide in a scene, from the outputs in it and at the marks.

    The outputs in the scene are a mixture of those in landslides and those in bare ground; the
    share is that of maximum likelihood.

    Args:
        counts: Pixels of the marks.
        scene: (pixels,) outputs of the same network in a sample of the scene.

    Source: Saerens et al. (2002), doi 10.1162/089976602753284446.
    """
    box = ~counts.is_landslide
    edges = _edges(scene)
    landslide = _shares(counts.landslide.sum(axis=0), counts.landslide_px.sum(), edges)
    bare = counts.chosen(box) if box.any() else counts
    ground = _shares(bare.bare.sum(axis=0), bare.bare_px.sum(), edges)
    seen = np.bincount(
        np.searchsorted(LOGITS[edges], logits_of(scene), "right"), minlength=len(edges) + 1
    ).astype(float)
    share = 0.05
    for _ in range(_ITERATIONS):
        of_landslide = share * landslide
        share = float((seen * of_landslide / (of_landslide + (1 - share) * ground)).sum())
        share = min(max(share / seen.sum(), _LOWEST), _HIGHEST)
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
