"""Options of commands that join the pieces of a landslide, and the joining."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import shapely
from rasterio.crs import CRS

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import merge_fragments
from slidelens.errors import ParamsError
from slidelens.geo.grid import covering_grid
from slidelens.layers.elevation import read_elevation
from slidelens.layers.probability import read_probability_on
from slidelens.types import Shapes

_MOST_PIXELS = 1e8
_HELP = {
    "max_gap_m": "pieces further apart are two landslides, metres",
    "max_angle_deg": "most between the line from piece to piece and the fall of the slope, or their axes, degrees",
    "minimum_support": "least odds of landslide in the gap, as a share of the odds of the threshold",
    "minimum_support_by_axis": "the same where there are no heights, or level ground",
    "max_hole_m2": "holes up to this are filled, m²",
    "neck_m": "width of a strip that joins the pieces, metres",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add --merge and what it goes by."""
    group = parser.add_argument_group("pieces of one landslide")
    group.add_argument(
        "--merge-fragments",
        "--merge",
        dest="merge",
        action="store_true",
        help="merge the predicted fragments of one landslide first",
    )
    group.add_argument(
        "--dem",
        type=Path,
        help="heights, any CRS: pieces are joined down the slope (default: along their axes)",
    )
    group.add_argument(
        "--probability",
        type=Path,
        help="the map that was outlined: what lies in a gap has a say; needs --threshold",
    )
    group.add_argument(
        "--threshold", type=float, help="probability from which a pixel of that map was landslide"
    )
    for field in fields(FragmentRules):
        option = f"--{field.name.replace('_', '-')}"
        group.add_argument(
            option,
            type=float,
            default=field.default,
            help=f"{_HELP[field.name]} (default: %(default)g)",
        )


def joined(pieces: Shapes, crs: CRS, arguments: argparse.Namespace) -> Shapes:
    """The landslides that the pieces are of, by the options; the pieces themselves without --merge. crs: theirs, in metres.

    Raises ParamsError where an option makes no sense without another.
    """
    if not arguments.merge:
        given = [
            f"--{name}"
            for name in ("dem", "probability", "threshold")
            if getattr(arguments, name) is not None
        ]
        if given:
            raise ParamsError(f"{given[0]} has no use without --merge; give both")
        return pieces
    if arguments.threshold is not None and not 0 < arguments.threshold < 1:
        raise ParamsError(
            f"--threshold is {arguments.threshold:g}; give a probability between 0 and 1"
        )
    rules = FragmentRules(
        **{field.name: getattr(arguments, field.name) for field in fields(FragmentRules)}
    )
    return merge_fragments(pieces, rules, _around(pieces, crs, arguments)).shapes


def _around(pieces: Shapes, crs: CRS, arguments: argparse.Namespace) -> FragmentContext | None:
    """The rasters that are given, on one grid over the pieces."""
    if not len(pieces) or (arguments.dem is None and arguments.probability is None):
        return None
    if arguments.probability is not None and arguments.threshold is None:
        raise ParamsError(
            "--probability needs the threshold that its pieces were mapped with; give --threshold, such as 0.5"
        )
    left, bottom, right, top = shapely.total_bounds(pieces)
    pixels = (right - left) * (top - bottom) / arguments.pixel_m**2
    if pixels > _MOST_PIXELS:
        raise ParamsError(
            f"pixels of {arguments.pixel_m:g} m make {pixels:.2g} of them over the pieces; give larger ones with --pixel-m"
        )
    grid = covering_grid((left, bottom, right, top), crs, arguments.pixel_m)
    probability = (
        None if arguments.probability is None else read_probability_on(arguments.probability, grid)
    )
    elevation_m = None if arguments.dem is None else read_elevation(arguments.dem, grid)
    return FragmentContext(grid, probability, arguments.threshold, elevation_m)
