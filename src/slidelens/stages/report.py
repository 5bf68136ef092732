"""Stage `report`: every table and figure of the study, and one page that holds them all."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from slidelens.experiment import StageRun, flatten, stage_run
from slidelens.files import read_json, write_text, writing_folder
from slidelens.geo.histories import read_observations
from slidelens.geo.prepared import read_prepared
from slidelens.learning.weights import Card, read_card
from slidelens.params import Params, load_params
from slidelens.report.captions import captions
from slidelens.report.figure_area import draw_area
from slidelens.report.figure_curves import draw_curves
from slidelens.report.figure_density import draw_densities
from slidelens.report.figure_fragments import draw_fragments
from slidelens.report.figure_history import draw_history
from slidelens.report.figure_maps import draw_maps
from slidelens.report.figure_network import draw_network
from slidelens.report.figure_probability import draw_probabilities
from slidelens.report.figure_scores import curve_of, draw_precision_recall, draw_scores
from slidelens.report.figure_sizes import draw_sizes_by_date
from slidelens.report.figure_timeline import draw_timeline
from slidelens.report.furniture import Sheet
from slidelens.report.mapped import MappedDate, read_mapped
from slidelens.report.model_card import model_card
from slidelens.report.network import layers_of
from slidelens.report.page import Content, page
from slidelens.report.page_map import map_values
from slidelens.report.provenance import data_hashes, software
from slidelens.report.published import published_values
from slidelens.report.summary import summary
from slidelens.report.tables import (
    Table,
    density_table,
    hyperparameter_table,
    ledger_table,
    manual_table,
    score_table,
    size_table,
)
from slidelens.run import run

log = logging.getLogger(__name__)

Metrics = dict[str, Any]
Histories = dict[str, gpd.GeoDataFrame]
_HISTORIES = {"predicted": "landslides.gpkg", "manual": "manual.gpkg"}


def main(argv: list[str] | None = None) -> int:
    """Write report/index.html, report/tables and report/figures."""
    argparse.ArgumentParser(prog="report", description=__doc__).parse_args(argv)
    return run("report", lambda: report(load_params(), Path()))


def report(params: Params, root: Path) -> None:
    """Write the report of all dates below the folder `root`."""
    with stage_run("report", params.model_dump(by_alias=True)) as logged:
        metrics = {name: read_json(root / f"metrics/{name}.json") for name in ("f1", "density", "lifecycle", "pretrain")}
        dates = [read_mapped(root, date) for date in params.dates]
        histories = _histories(root / "data/lifecycle")
        card = read_card(root / "models/pretrained.weights.h5")
        simulated = "truth" in metrics["lifecycle"]  # only a simulated study knows it
        with writing_folder(root / "report") as folder:
            tables = _tables(params, root, dates, metrics)
            for table in tables:
                table.write(folder / "tables", simulated)
            _figures(
                Sheet(folder / "figures", "simulated demo study" if simulated else ""), params, root, dates, histories, card, metrics["f1"]
            )
            content = Content(
                title=_title(params, simulated),
                simulated=simulated,
                summary=summary(params.dates, metrics["f1"], metrics["density"]["density"], metrics["lifecycle"]),
                map_values=map_values(dates, histories),
                tables=tables,
                captions=list(captions(params.dates, folder / "figures")),
                folder=folder / "figures",
                card=model_card(params, card, metrics["f1"], metrics["pretrain"]["pretrain"], simulated),
                params=flatten(params.model_dump(mode="json", by_alias=True)),
                facts=_facts(logged, root),
            )
            write_text(folder / "index.html", page(content))
            size_mb = (folder / "index.html").stat().st_size / 1e6
        log.info("report: %s, %.1f MB, opens without a network", root / "report/index.html", size_mb)


def _title(params: Params, simulated: bool) -> str:
    dates = params.dates
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return f"Landslides {when}{' (simulated demo)' if simulated else ''}"


def _histories(folder: Path) -> Histories:
    return {name: read_observations(folder / file) for name, file in _HISTORIES.items() if (folder / file).exists()}


def _tables(params: Params, root: Path, dates: Sequence[MappedDate], metrics: Metrics) -> list[Table]:
    density = metrics["density"]["density"]
    simulated = "truth" in metrics["lifecycle"]
    paper = None if simulated else published_values(params.dates, dates[0].grid)
    phases = {} if paper is None else {str(date): str(phase) for date, phase in paper["phase"].items()}
    found = [
        manual_table(density, phases | params.report.phases, paper),
        hyperparameter_table(root / "metrics/table2.csv"),
        score_table(metrics["f1"], paper),
        size_table(density, paper),
        density_table(density, paper),
        ledger_table(metrics["lifecycle"]),
    ]
    return [table for table in found if table is not None]


def _figures(
    sheet: Sheet, params: Params, root: Path, dates: Sequence[MappedDate], histories: Histories, card: Card, f1: Mapping[str, Any]
) -> None:
    draw_area(sheet, dates, read_prepared(root / "data/prepared/pretrain"))
    name = f"{card.model.architecture}, {card.filters} filters"
    draw_network(sheet, layers_of(card, params.learning.patch), name)
    draw_maps(sheet, dates)
    draw_fragments(sheet, dates)
    draw_densities(sheet, dates)
    draw_probabilities(sheet, dates)
    _curves(sheet, root, params.dates)
    _scores(sheet, dates, f1)
    draw_sizes_by_date(sheet, dates)
    draw_timeline(sheet, histories, params.dates)
    draw_history(sheet, histories["predicted"], dates)


def _curves(sheet: Sheet, root: Path, dates: Sequence[str]) -> None:
    folder = root / "metrics/history"
    best = read_json(root / "metrics/pretrain.json")["pretrain"]["epoch"]
    draw_curves(sheet, pd.read_csv(folder / "pretrain.csv"), best, {date: pd.read_csv(folder / f"{date}.csv") for date in dates})


def _scores(sheet: Sheet, dates: Sequence[MappedDate], f1: Mapping[str, Any]) -> None:
    """Draw the scores, and write each date's curve of precision and recall for `dvc plots`."""
    curves = {mapped.date: curve_of(mapped) for mapped in dates}
    for date, curve in curves.items():
        rows = pd.DataFrame({"threshold": curve.threshold, "recall": curve.recall, "precision": curve.precision})
        write_text(sheet.folder.parent / "curves" / f"{date}.csv", rows.to_csv(index=False, float_format="%.5f"))
    draw_precision_recall(sheet, curves, {mapped.date: mapped.scores["after"] for mapped in dates})
    draw_scores(sheet, f1, [mapped.date for mapped in dates])


def _facts(logged: StageRun, root: Path) -> dict[str, dict[str, str]]:
    """What the page says of its origin. Nothing here differs between two runs of the same experiment."""
    tags = logged.identity.tags
    identity = {
        "experiment": logged.identity.name,
        "Git revision": tags.get("git.revision", "unknown: this is no Git repository"),
        "DVC experiment": tags.get("dvc.exp_name", "none: run with `dvc repro`"),
        "MLflow run": logged.parent_id or "unknown: the store did not answer",
    }
    return {"Run": identity, "Software": software(), "Data (MD5, as in dvc.lock)": data_hashes(root / "dvc.lock", without="report")}


if __name__ == "__main__":
    sys.exit(main())
