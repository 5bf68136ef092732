"""`slidelens lifecycle`: inventories of several dates to histories: permanent ids, states, mergers and splits, and a ledger (JSON)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from slidelens.analysis.lifecycle.dates import in_time_order
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.api.histories import require_geopackage, trace_landslides
from slidelens.console import print_json
from slidelens.errors import InventoryError, ParamsError

_DEFAULTS = LifecycleRules()


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens lifecycle`."""
    parser = commands.add_parser(
        "lifecycle", help="inventories of several dates to histories", description=__doc__
    )
    parser.add_argument(
        "inventories",
        nargs="+",
        type=Path,
        metavar="INVENTORY",
        help="landslide polygons of one date; any CRS, any order",
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        help="GeoPackage to write: layers observations, landslides, edges",
    )
    parser.add_argument(
        "--dates",
        nargs="+",
        metavar="DATE",
        help="labels of the inventories, in their order (default: the files' names)",
    )
    parser.add_argument(
        "--observed",
        nargs="+",
        default=[],
        metavar="DATE=FILE",
        help="what a date could see: polygons, or a raster's valid pixels",
    )
    parser.add_argument(
        "--increments",
        action="store_true",
        help="each inventory holds only what is new since the one before: absence is not healing",
    )
    parser.add_argument(
        "--aoi",
        type=Path,
        help="polygon of the ground that was mapped, for rates per km² and what chance gives (default: around all landslides)",
    )
    parser.add_argument(
        "--crs",
        help="metric CRS for all, such as EPSG:32645 (default: the earliest inventory's, or its UTM zone)",
    )
    parser.add_argument(
        "--tolerance-m",
        type=float,
        default=_DEFAULTS.tolerance_m,
        help="error of registration, metres (default: %(default)g)",
    )
    _add_share(
        parser,
        "minimum_overlap",
        "common ground, of the smaller, that makes two outlines one landslide",
    )
    _add_share(
        parser,
        "changed_share",
        "net growth or loss from which a landslide is expanded or shrinking",
    )
    _add_share(
        parser,
        "minimum_observed",
        "standing ground that must be seen bare of landslide for healing",
    )
    parser.set_defaults(run=run)


def _add_share(parser: argparse.ArgumentParser, name: str, meaning: str) -> None:
    parser.add_argument(
        f"--{name.replace('_', '-')}",
        type=float,
        default=getattr(_DEFAULTS, name),
        help=f"share of {meaning} (default: %(default)g)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the histories and print the ledger."""
    rules = LifecycleRules(
        arguments.tolerance_m,
        arguments.minimum_overlap,
        arguments.changed_share,
        arguments.minimum_observed,
        increments=arguments.increments,
    )
    require_geopackage(arguments.out)
    histories = trace_landslides(
        dated_paths(arguments.inventories, arguments.dates),
        area=arguments.aoi,
        observed=_dated_files(arguments.observed),
        crs=arguments.crs,
        rules=rules,
    )
    numbers = histories.to_dict()
    histories.save(arguments.out)
    print_json(numbers)
    return 0


def _dated_files(pairs: Sequence[str]) -> dict[str, Path]:
    """Return the files of DATE=FILE by date."""
    files = {}
    for pair in pairs:
        date, separator, path = pair.partition("=")
        if not separator:
            raise ParamsError(
                f"--observed has {pair!r}; give it as DATE=FILE, such as 2015=scenes/2015.tif"
            )
        files[date] = Path(path)
    return files


def dated_paths(paths: Sequence[Path], labels: Sequence[str] | None = None) -> dict[str, Path]:
    """The inventories by date label, earliest first.

    labels: one for each path; by default the files' names, or their folders' where all files are called the same. Labels that tell a year
    (or `pre` and `post`) are put in order of time; others, which must have been given, are taken to be in order.
    Raises InventoryError where labels are missing, double, or tell no date.
    """
    given = labels is not None
    labels = list(labels or _labels(paths))
    if len(labels) != len(paths):
        raise InventoryError(
            f"there are {len(paths)} inventories and {len(labels)} dates; give one date for each inventory"
        )
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise InventoryError(
            f"two inventories are of {twice[0]}; join them, or tell them apart with --dates"
        )
    ordered = in_time_order(labels)
    if ordered is None and not given:
        names = ", ".join(labels)
        raise InventoryError(
            f"the names {names} do not tell the dates; name the files by date, such as 2015.gpkg, or give --dates in order"
        )
    by_label = dict(zip(labels, paths, strict=True))
    return {label: by_label[label] for label in ordered or labels}


def _labels(paths: Sequence[Path]) -> list[str]:
    stems = [path.stem for path in paths]
    return (
        [path.resolve().parent.name for path in paths]
        if len(paths) > 1 and len(set(stems)) == 1
        else stems
    )
