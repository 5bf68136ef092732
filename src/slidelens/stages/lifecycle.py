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
import shapely
from rasterio.crs import CRS

from slidelens.analysis.chronicle import chronicle
from slidelens.analysis.lifecycle import Lifecycle, trace
from slidelens.analysis.lifecycle_rules import LifecycleRules
from slidelens.analysis.lifecycle_truth import score
from slidelens.analysis.overlaps import Shapes, shapes_of
from slidelens.files import write_json, writing_folder
from slidelens.geo.grid import Grid
from slidelens.geo.histories import read_observations
from slidelens.geo.inventory import read_inventory, write_layers
from slidelens.geo.mask import polygonise
from slidelens.geo.prepared import read_manual
from slidelens.geo.scene import Mask, read_layer, read_probability
from slidelens.params import load_params
from slidelens.run import run

log = logging.getLogger(__name__)

FILES = {"predicted": "landslides.gpkg", "manual": "manual.gpkg"}


@dataclass(frozen=True)
class Paths:
    """Where the stage reads and writes.

    prepared, maps: folders of the dates' folders; truth: histories that are known to be true, where there are any
    histories: the folder to write, landslides.gpkg from the predicted and manual.gpkg from the manual inventories; metrics: a JSON file
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
    paths = Paths(Path("data/prepared"), Path("data/maps"), truth, Path("data/lifecycle"), Path("metrics/lifecycle.json"))
    lifecycle(params.dates, paths, LifecycleRules(**params.lifecycle.model_dump()))


def lifecycle(dates: Sequence[str], paths: Paths, rules: LifecycleRules) -> None:
    """Write the histories and their metrics.

    dates: in order of time. A date without a manual inventory is left out of the manual histories.
    The metrics are those of the predicted inventories, with those of the manual ones under `manual`; where the truth is known, each has
    its scores under `truth`. Ground outside the investigation area, and what a date's image does not show, is unobserved.
    """
    parts, grid = read_layer(paths.prepared / dates[0] / "split.tif")
    inside = parts > 0
    observed = {date: shapes_of(polygonise(_seen(paths.maps / date, inside, grid), grid)) for date in dates}
    inventories = {
        "predicted": {date: read_inventory(paths.maps / date / "inventory.gpkg") for date in dates},
        "manual": {date: frame for date in dates if (frame := read_manual(paths.prepared / date)) is not None},
    }
    truth, area = _truth(paths.truth, grid.crs), shapely.union_all(polygonise(inside, grid))
    metrics = {}
    with writing_folder(paths.histories) as folder:
        for name, frames in inventories.items():
            if frames:
                life = trace(_shapes(frames), rules, observed, grid.crs.to_wkt())
                write_layers(life.layers, folder / FILES[name])
                metrics[name] = chronicle(life, rules.tolerance_m, area) | _scores(truth, life)
                log.info("lifecycle of the %s inventories: %s", name, _line(metrics[name]))
    write_json(paths.metrics, metrics.pop("predicted") | metrics)


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
    return {} if truth is None else {"truth": score(truth[truth["date"].isin(life.ledger["date"])], life.observations).to_json()}


def _line(numbers: dict[str, Any]) -> str:
    scored = numbers.get("truth", {}).get("identity", {}).get("f1")
    identity = f", identity F1 {scored:.3f}" if scored is not None else ""
    return f"{numbers['landslides']} landslides in {numbers['polygons']} polygons{identity}"


if __name__ == "__main__":
    sys.exit(main())
