"""From probabilities to landslides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import MergedFragments, merge_fragments
from slidelens.analysis.outlines.smoothing import smooth_outlines
from slidelens.analysis.outlines.vectorise import VectorisedLandslides, vectorise
from slidelens.dataset.parts import OUTSIDE
from slidelens.dataset.prepared import Prepared
from slidelens.geo.grid import Grid
from slidelens.params.schema import EvaluateParams
from slidelens.types import Float32, Shapes


def extract_landslides(
    prepared: Prepared,
    probability: Float32,
    threshold: float,
    elevation_m: Float32 | None,
    params: EvaluateParams,
) -> VectorisedLandslides:
    """The landslides of a date's map in the area. elevation_m: (height, width), None where there is no height model."""
    grid = prepared.scene.grid
    join = fragment_joiner(params, grid, probability, threshold, elevation_m)
    return vectorise(
        probability,
        prepared.scene.valid,
        grid,
        threshold,
        params.min_area_m2,
        prepared.split_map != OUTSIDE,
        join,
    )


def fragment_joiner(
    params: EvaluateParams,
    grid: Grid,
    probability: Float32,
    threshold: float,
    elevation_m: Float32 | None,
) -> Callable[[Shapes], MergedFragments]:
    """How pieces on a date's map become landslides; elevation_m: (height, width), None where there is no height model."""
    rules = FragmentRules(**params.fragments.model_dump())
    around = FragmentContext(grid, probability, threshold, elevation_m)

    def join(pieces: Shapes) -> MergedFragments:
        merged = merge_fragments(pieces, rules, around)
        return (
            replace(merged, shapes=smooth_outlines(merged.shapes, params.smoothing_m))
            if params.smoothing_m
            else merged
        )

    return join
