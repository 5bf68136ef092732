"""`slidelens compare`: measure how far two inventories of one area agree."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from slidelens.analysis.comparison.object_matching import MIN_IOU
from slidelens.analysis.outlines.fragment_rules import FragmentRules
from slidelens.console import print_json, print_summary
from slidelens.errors import ParamsError
from slidelens.outputs import require_geopackage

_RULES = FragmentRules()
_FRAGMENTS = "Fragments of one landslide"
_OF_PROBABILITY = ("minimum_support", "minimum_support_by_axis")  # rules that compare it


def command(
    observed: Annotated[
        Path, typer.Argument(help="Polygons taken as the truth; with --rev: a date.")
    ],
    predicted: Annotated[
        Path | None, typer.Argument(help="Polygons to compare with them; not with --rev.")
    ] = None,
    rev: Annotated[
        list[str] | None,
        typer.Option(
            "--rev",
            metavar="REVISION",
            help="Compare the predicted inventories of a date in two experiments or commits "
            "(give --rev twice), or in one and the workspace.",
        ),
    ] = None,
    aoi: Annotated[
        Path | None,
        typer.Option(
            "--aoi",
            help="Polygon of the area to compare; landslides are cut at its edge.",
            show_default="the bounding box of both inventories",
        ),
    ] = None,
    pixel_m: Annotated[
        float, typer.Option("--pixel-m", help="Pixel size of the common grid, metres.")
    ] = 5.0,
    min_iou: Annotated[
        float,
        typer.Option(
            "--min-iou", help="Minimum intersection over union for two landslides to match."
        ),
    ] = MIN_IOU,
    bootstrap: Annotated[
        int,
        typer.Option(
            "--bootstrap", help="Resamples for the test of sizes, at least 10; 0: no test."
        ),
    ] = 999,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="GeoPackage to write with the layers agreement (hits, misses, false alarms), "
            "observed and predicted.",
        ),
    ] = None,
    merge_fragments: Annotated[
        bool,
        typer.Option(
            "--merge-fragments",
            "--merge",
            help="Merge the predicted fragments of a landslide first.",
            rich_help_panel=_FRAGMENTS,
        ),
    ] = False,
    dem: Annotated[
        Path | None,
        typer.Option(
            "--dem",
            help="Elevation raster, any CRS: fragments are merged down the slope.",
            show_default="along their axes",
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    probability: Annotated[
        Path | None,
        typer.Option(
            "--probability",
            help="Probability map of the predicted inventory, read in the gaps; needs --threshold.",
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="Probability at or above which a pixel of that map was landslide.",
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    max_gap_m: Annotated[
        float | None,
        typer.Option(
            "--max-gap-m",
            help="Largest gap between two fragments of a landslide, metres.",
            show_default=str(_RULES.max_gap_m),
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    max_angle_deg: Annotated[
        float | None,
        typer.Option(
            "--max-angle-deg",
            help="Largest angle between the line from fragment to fragment and the slope, or "
            "their axes, degrees.",
            show_default=str(_RULES.max_angle_deg),
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    minimum_support: Annotated[
        float | None,
        typer.Option(
            "--minimum-support",
            help="Minimum odds of landslide in the gap, as a share of the odds of the threshold.",
            show_default=str(_RULES.minimum_support),
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    minimum_support_by_axis: Annotated[
        float | None,
        typer.Option(
            "--minimum-support-by-axis",
            help="The same without elevation data or on flat terrain.",
            show_default=str(_RULES.minimum_support_by_axis),
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    max_hole_m2: Annotated[
        float | None,
        typer.Option(
            "--max-hole-m2",
            help="Largest hole to fill, m².",
            show_default=str(_RULES.max_hole_m2),
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
    neck_m: Annotated[
        float | None,
        typer.Option(
            "--neck-m",
            help="Width of a strip that joins the fragments, metres; 0: none.",
            show_default=str(_RULES.neck_m),
            rich_help_panel=_FRAGMENTS,
        ),
    ] = None,
) -> None:
    """Measure how far two inventories of one area agree.

    Prints JSON with precision, recall and F1 by pixel, by area and by landslide, the mapping
    error, and the differences in density, fragments and sizes.
    """
    from slidelens.api.comparison.compare import compare
    from slidelens.api.comparison.result import SCORES
    from slidelens.experiments.revisions import inventories_of

    if bool(rev) == (predicted is not None):
        raise ParamsError("give two inventories, or a date and --rev with an experiment or commit")
    if out is not None:
        require_geopackage(out)
    rules = _fragment_rules(
        merge_fragments,
        probability,
        max_gap_m=max_gap_m,
        max_angle_deg=max_angle_deg,
        minimum_support=minimum_support,
        minimum_support_by_axis=minimum_support_by_axis,
        max_hole_m2=max_hole_m2,
        neck_m=neck_m,
    )
    with inventories_of(str(observed), rev) if rev else nullcontext([observed, predicted]) as paths:
        comparison = compare(
            paths[0],
            paths[1],
            area=aoi,
            pixel_m=pixel_m,
            min_iou=min_iou,
            bootstrap=bootstrap,
            merge_fragments=merge_fragments,
            rules=rules,
            dem=dem,
            probability=probability,
            threshold=threshold,
        )
    if out is not None:
        comparison.save(out)
    print_json(comparison.to_dict())
    print_summary(["", *SCORES], comparison.score_rows())


def _fragment_rules(
    merge_fragments: bool, probability: Path | None, **options: float | None
) -> FragmentRules | None:
    """Return the rules by which fragments are merged; None if they are not.

    Raises:
        ParamsError: A rule is given that has no use.
    """
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        option = f"--{name.replace('_', '-')}"
        if not merge_fragments:
            raise ParamsError(f"{option} has no use without --merge-fragments; give both")
        if name in _OF_PROBABILITY and probability is None:
            raise ParamsError(f"{option} has no use without --probability; give both")
    return FragmentRules(**given) if merge_fragments else None
