"""Stage `density`: compare the inventories of all dates (Tables 3 to 5) and map their densities."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from slidelens.analysis.comparison.inventory_densities import (
    InventoryDensities,
    Numbers,
    compare_densities,
)
from slidelens.analysis.comparison.score_summary import (
    estimate_columns,
    fragment_columns,
    summarise_scores,
)
from slidelens.analysis.inventory.kernel_density import surface_unit
from slidelens.dataset.prepared_files import read_manual, read_split
from slidelens.files import atomic_write_folder, require_writable, write_json
from slidelens.intermediate.reading import read_checked
from slidelens.intermediate.schemas import PretrainScores
from slidelens.layers.mapped_date import read_predicted, read_scores, read_seen
from slidelens.layers.surface import write_surface
from slidelens.layout import Layout
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run
from slidelens.tracking.run import stage_run
from slidelens.tracking.summaries import pretraining_summary

FILES = ("*/*.tif",)
log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Write data/density, metrics/f1.json and metrics/density.json."""
    argparse.ArgumentParser(prog="density", description=__doc__).parse_args(argv)
    return run("density", lambda: density(load_params(), Path()))


def density(params: Params, root: Path) -> None:
    """Write the tables and rasters of all dates.

    Args:
        params: with the dates and the section `density`.
        root: root of the study repository.
    """
    layout = Layout(root)
    require_writable(layout.density, own=FILES)
    require_writable(layout.metric("f1"), layout.metric("density"))
    with stage_run("density", params.model_dump(by_alias=True)) as logged:
        scores = {date: read_scores(layout.scores(date)) for date in params.dates}
        pretraining = read_checked(layout.metric("pretrain"), PretrainScores)["pretrain"]
        tables: dict[str, Numbers] = {}
        unit = surface_unit("landslides per km²", params.density.convention)
        with atomic_write_folder(layout.density, FILES) as temporary:
            for date in params.dates:
                compared = _compare(params, layout, date)
                _write_surfaces(compared, unit, date, temporary / date)
                columns = fragment_columns(scores[date]) | estimate_columns(scores[date])
                tables[date] = compared.table | columns
        f1 = summarise_scores(scores)
        write_json(layout.metric("f1"), f1)
        write_json(layout.metric("density"), {"density": tables})
        logged.summary({**f1, "density": tables, "pretrain": pretraining_summary(pretraining, f1)})
        for date in params.dates:
            log.info("density %s: %s", date, _line(tables[date], scores[date]["after"]))


def _compare(params: Params, layout: Layout, date: str) -> InventoryDensities:
    """Read the inventories of a date and compare them."""
    split_map, grid = read_split(layout.prepared_date(date))
    valid = read_seen(layout.probability(date), grid)
    predicted = read_predicted(layout.inventory(date), grid.crs)
    inventories = {
        "manual": read_manual(layout.prepared_date(date), grid.crs),
        "predicted": predicted,
        # Merged fragments are the parts of a landslide, unless necks have made one polygon of them.
        "predicted_raw": None if params.evaluate.fragments.neck_m else predicted.explode(),
    }
    return compare_densities(
        inventories,
        valid & (split_map > 0),
        grid,
        cell_m=params.density.cell_m,
        radius_m=params.density.radius_m,
        convention=params.density.convention,
    )


def _write_surfaces(compared: InventoryDensities, unit: str, date: str, folder: Path) -> None:
    for name, density_map in compared.surfaces.items():
        write_surface(
            folder / f"{name}.tif",
            density_map.surface,
            compared.cells,
            unit,
            f"kernel density, {name} inventory {date}",
        )


def _line(table: Numbers, scores: Numbers) -> str:
    count, f1 = table["manual_count"], scores["f1"]
    manual = "no inventory" if count is None else f"{count} mapped by hand"
    score = f"– ({scores['why']})" if f1 is None else f"{f1:.3f}"
    return f"{manual}, {table['predicted_count']} predicted, F1 {score}"


if __name__ == "__main__":
    sys.exit(main())
