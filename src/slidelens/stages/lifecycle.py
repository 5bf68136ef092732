"""Stage `lifecycle`: trace the landslides of all dates in predicted and manual inventories."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from rasterio.crs import CRS

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.statistics.doubts import increment_doubt
from slidelens.analysis.lifecycle.statistics.summary import summarise
from slidelens.analysis.lifecycle.tables import history_tables, round_significant
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from slidelens.analysis.lifecycle.validation import score_histories
from slidelens.analysis.overlay import shapes_of
from slidelens.dataset.prepared_files import read_manual, read_mapped, read_split
from slidelens.errors import ParamsError
from slidelens.escaping import csv_text
from slidelens.files import atomic_write_folder, require_writable, write_json, write_text
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise, rasterising_threads
from slidelens.geo.vectors.inventory import write_layers
from slidelens.layers.histories import read_observations
from slidelens.layers.mapped_date import read_predicted, read_seen
from slidelens.layout import HISTORY_FILES, Layout
from slidelens.learning.occurrence import DatedGround, add_intervals
from slidelens.params.dates import order_problem
from slidelens.params.loading import load_params
from slidelens.run import run
from slidelens.types import Mask, Shapes, UInt8

FILES = ("*.csv", *HISTORY_FILES.values())
log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Write data/lifecycle and metrics/lifecycle.json."""
    argparse.ArgumentParser(prog="lifecycle", description=__doc__).parse_args(argv)
    return run("lifecycle", _run)


def _run() -> None:
    params = load_params()
    if problem := order_problem(params.dates, params.study.order):
        raise ParamsError(problem)
    truth = Path(params.study.root) / "truth" / "landslides.gpkg"
    rules = LifecycleRules(**params.lifecycle.model_dump(exclude={"revise"}))
    lifecycle(params.dates, rules, Layout(), truth, params.lifecycle.revise)


def lifecycle(
    dates: Sequence[str],
    rules: LifecycleRules,
    layout: Layout,
    truth: Path,
    revised: bool = False,
) -> None:
    """Write the histories, their tables and their metrics.

    A date without a manual inventory is left out of the manual histories. Ground outside the
    investigation area, or where a date's image is not valid, is unobserved; to a manual inventory
    also ground where it is not complete. The metrics are those
    of the predicted inventories, with those of the manual ones under `manual`; each has its scores
    under `truth` if the truth is known.

    Args:
        dates: in time order.
        rules: by which landslides are traced.
        layout: where to read and write.
        truth: true histories of a simulated study, a file that may not exist.
        revised: whether the predicted inventories are those of the revised maps.

    Raises:
        GridError: A date's map is on another grid than the split.
        OutputError: An output cannot be written, or holds other files.
    """
    require_writable(layout.lifecycle, own=FILES)
    require_writable(layout.metric("lifecycle"))
    split_map, grid = read_split(layout.prepared_date(dates[0]))
    inside = split_map > 0
    seen = {date: inside & _read_valid(layout, date, grid) for date in dates}
    observed = _observed(seen, layout, grid)
    true_observations = _read_truth(truth, grid.crs)
    area = shapely.union_all(polygonise(inside, grid))
    ground = _dated_ground(layout, dates, split_map, grid, rules)
    metrics: dict[str, dict[str, Any]] = {}
    with atomic_write_folder(layout.lifecycle, FILES) as folder:
        inventories = {
            name: frames
            for name, frames in _read_inventories(layout, dates, grid.crs, revised).items()
            if frames
        }

        def traced(name: str) -> tuple[Lifecycle, dict[str, Any]]:
            frames = inventories[name]
            life = trace(_shapes(frames), rules, observed[name], grid.crs.to_wkt())
            numbers = summarise(life, rules.tolerance_m, area)
            return life, round_significant(numbers | _scores(true_observations, life))

        with rasterising_threads(len(inventories)) as pool:
            lives = dict(zip(inventories, pool.map(traced, inventories), strict=True))
        for name, (life, numbers) in lives.items():
            layers = life.layers
            if name == "predicted":
                manual = lives["manual"][0] if "manual" in lives else None
                layers["landslides"] = add_intervals(life, manual, ground)
            write_layers(layers, folder / HISTORY_FILES[name])
            metrics[name] = numbers
            log.info("lifecycle of the %s inventories: %s", name, _line(metrics[name]))
            _warn_of_increments(name, life)
        for name, table in history_tables(metrics).items():
            write_text(folder / f"{name}.csv", csv_text(table))
    write_json(layout.metric("lifecycle"), metrics.pop("predicted") | metrics)


def _observed(seen: Mapping[str, Mask], layout: Layout, grid: Grid) -> dict[str, dict[str, Shapes]]:
    """Return the observed ground of each date as polygons, for each kind of inventory."""
    predicted = {date: shapes_of(polygonise(ground, grid)) for date, ground in seen.items()}
    mapped = {date: read_mapped(layout.prepared_date(date), grid) for date in seen}
    manual = {
        date: shapes_of(polygonise(seen[date] & ground, grid))
        for date, ground in mapped.items()
        if ground is not None
    }
    return {"predicted": predicted, "manual": predicted | manual}


def _dated_ground(
    layout: Layout, dates: Sequence[str], split_map: UInt8, grid: Grid, rules: LifecycleRules
) -> DatedGround:
    return DatedGround(
        dates,
        [layout.probability(date) for date in dates],
        [layout.revised / date / "onset.tif" for date in dates],
        split_map,
        grid,
        rules.minimum_observed,
    )


def _read_inventories(
    layout: Layout, dates: Sequence[str], crs: CRS, revised: bool
) -> dict[str, dict[str, gpd.GeoDataFrame]]:
    """Read the inventories of all dates, predicted and manual."""
    maps = layout.revised if revised else layout.maps
    manual = {date: read_manual(layout.prepared_date(date)) for date in dates}
    return {
        "predicted": {date: read_predicted(maps / date / "inventory.gpkg", crs) for date in dates},
        "manual": {date: frame for date, frame in manual.items() if frame is not None},
    }


def _read_valid(layout: Layout, date: str, grid: Grid) -> Mask:
    """Read the valid pixels of a date; raise GridError if its map is on another grid."""
    return read_seen(layout.probability(date), grid)


def _shapes(frames: Mapping[str, gpd.GeoDataFrame]) -> dict[str, Shapes]:
    return {date: shapes_of(frame.geometry.to_numpy()) for date, frame in frames.items()}


def _read_truth(path: Path, crs: CRS) -> gpd.GeoDataFrame | None:
    """Read the true observations of a simulated study; None for a real one."""
    return read_observations(path).to_crs(crs.to_wkt()) if path.exists() else None


def _scores(truth: gpd.GeoDataFrame | None, life: Lifecycle) -> dict[str, Any]:
    if truth is None:
        return {}
    at_dates = truth[truth["date"].isin(life.ledger["date"])]
    return {"truth": score_histories(at_dates, life.observations).to_json()}


def _warn_of_increments(name: str, life: Lifecycle) -> None:
    if doubt := increment_doubt(life.ledger):
        remedy = "trace them with `slidelens lifecycle --increments`"
        log.warning("%s inventories: %s%s", name, doubt, remedy)


def _line(numbers: dict[str, Any]) -> str:
    f1 = numbers.get("truth", {}).get("identity", {}).get("f1")
    identity = "" if f1 is None else f", identity F1 {f1:.3f}"
    return f"{numbers['landslides']} landslides in {numbers['polygons']} polygons{identity}"


if __name__ == "__main__":
    sys.exit(main())
