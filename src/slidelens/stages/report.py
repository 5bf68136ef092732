"""Stage `report`: every table and figure of the study, and one page that holds them all."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from slidelens.dataset.prepared import read_prepared
from slidelens.experiments.tables import (
    FOLDER,
    TEST_DATES,
    ExperimentTables,
    StudyIdentity,
    read_experiments,
)
from slidelens.files import atomic_write_folder, read_json, write_text
from slidelens.layers.histories import read_observations
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata
from slidelens.params.loading import load_params
from slidelens.params.schema import PRETRAINED, Params
from slidelens.report.figures.charts.learning_curve import draw_landslides
from slidelens.report.figures.charts.network import draw_network
from slidelens.report.figures.charts.network_layers import named, network_layers
from slidelens.report.figures.charts.reliability import draw_reliability
from slidelens.report.figures.charts.scores import curves_of, draw_precision_recall, draw_scores
from slidelens.report.figures.charts.sizes import draw_sizes_by_date
from slidelens.report.figures.charts.timeline import draw_timeline
from slidelens.report.figures.charts.training_curves import draw_curves
from slidelens.report.figures.charts.transfer import draw_transfer
from slidelens.report.figures.maps.density import draw_densities
from slidelens.report.figures.maps.fragments import draw_fragments
from slidelens.report.figures.maps.history import draw_history
from slidelens.report.figures.maps.maps import draw_maps
from slidelens.report.figures.maps.probability import draw_probabilities
from slidelens.report.figures.maps.study_area import draw_area
from slidelens.report.figures.style import FigureWriter
from slidelens.report.page.map_data import map_values
from slidelens.report.page.page import Content, page
from slidelens.report.results import MappedDate, read_mapped
from slidelens.report.tables.experiments import ablation_table, hyperparameter_table, transfer_table
from slidelens.report.tables.inventories import (
    density_table,
    estimate_table,
    ledger_table,
    ledgers,
    manual_table,
    size_table,
)
from slidelens.report.tables.published import published_hyperparameters, published_values
from slidelens.report.tables.scores import score_table
from slidelens.report.tables.table import Table
from slidelens.report.text.captions import captions
from slidelens.report.text.model_card import model_card
from slidelens.report.text.provenance import locked_hashes, software
from slidelens.report.text.summary import summary
from slidelens.run import run
from slidelens.tracking.identity import data_hashes, flatten
from slidelens.tracking.run import StageRun, stage_run

log = logging.getLogger(__name__)

Metrics = dict[str, Any]
_HISTORIES = {"predicted": "landslides.gpkg", "manual": "manual.gpkg"}


def main(argv: list[str] | None = None) -> int:
    """Write report/index.html, report/tables and report/figures."""
    argparse.ArgumentParser(prog="report", description=__doc__).parse_args(argv)
    return run("report", lambda: report(load_params(), Path()))


@dataclass(frozen=True)
class Results:
    """What the stages before have left. metrics: the files in metrics/ by name; histories: observations by inventory; experiments: tables by name."""

    params: Params
    root: Path
    metrics: Metrics
    dates: list[MappedDate]
    histories: dict[str, gpd.GeoDataFrame]
    card: WeightsMetadata
    experiments: dict[str, ExperimentTables]

    @property
    def simulated(self) -> bool:
        """Only a simulated study knows the truth."""
        return "truth" in self.metrics["lifecycle"]

    @property
    def density(self) -> Metrics:
        """Tables 4 and 5 by date."""
        return self.metrics["density"]["density"]


def report(params: Params, root: Path) -> None:
    """Write the report of all dates below the folder `root`."""
    with stage_run("report", params.model_dump(by_alias=True)) as logged:
        results = _read(params, root)
        with atomic_write_folder(root / "report") as folder:
            tables = _tables(results)
            for table in (one for one in tables if not one.frame.empty):
                write_text(folder / "tables" / f"{table.name}.csv", table.csv(results.simulated))
            _figures(
                FigureWriter(
                    folder / "figures", "simulated demo study" if results.simulated else ""
                ),
                results,
            )
            write_text(
                folder / "index.html",
                page(_content(results, tables, folder / "figures", _facts(logged, root))),
            )
        log.info(
            "report: %s, %.1f MB, opens without a network",
            root / "report/index.html",
            (root / "report/index.html").stat().st_size / 1e6,
        )


def _read(params: Params, root: Path) -> Results:
    metrics = {
        name: read_json(root / f"metrics/{name}.json")
        for name in ("f1", "density", "lifecycle", "pretrain")
    }
    histories = {
        name: read_observations(path)
        for name, file in _HISTORIES.items()
        if (path := root / "data/lifecycle" / file).exists()
    }
    dates = [read_mapped(root, date) for date in params.dates]
    card, study = (
        read_weights_metadata(root / f"models/{PRETRAINED}.weights.h5"),
        _study(params, root, metrics["f1"]["f1"]),
    )
    return Results(
        params, root, metrics, dates, histories, card, read_experiments(root / FOLDER, study)
    )


def _study(params: Params, root: Path, f1: Mapping[str, float | None]) -> StudyIdentity:
    """What tables of experiments must be of: pretraining's ground for Table 2, all ground for the others."""
    every, first = data_hashes([root / "data/prepared", root / "data/prepared/pretrain"]).values()
    flat = flatten(params.model_dump(mode="json", by_alias=True)) | {
        TEST_DATES: ", ".join(params.dates)
    }
    return StudyIdentity(
        params.dates, flat, {"table2": first, "ablations": every, "transfer": every}, f1
    )


