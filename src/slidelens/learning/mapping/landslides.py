"""Extract landslides from a probability map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import MergedFragments, merge_fragments
from slidelens.analysis.outlines.smoothing import smooth_outlines
from slidelens.analysis.outlines.vectorise import VectorisedLandslides, vectorise
from slidelens.dataset.parts import OUTSIDE
from slidelens.dataset.prepared import Prepared
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import WindowedArray
from slidelens.params.schema import EvaluateParams
from slidelens.types import Float32, Shapes


def extract_landslides(
    prepared: Prepared,
    probability: Float32 | WindowedArray,
    threshold: float,
    elevation_m: Float32 | WindowedArray | None,
    params: EvaluateParams,
    scratch: Path | None = None,
) -> VectorisedLandslides:
    """Vectorise the landslides of a date within the investigation area.

    Args:
        prepared: Prepared data of the date.
        probability: (height, width) calibrated.
        threshold: Probability from which a pixel is landslide.
        elevation_m: (height, width), None without an elevation model.
        params: Minimum area, fragments and smoothing.
        scratch: Folder for temporary files of large maps; by default that of the system.
    """
    grid = prepared.scene.grid
    merge = fragment_joiner(params, grid, probability, threshold, elevation_m)
    return vectorise(
        probability,
        prepared.scene.valid,
        grid,
        threshold,
        params.min_area_m2,
        prepared.split_map != OUTSIDE,
        merge,
        scratch,
    )


def fragment_joiner(
    params: EvaluateParams,
    grid: Grid,
    probability: Float32 | WindowedArray,
    threshold: float,
    elevation_m: Float32 | WindowedArray | None,
) -> Callable[[Shapes], MergedFragments]:
    """Return the function that merges the fragments of landslides and smooths their outlines.

    Args:
        params: Rules for fragments, and `smoothing_m`.
        grid: Grid of the map.
        probability: (height, width) calibrated.
        threshold: Probability from which a pixel is landslide.
        elevation_m: (height, width), None without an elevation model.
    """
    rules = FragmentRules(**params.fragments.model_dump())
    context = FragmentContext(grid, probability, threshold, elevation_m)

    def merge(fragments: Shapes) -> MergedFragments:
        merged = merge_fragments(fragments, rules, context)
        if not params.smoothing_m:
            return merged
        return replace(merged, shapes=smooth_outlines(merged.shapes, params.smoothing_m))

    return merge
