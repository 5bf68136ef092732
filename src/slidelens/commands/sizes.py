"""`slidelens sizes`: size–frequency statistics of an inventory (JSON, and a figure)."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.inventory.size_frequency import fit_sizes
from slidelens.errors import InventoryError, ParamsError
from slidelens.files import json_text
from slidelens.layers.metric import read_metric

log = logging.getLogger(__name__)

SLIVER_M2 = 1.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens sizes`."""
    parser = commands.add_parser(
        "sizes",
        help="how many landslides are how large: power law, inverse gamma, double Pareto",
        description=__doc__,
    )
    parser.add_argument("inventory", type=Path, help="polygons, one a landslide")
    parser.add_argument(
        "--min-area-m2",
        type=float,
        help="smallest area that was mapped; smaller ones are left out (default: the smallest there is)",
    )
    parser.add_argument(
        "--bootstrap",
        type=int,
        default=200,
        help="resampled inventories for the intervals and tests; 0: none (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the resampling (default: %(default)s)"
    )
    parser.add_argument(
        "--figure",
        type=Path,
        help="PNG to draw: density and number of larger landslides, log–log, with the fits",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the statistics, draw the figure where one is asked for."""
    if arguments.bootstrap < 0:
        raise ParamsError(f"--bootstrap is {arguments.bootstrap}; give 0 or more")
    areas_m2 = _areas_m2(arguments.inventory, arguments.min_area_m2)
    found = fit_sizes(areas_m2, arguments.min_area_m2, arguments.bootstrap, arguments.seed)
    for name, fit in (
        ("power law", found.tail),
        ("inverse gamma", found.inverse_gamma),
        ("double Pareto", found.double_pareto),
    ):
        if fit.why:
            log.warning(
                "%s: the %s is not reliable: %s", arguments.inventory.name, name, "; ".join(fit.why)
            )
    if arguments.figure:
        from slidelens.report.size_figure import draw_sizes

        if not len(areas_m2):
            raise InventoryError(
                f"{arguments.inventory} has no landslide to draw; leave --figure out"
            )
        draw_sizes(areas_m2, found, arguments.inventory.name, arguments.figure)
    print(json_text(found.summary()))
    return 0


def _areas_m2(inventory: Path, min_area_m2: float | None) -> NDArray[np.float64]:
    """(n,) areas of the landslides, without slivers and those under the minimum."""
    if min_area_m2 is not None and not (np.isfinite(min_area_m2) and min_area_m2 > 0):
        raise ParamsError(f"--min-area-m2 is {min_area_m2:g}; give an area over 0 m²")
    areas_m2 = np.asarray(read_metric(inventory).area)
    least = SLIVER_M2 if min_area_m2 is None else min_area_m2
    small = areas_m2 < least
    if small.any():
        log.warning(
            "%s: %d of %d polygons are under %g m² and are left out",
            inventory.name,
            small.sum(),
            len(areas_m2),
            least,
        )
    return areas_m2[~small]