def _tables(results: Results) -> list[Table]:
    params, density = results.params, results.density
    paper = None if results.simulated else published_values(params.dates, results.dates[0].grid)
    phases = (
        {} if paper is None else {str(date): str(phase) for date, phase in paper["phase"].items()}
    )
    return [
        manual_table(density, phases | params.report.phases, paper),
        hyperparameter_table(
            results.experiments["table2"], None if paper is None else published_hyperparameters()
        ),
        score_table(results.metrics["f1"], paper),
        size_table(density, paper),
        density_table(density, paper),
        estimate_table({mapped.date: mapped.scores["estimates"] for mapped in results.dates}),
        ledger_table(results.metrics["lifecycle"]),
        ablation_table(results.experiments["ablations"]),
        transfer_table(results.experiments["transfer"]),
    ]


def _figures(sheet: FigureWriter, results: Results) -> None:
    dates, card = results.dates, results.card
    draw_area(sheet, dates, read_prepared(results.root / "data/prepared/pretrain"))
    draw_network(sheet, network_layers(card, results.params.learning.patch), named(card))
    draw_maps(sheet, dates)
    draw_fragments(sheet, dates)
    draw_densities(sheet, dates)
    draw_probabilities(sheet, dates)
    _curves(sheet, results)
    _scores(sheet, results)
    draw_reliability(sheet, dates)
    ablations = results.experiments["ablations"]
    draw_landslides(sheet, ablations.frame, ablations.told)
    draw_transfer(sheet, results.experiments["transfer"].frame)
    draw_sizes_by_date(sheet, dates)
    draw_timeline(sheet, results.histories, ledgers(results.metrics["lifecycle"]))
    draw_history(sheet, results.histories["predicted"], dates)


def _curves(sheet: FigureWriter, results: Results) -> None:
    curves = {
        name: pd.read_csv(results.root / f"metrics/history/{name}.csv")
        for name in ("pretrain", *results.params.dates)
    }
    draw_curves(
        sheet, curves.pop("pretrain"), results.metrics["pretrain"]["pretrain"]["epoch"], curves
    )


def _scores(sheet: FigureWriter, results: Results) -> None:
    """Draw the scores, and write each date's curve of precision and recall for `dvc plots`."""
    maps = results.root / "data/maps"
    curves = {
        mapped.date: curves_of(maps / mapped.date / "precision_recall.csv")
        for mapped in results.dates
    }
    for date, own in curves.items():
        after = own["after"]
        rows = pd.DataFrame(
            {"threshold": after.threshold, "recall": after.recall, "precision": after.precision}
        )
        write_text(
            sheet.folder.parent / "curves" / f"{date}.csv",
            rows.to_csv(index=False, float_format="%.5f"),
        )
    draw_precision_recall(sheet, curves, {mapped.date: mapped.scores for mapped in results.dates})
    draw_scores(sheet, results.metrics["f1"], results.params.dates)


def _content(
    results: Results, tables: list[Table], figures: Path, facts: dict[str, dict[str, str]]
) -> Content:
    params, metrics, simulated = results.params, results.metrics, results.simulated
    when = params.dates[0] if len(params.dates) == 1 else f"{params.dates[0]} to {params.dates[-1]}"
    return Content(
        title=f"Landslides {when}{' (simulated demo)' if simulated else ''}",
        simulated=simulated,
        summary=summary(params.dates, metrics["f1"], results.density, metrics["lifecycle"]),
        map_values=map_values(results.dates, results.histories),
        tables=tables,
        captions=list(captions(params.dates, figures)),
        folder=figures,
        card=model_card(
            params, results.card, metrics["f1"], metrics["pretrain"]["pretrain"], simulated
        ),
        params=flatten(params.model_dump(mode="json", by_alias=True)),
        facts=facts,
    )


def _facts(logged: StageRun, root: Path) -> dict[str, dict[str, str]]:
    """What the page says of its origin. Nothing here differs between two runs of the same experiment."""
    tags = logged.identity.tags
    identity = {
        "experiment": logged.identity.name,
        "Git revision": tags.get("git.revision", "unknown: this is no Git repository"),
        "DVC experiment": tags.get("dvc.exp_name", "none: run with dvc repro"),
        "MLflow run": logged.parent_id or "unknown: the store did not answer",
    }
    return {
        "Run": identity,
        "Software": software(),
        "Data (MD5, as in dvc.lock)": locked_hashes(root / "dvc.lock", without="report"),
    }


if __name__ == "__main__":
    sys.exit(main())
