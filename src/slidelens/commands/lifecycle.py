"""`slidelens lifecycle`: inventories of several dates to histories: permanent ids, states, mergers and splits, and a ledger (JSON)."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import geopandas as gpd
from rasterio.crs import CRS
from rasterio.errors import CRSError

from slidelens.analysis.lifecycle.dates import in_time_order
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.summary import summarise
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from slidelens.analysis.overlay import shapes_of
from slidelens.errors import GridError, InventoryError, OutputError, ParamsError
from slidelens.files import json_text
from slidelens.geo.grid import Grid, covering_grid, crs_name
from slidelens.geo.vector import read_inventory, require_near, write_layers
from slidelens.layers.footprint import read_observed
from slidelens.layers.metric import area_of, read_together, to_metric
from slidelens.types import Shapes

log = logging.getLogger(__name__)

_DEFAULTS = LifecycleRules()
_FEW_AGAIN = 0.2  # of later polygons on earlier ground; where inventories list all that is bare, most of them are


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
    if arguments.out.suffix.lower() != ".gpkg":
        raise OutputError(f"{arguments.out} cannot hold three layers; give a file ending in .gpkg")
    dated = dated_paths(arguments.inventories, arguments.dates)
    frames = dict(zip(dated, read_together(list(dated.values())), strict=True))
    crs = _crs(arguments.crs, frames)
    metric = {date: to_metric(frame, dated[date].name, crs) for date, frame in frames.items()}
    _require_near(metric, dated)
    shapes = {date: _shapes(frame) for date, frame in metric.items()}
    area = (
        None
        if arguments.aoi is None
        else area_of(
            to_metric(read_inventory(arguments.aoi), arguments.aoi.name, crs), arguments.aoi.name
        )
    )
    life = trace(shapes, rules, _observed(arguments.observed, dated, crs), crs.to_wkt())
    _warn_of_increments(life, rules)
    numbers = summarise(life, rules.tolerance_m, area)
    write_layers(life.layers, arguments.out)
    print(json_text({**numbers, "crs": crs_name(crs), "rules": asdict(rules)}))
    return 0


def _require_near(frames: dict[str, gpd.GeoDataFrame], paths: dict[str, Path]) -> None:
    """All inventories that hold a landslide lie near the first of them."""
    some = [date for date, frame in frames.items() if not frame.empty]
    for date in some[1:]:
        require_near(frames[some[0]], frames[date], (str(paths[some[0]]), str(paths[date])))


def _warn_of_increments(life: Lifecycle, rules: LifecycleRules) -> None:
    """Inventories of "this year less last year" look like landslides that all heal within a year."""
    later = life.ledger.iloc[1:]
    polygons, again = int(later["polygons"].sum()), int(later["on_earlier_ground"].sum())
    if (
        polygons
        and life.ledger["polygons"].iloc[0]
        and again < _FEW_AGAIN * polygons
        and not rules.increments
    ):
        log.warning(
            "only %d of %d polygons after %s lie on earlier landslide ground; if the inventories hold only what is new, give --increments: "
            "what they do not hold then counts as not seen, not as healed",
            again,
            polygons,
            life.ledger["date"].iloc[0],
        )


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


def _crs(wanted: str | None, frames: dict[str, gpd.GeoDataFrame]) -> CRS:
    if wanted is None:
        return CRS.from_user_input(next(iter(frames.values())).crs)
    try:
        crs = CRS.from_user_input(wanted)
    except CRSError as error:
        raise GridError(
            f"--crs is {wanted}, which is no CRS; give for instance EPSG:32645"
        ) from error
    Grid(crs, covering_grid((0, 0, 1, 1), crs, 1).transform, 1, 1).require_metric()
    return crs


def _shapes(frame: gpd.GeoDataFrame) -> Shapes:
    return shapes_of(frame.geometry.to_numpy())


def _observed(given: Sequence[str], dates: dict[str, Path], crs: CRS) -> dict[str, Shapes]:
    """What each named date could see, in the common CRS."""
    found = {}
    for pair in given:
        date, separator, path = pair.partition("=")
        if not separator:
            raise ParamsError(
                f"--observed has {pair!r}; give it as DATE=FILE, such as 2015=scenes/2015.tif"
            )
        if date not in dates:
            raise ParamsError(
                f"--observed names {date}, which is none of the dates {', '.join(dates)}; use one of them"
            )
        found[date] = _shapes(to_metric(read_observed(Path(path)), Path(path).name, crs))
    return found
