"""Measure how far two inventories of one area agree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from slidelens.analysis.accuracy.fragmentation import count_fragments, fragment_counts
from slidelens.analysis.comparison.area_agreement import area_agreement, pixel_counts
from slidelens.analysis.comparison.object_matching import MIN_IOU, match_objects
from slidelens.analysis.comparison.size_agreement import size_difference
from slidelens.analysis.inventory.lengths import require_length
from slidelens.analysis.outlines.fragment_rules import FragmentRules
from slidelens.analysis.overlay import overlaps
from slidelens.api.comparison.density_difference import compare_densities
from slidelens.api.comparison.fragment_merging import FragmentMerging
from slidelens.api.comparison.inventory_pair import InventoryPair, read_pair
from slidelens.api.comparison.layers import landslide_layers
from slidelens.api.comparison.result import Comparison
from slidelens.api.inputs.inventories import InventoryLike, PathLike, require_bootstrap
from slidelens.errors import ParamsError
from slidelens.geo.grid import Grid, covering_grid

_MAX_PIXELS = 1e11


def compare(
    observed: InventoryLike,
    predicted: InventoryLike,
    *,
    area: InventoryLike | None = None,
    pixel_m: float = 5.0,
    min_iou: float = MIN_IOU,
    bootstrap: int = 999,
    merge_fragments: bool = False,
    rules: FragmentRules | None = None,
    dem: PathLike | None = None,
    probability: PathLike | None = None,
    threshold: float | None = None,
) -> Comparison:
    """Compare two inventories of one area.

    Args:
        observed: Polygons taken for the truth.
        predicted: Polygons compared with them.
        area: The area to compare, at whose edge landslides are cut; by default the bounding box
            of both inventories.
        pixel_m: Pixel of the common grid, metres.
        min_iou: Intersection over union from which two landslides match, above 0 and up to 1.
        bootstrap: Number of resamples in the test of sizes, at least 10; 0 for no test.
        merge_fragments: Merge the predicted fragments of a landslide first.
        rules: Which fragments are of one landslide.
        dem: Elevation raster; fragments are merged down the slope, without it along their axes.
        probability: Probability map that was outlined; it is read in the gaps.
        threshold: Probability from which a pixel of that map was landslide.

    Raises:
        InventoryError: If both inventories are empty and there is no area, or if they lie apart.
        ParamsError: If an option is out of range or has no use without another.
    """
    _require_options(pixel_m, min_iou, bootstrap)
    if merge_fragments:
        merge = FragmentMerging(
            rules=rules or FragmentRules(),
            dem=None if dem is None else Path(dem),
            probability=None if probability is None else Path(probability),
            threshold=threshold,
            pixel_m=pixel_m,
        ).merge
    else:
        merge = None
        _require_unused(rules, {"dem": dem, "probability": probability, "threshold": threshold})
    return compare_pair(
        read_pair(observed, predicted, area, merge),
        pixel_m=pixel_m,
        min_iou=min_iou,
        bootstrap=bootstrap,
        count_merged=merge_fragments,
    )


def _require_options(pixel_m: float, min_iou: float, bootstrap: int) -> None:
    require_length(pixel_m, "pixel_m (--pixel-m)")
    if not 0 < min_iou <= 1:
        raise ParamsError(f"min_iou (--min-iou) is {min_iou:g}; give a share over 0 and up to 1")
    require_bootstrap(bootstrap)


def _require_unused(rules: FragmentRules | None, options: Mapping[str, object]) -> None:
    if rules is not None:
        raise ParamsError("rules have no use without merge_fragments; give both")
    for name, value in options.items():
        if value is not None:
            raise ParamsError(
                f"{name} (--{name}) has no use without merge_fragments (--merge-fragments); "
                "give both"
            )


def compare_pair(
    pair: InventoryPair, *, pixel_m: float, min_iou: float, bootstrap: int, count_merged: bool
) -> Comparison:
    """Compare two inventories that are on common ground.

    Args:
        pair: The inventories.
        pixel_m: Pixel of the common grid, metres.
        min_iou: Intersection over union from which two landslides match.
        bootstrap: Number of resamples in the test of sizes.
        count_merged: Count fragments before and after merging.

    Raises:
        ParamsError: If the pixels are too many.
    """
    grid = _pixel_grid(pair, pixel_m)
    pairs = overlaps(pair.observed, pair.predicted)
    matching = match_objects(pair.observed, pair.predicted, pairs, min_iou)
    fragmentation = count_fragments(pair.observed, pair.predicted, pairs)
    layers = landslide_layers(pair, matching, fragmentation)
    observed_m2, predicted_m2 = (frame["area_m2"].to_numpy() for frame in layers.values())
    return Comparison(
        pair=pair,
        pixels=pixel_counts(pair.observed_ground, pair.predicted_ground, grid, pair.area),
        pixel_m=pixel_m,
        ground=area_agreement(pair.observed_ground, pair.predicted_ground),
        matching=matching,
        min_iou=min_iou,
        fragmentation=fragmentation,
        merged_counts=(
            fragment_counts(pair.fragments, pair.predicted, pair.observed) if count_merged else None
        ),
        density=compare_densities(pair),
        sizes=size_difference(observed_m2, predicted_m2, bootstrap),
        observed=layers["observed"],
        predicted=layers["predicted"],
    )


def _pixel_grid(pair: InventoryPair, pixel_m: float) -> Grid:
    left, bottom, right, top = pair.bounds
    pixels = (right - left) / pixel_m * ((top - bottom) / pixel_m)
    if pixels > _MAX_PIXELS:
        raise ParamsError(
            f"pixels of {pixel_m:g} m make {pixels:.2g} of them over this ground; "
            "give larger ones with pixel_m (--pixel-m)"
        )
    return covering_grid(pair.bounds, pair.crs, pixel_m)
