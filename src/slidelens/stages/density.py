"""Stage `density`: the inventories of all dates in numbers (Tables 3 to 5) and as kernel-density rasters."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely import STRtree

from slidelens.analysis.inventory.kernel_density import KernelDensity, density_of_points
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.analysis.inventory.statistics import difference, inventory_statistics
from slidelens.dataset.prepared import read_manual
from slidelens.files import atomic_write_folder, read_json, write_json
from slidelens.geo.geotiff import read_layer
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.vector import read_inventory
from slidelens.layers.probability import read_probability
from slidelens.layers.surface import write_surface
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run
from slidelens.tracking.run import stage_run
from slidelens.types import Mask

log = logging.getLogger(__name__)
Numbers = dict[str, Any]


def main(argv: list[str] | None = None) -> int:
    """Compare the inventories of all dates; write data/density, metrics/f1.json and metrics/density.json."""
    argparse.ArgumentParser(prog="density", description=__doc__).parse_args(argv)
    return run("density", lambda: density(load_params(), Path()))


def density(params: Params, root: Path) -> None:
    """Write the tables and rasters of all dates below the folder `root`."""
    with stage_run("density", params.model_dump(by_alias=True)) as logged:
        scores = {
            date: read_json(root / "data/maps" / date / "scores.json") for date in params.dates
        }
        with atomic_write_folder(root / "data/density") as temporary:
            compared = {
                date: _compared(params, root, date, temporary / date) for date in params.dates
            }
        tables = {
            date: compared[date] | _pieces(scores[date]) | _estimated(scores[date])
            for date in params.dates
        }
        f1 = score_table(scores)
        write_json(root / "metrics/f1.json", f1)
        write_json(root / "metrics/density.json", {"density": tables})
        logged.summary(
            {
                **f1,
                "density": tables,
                "pretrain": pretraining(read_json(root / "metrics/pretrain.json")["pretrain"], f1),
            }
        )
        for date in params.dates:
            log.info("density %s: %s", date, _line(tables[date], scores[date]))


def score_table(scores: dict[str, Numbers]) -> Numbers:
    """Scores on the test blocks, {score: {date: …, "mean": …}}, after fine-tuning and before; None where a date has none.

    Means are of the dates that have an F1.
    """
    table = {
        name: {date: scores[date]["after"][name] for date in scores}
        for name in ("f1", "precision", "recall", "iou", "loss")
    }
    table |= {
        f"{name}_before": {date: scores[date]["before"][name] for date in scores}
        for name in ("f1", "precision", "recall", "loss")
    }
    # Precision without a landslide to find is 0 or nothing: means are of the dates that have an F1.
    scored = [date for date, value in table["f1"].items() if value is not None]
    return {
        name: values | {"mean": _mean(values[date] for date in scored)}
        for name, values in table.items()
    }


def _pieces(scores: Numbers) -> Numbers:
    """Predicted outlines before pieces of a landslide were joined, and how many of them a manual landslide has, before and after."""
    told = {"predicted_raw_count": "raw"} | {
        f"predicted_{name}": name for name in scores["fragments"] if "_per_" in name
    }
    return {
        key: round(value, 4) if isinstance(value := scores["fragments"][name], float) else value
        for key, name in told.items()
    }


def _estimated(scores: Numbers) -> Numbers:
    """Number and area of the whole area, corrected by what validation blocks tell, with their intervals; None where nothing can be said."""
    told, ends = scores["estimates"]["area"], {"": "estimate", "_low": "low", "_high": "high"}
    return {
        f"estimated_{name}{end}": told[name][key]
        for name in ("count", "area_m2")
        for end, key in ends.items()
    }


def pretraining(scores: Numbers, f1: Numbers | None) -> Numbers:
    """The pretrained network's row of Table 2: its validation scores, and beside them those on the dates' test blocks, before fine-tuning.

    scores: of metrics/pretrain.json; f1: of metrics/f1.json, None where it is that of other weights
    """
    test = (
        {name: f1[f"{name}_before"]["mean"] for name in ("loss", "precision", "recall", "f1")}
        if f1
        else {}
    )
    return scores | {"test": test}


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _compared(params: Params, root: Path, date: str, folder: Path) -> Numbers:
    """Manual against predicted inventory of a date: Tables 4 and 5; the rasters go into `folder`."""
    parts, grid = read_layer(root / "data/prepared" / date / "split.tif")
    _, seen, _ = read_probability(root / "data/maps" / date / "probability.tif")
    mapped = seen & (parts > 0)
    area_m2 = float(mapped.sum()) * grid.pixel_area_m2
    predicted = read_inventory(root / "data/maps" / date / "inventory.gpkg")
    inventories = {
        "manual": read_manual(root / "data/prepared" / date),
        "predicted": predicted,
        # Joined pieces are parts of one landslide, unless strips have made one polygon of them.
        "predicted_raw": None if params.evaluate.fragments.neck_m else predicted.explode(),
    }
    cells = covering_grid(grid.bounds, grid.crs, params.density.cell_m)
    points = {name: _centroids(frame) for name, frame in inventories.items() if frame is not None}
    # Peaks compare only at one radius: the manual inventory's, where there is one.
    radius_m = params.density.radius_m or next(
        filter(None, map(default_radius_m, points.values())), None
    )
    seen_cells = _in_cells(mapped, grid, cells)
    surfaces = {
        name: density_of_points(
            at,
            cells,
            area_m2,
            radius_m=radius_m,
            convention=params.density.convention,
            mapped=seen_cells,
        )
        for name, at in points.items()
    }
    for name, surface in surfaces.items():
        write_surface(
            folder / f"{name}.tif",
            surface.surface,
            cells,
            "landslides per km²",
            f"kernel density, {name} inventory {date}",
        )
    return {
        "mapped_km2": area_m2 / 1e6,
        **_numbers(inventories, surfaces, area_m2),
        **unmatched_counts(inventories["manual"], predicted),
    }


def _numbers(
    inventories: dict[str, gpd.GeoDataFrame | None],
    surfaces: dict[str, KernelDensity],
    area_m2: float,
) -> Numbers:
    numbers: Numbers = {}
    statistics = {
        name: inventory_statistics(frame.area, area_m2)
        for name, frame in inventories.items()
        if frame is not None
    }
    for name in inventories:
        has = name in surfaces
        named = (
            statistics[name].named(name)
            if has
            else dict.fromkeys(inventory_statistics([]).named(name))
        )
        numbers |= named | {
            f"{name}_peak_per_km2": surfaces[name].peak_per_km2 if has else None,
            f"{name}_radius_m": surfaces[name].radius_m if has else None,
        }
    if "manual" in surfaces:
        numbers |= {
            f"difference_{key}": value
            for key, value in difference(statistics["predicted"], statistics["manual"]).items()
        }
        peaks = numbers["predicted_peak_per_km2"], numbers["manual_peak_per_km2"]
        numbers["difference_peak_per_km2"] = None if None in peaks else peaks[0] - peaks[1]
    return {
        key: round(value, 4) if isinstance(value, float) else value
        for key, value in numbers.items()
    }


def unmatched_counts(manual: gpd.GeoDataFrame | None, predicted: gpd.GeoDataFrame) -> Numbers:
    """Landslides of each inventory that no landslide of the other touches; None where nothing is mapped by hand."""
    if manual is None:
        return {"manual_missed": None, "predicted_false_alarms": None}
    pairs = STRtree(predicted.geometry.to_numpy()).query(
        manual.geometry.to_numpy(), predicate="intersects"
    )
    met = [len(np.unique(places)) for places in pairs]
    return {
        "manual_missed": len(manual) - met[0],
        "predicted_false_alarms": len(predicted) - met[1],
    }


def _centroids(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    centroids = frame.centroid
    return np.column_stack([centroids.x, centroids.y]).reshape(-1, 2)


def _in_cells(mapped: Mask, grid: Grid, cells: Grid) -> Mask:
    """Cells whose centre lies on a mapped pixel."""
    to_pixels = ~grid.transform @ cells.transform
    columns = to_pixels.a * (np.arange(cells.width) + 0.5) + to_pixels.c
    rows = to_pixels.e * (np.arange(cells.height) + 0.5) + to_pixels.f
    inside = ((rows >= 0) & (rows < grid.height))[:, None] & (
        (columns >= 0) & (columns < grid.width)
    )
    at = np.ix_(
        np.clip(rows, 0, grid.height - 1).astype(int),
        np.clip(columns, 0, grid.width - 1).astype(int),
    )
    return inside & mapped[at]


def _line(table: Numbers, scores: Numbers) -> str:
    manual = (
        "no inventory"
        if table["manual_count"] is None
        else f"{table['manual_count']} mapped by hand"
    )
    f1 = scores["after"]["f1"]
    return f"{manual}, {table['predicted_count']} predicted, F1 {'– (' + scores['after']['why'] + ')' if f1 is None else f'{f1:.3f}'}"


if __name__ == "__main__":
    sys.exit(main())
