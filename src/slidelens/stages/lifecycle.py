"""Stage `lifecycle`: the landslides of all dates as histories, from the predicted and from the manual inventories."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from rasterio.crs import CRS

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.summary import summarise
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from slidelens.analysis.lifecycle.validation import score_histories
from slidelens.analysis.overlay import shapes_of
from slidelens.dataset.prepared import read_manual
from slidelens.files import atomic_write_folder, write_json, write_text
from slidelens.geo.geotiff import read_layer
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.geo.vector import read_inventory, write_layers
from slidelens.layers.histories import read_observations
from slidelens.layers.probability import read_probability
from slidelens.params.loading import load_params
from slidelens.run import run
from slidelens.types import Mask, Shapes

log = logging.getLogger(__name__)

_PATH_COLUMNS = [
    "inventory",
    "years_since",
    "failures",
    "share",
    "chance",
    "following",
    "ratio",
    "p",
]  # also where there are no rows
FILES = {"predicted": "landslides.gpkg", "manual": "manual.gpkg"}


@dataclass(frozen=True)
class Paths:
    """Where the stage reads and writes.

    prepared, maps: folders of the dates' folders; truth: histories that are known to be true, where there are any
    histories: the folder to write: landslides.gpkg from the predicted and manual.gpkg from the manual inventories, and ledger.csv,
        evolution.csv and path_dependency.csv of both; metrics: a JSON file
    """

    prepared: Path
    maps: Path
    truth: Path
    histories: Path
    metrics: Path


def main(argv: list[str] | None = None) -> int:
    """Follow the landslides of all dates; write data/lifecycle and metrics/lifecycle.json."""
    argparse.ArgumentParser(prog="lifecycle", description=__doc__).parse_args(argv)
    return run("lifecycle", _run)


def _run() -> None:
    params = load_params()
    truth = Path(params.study.root) / "truth" / "landslides.gpkg"
    paths = Paths(
        Path("data/prepared"),
        Path("data/maps"),
        truth,
        Path("data/lifecycle"),
        Path("metrics/lifecycle.json"),
    )
    lifecycle(params.dates, paths, LifecycleRules(**params.lifecycle.model_dump()))


def lifecycle(dates: Sequence[str], paths: Paths, rules: LifecycleRules) -> None:
    """Write the histories and their metrics.

    dates: in order of time. A date without a manual inventory is left out of the manual histories.
    The metrics are those of the predicted inventories, with those of the manual ones under `manual`; where the truth is known, each has
    its scores under `truth`. Ground outside the investigation area, and what a date's image does not show, is unobserved.
    """
    parts, grid = read_layer(paths.prepared / dates[0] / "split.tif")
    inside = parts > 0
    observed = {
        date: shapes_of(polygonise(_seen(paths.maps / date, inside, grid), grid)) for date in dates
    }
    inventories = {
        "predicted": {date: read_inventory(paths.maps / date / "inventory.gpkg") for date in dates},
        "manual": {
            date: frame
            for date in dates
            if (frame := read_manual(paths.prepared / date)) is not None
        },
    }
    truth, area = _truth(paths.truth, grid.crs), shapely.union_all(polygonise(inside, grid))
    metrics: dict[str, dict[str, Any]] = {}
    with atomic_write_folder(paths.histories) as folder:
        for name, frames in inventories.items():
            if frames:
                life = trace(_shapes(frames), rules, observed, grid.crs.to_wkt())
                write_layers(life.layers, folder / FILES[name])
                metrics[name] = _readable(
                    summarise(life, rules.tolerance_m, area) | _scores(truth, life)
                )
                log.info("lifecycle of the %s inventories: %s", name, _line(metrics[name]))
        for name, table in _tables(metrics).items():
            write_text(folder / f"{name}.csv", table.to_csv(index=False))
    write_json(paths.metrics, metrics.pop("predicted") | metrics)


def _tables(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, pd.DataFrame]:
    """The ledger, the evolution and the path dependency of all inventories, each row with its inventory, `predicted` or `manual`."""
    rows: dict[str, list[dict[str, Any]]] = {"ledger": [], "evolution": [], "path_dependency": []}
    for name, numbers in metrics.items():
        for table, by_date in (("ledger", numbers["dates"]), ("evolution", numbers["evolution"])):
            rows[table] += [
                {"inventory": name, "date": date, **row} for date, row in by_date.items()
            ]
        rows["path_dependency"] += [
            {"inventory": name, **row} for row in numbers["path_dependency"]
        ]
    return {
        name: pd.DataFrame(table, columns=_PATH_COLUMNS if name == "path_dependency" else None)
        for name, table in rows.items()
    }


def _readable(value: Any) -> Any:
    """Numbers with the digits that mean something: square metres to the hundredth, rates and shares to four digits."""
    if isinstance(value, dict):
        return {key: _readable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(each) for each in value]
    if isinstance(value, float):
        return round(value, 2) if abs(value) >= 100 else float(f"{value:.4g}")
    return value


def _seen(folder: Path, inside: Mask, grid: Grid) -> Mask:
    """Pixels of the investigation area that a date's image shows. Raises GridError where its map is on another grid."""
    _, valid, own = read_probability(folder / "probability.tif")
    grid.require_same(own, "the split", str(folder / "probability.tif"))
    return valid & inside


def _shapes(frames: Mapping[str, gpd.GeoDataFrame]) -> dict[str, Shapes]:
    return {date: shapes_of(frame.geometry.to_numpy()) for date, frame in frames.items()}


def _truth(path: Path, crs: CRS) -> gpd.GeoDataFrame | None:
    """The true observations of a simulated study, in the grid's CRS; None for a real one."""
    return read_observations(path).to_crs(crs.to_wkt()) if path.exists() else None


def _scores(truth: gpd.GeoDataFrame | None, life: Lifecycle) -> dict[str, Any]:
    return (
        {}
        if truth is None
        else {
            "truth": score_histories(
                truth[truth["date"].isin(life.ledger["date"])], life.observations
            ).to_json()
        }
    )


def _line(numbers: dict[str, Any]) -> str:
    scored = numbers.get("truth", {}).get("identity", {}).get("f1")
    identity = f", identity F1 {scored:.3f}" if scored is not None else ""
    return f"{numbers['landslides']} landslides in {numbers['polygons']} polygons{identity}"


if __name__ == "__main__":
    sys.exit(main())
