"""Tables, figures and page of the report."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from slidelens.dataset.prepared import Prepared, open_prepared, quick_look
from slidelens.dataset.prepared_files import source_folders
from slidelens.errors import ResourceError
from slidelens.escaping import csv_text
from slidelens.files import write_text
from slidelens.intermediate.reading import read_numbers
from slidelens.intermediate.schemas import HISTORY_COLUMNS
from slidelens.report.figures.charts.learning_curve import draw_learning_curves
from slidelens.report.figures.charts.network import draw_network
from slidelens.report.figures.charts.network_layers import network_layers, network_title
from slidelens.report.figures.charts.reliability import draw_reliability
from slidelens.report.figures.charts.scores import draw_precision_recall, draw_scores, read_curves
from slidelens.report.figures.charts.sizes import draw_sizes_by_date
from slidelens.report.figures.charts.timeline import area_by_state, draw_timeline
from slidelens.report.figures.charts.training_curves import draw_training_curves
from slidelens.report.figures.charts.transfer import draw_transfer
from slidelens.report.figures.maps.density import draw_densities
from slidelens.report.figures.maps.fragments import draw_fragments
from slidelens.report.figures.maps.history import draw_history
from slidelens.report.figures.maps.maps import draw_maps
from slidelens.report.figures.maps.overview import quick_look_step
from slidelens.report.figures.maps.probability import draw_probabilities
from slidelens.report.figures.maps.study_area import draw_study_area
from slidelens.report.figures.style import FigureWriter
from slidelens.report.page.first_screen.key_numbers import key_numbers
from slidelens.report.page.map_data import map_values
from slidelens.report.page.page import Content
from slidelens.report.study_results import StudyResults
from slidelens.report.tables.experiments import ablation_table, hyperparameter_table, transfer_table
from slidelens.report.tables.inventories import (
    density_table,
    estimate_table,
    ledger_table,
    ledgers,
    manual_table,
    size_table,
    state_table,
)
from slidelens.report.tables.published import published_hyperparameters, published_values
from slidelens.report.tables.scores import score_table
from slidelens.report.tables.table import Table
from slidelens.report.text.captions import captions
from slidelens.report.text.finding import finding
from slidelens.report.text.model_card import model_card
from slidelens.report.text.summary import summary

_MANY_DATES = 4  # whose maps take longer to draw than another process to start


def report_tables(results: StudyResults) -> list[Table]:
    """Return all tables in the order of the page.

    Real studies of the published area are shown beside the published values.
    """
    params, density = results.params, results.density
    published = None if results.simulated else published_values(params.dates, results.dates[0].grid)
    phases = (
        {}
        if published is None
        else {str(date): str(phase) for date, phase in published["phase"].items()}
    )
    return [
        manual_table(density, phases | params.report.phases, published),
        hyperparameter_table(
            results.experiments["table2"],
            None if published is None else published_hyperparameters(),
        ),
        score_table(results.metrics["f1"], published, results.metrics["revised"]),
        size_table(density, published),
        density_table(density, published),
        estimate_table({date.date: date.scores["estimates"] for date in results.dates}),
        state_table(
            {name: area_by_state(rows, params.dates) for name, rows in results.histories.items()},
            results.metrics["lifecycle"],
        ),
        ledger_table(results.metrics["lifecycle"]),
        ablation_table(results.experiments["ablations"]),
        transfer_table(results.experiments["transfer"]),
    ]


def draw_figures(sheet: FigureWriter, results: StudyResults) -> None:
    """Draw all figures.

    Those of each date, half of the time, are drawn in a process of their own if there are many.

    Raises:
        ResourceError: That process was killed.
    """
    if len(results.dates) < _MANY_DATES:
        draw_maps(sheet, results.dates)
        _draw_others(sheet, results)
        return
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        maps = beside.submit(draw_maps, sheet, results.dates)
        _draw_others(sheet, results)
        try:
            maps.result()
        except BrokenProcessPool as error:
            raise ResourceError(
                "the process that draws the maps was killed, probably for want of memory; end other"
                " programs and run `dvc repro report` again"
            ) from error


def _draw_others(sheet: FigureWriter, results: StudyResults) -> None:
    """Draw all figures but the map of each date."""
    dates, metadata = results.dates, results.metadata
    draw_study_area(sheet, dates, _quick_looks(results))
    draw_network(
        sheet, network_layers(metadata, results.params.learning.patch), network_title(metadata)
    )
    draw_fragments(sheet, dates)
    draw_densities(sheet, dates, results.params.density.convention)
    draw_probabilities(sheet, dates)
    _draw_training_curves(sheet, results)
    _draw_scores(sheet, results)
    draw_reliability(sheet, dates)
    ablations = results.experiments["ablations"]
    draw_learning_curves(sheet, ablations.frame, ablations.note)
    draw_transfer(sheet, results.experiments["transfer"].frame)
    draw_sizes_by_date(sheet, dates)
    draw_timeline(sheet, results.histories, ledgers(results.metrics["lifecycle"]))
    draw_history(sheet, results.histories["predicted"], dates)


def _quick_looks(results: StudyResults) -> dict[str, Prepared]:
    """Return the sources of pretraining by name, thinned out."""
    folders = source_folders(results.layout.prepared_date("pretrain"))
    looks = {}
    for name, folder in folders.items():
        source = open_prepared(folder)
        looks[name] = quick_look(source, quick_look_step(source.scene.grid))
    return looks


def _draw_training_curves(sheet: FigureWriter, results: StudyResults) -> None:
    pretrain, *others = (
        read_numbers(results.layout.history(name), HISTORY_COLUMNS)
        for name in ("pretrain", *results.params.dates)
    )
    best_epoch = results.metrics["pretrain"]["pretrain"]["epoch"]
    curves = dict(zip(results.params.dates, others, strict=True))
    draw_training_curves(sheet, pretrain, best_epoch, curves)


def _draw_scores(sheet: FigureWriter, results: StudyResults) -> None:
    """Draw the scores, and write each date's curve of precision and recall for `dvc plots`."""
    curves = {
        date: read_curves(results.layout.map_date(date) / "precision_recall.csv")
        for date in results.params.dates
    }
    for date, by_weights in curves.items():
        after = by_weights["after"]
        rows = pd.DataFrame(
            {"threshold": after.threshold, "recall": after.recall, "precision": after.precision}
        )
        write_text(
            sheet.folder.parent / "curves" / f"{date}.csv",
            csv_text(rows, float_format="%.5f"),
        )
    draw_precision_recall(sheet, curves, {date.date: date.scores for date in results.dates})
    draw_scores(sheet, results.metrics["f1"], results.params.dates)


def page_content(
    results: StudyResults, tables: list[Table], figures: Path, facts: dict[str, dict[str, str]]
) -> Content:
    """Return the content of the page.

    Args:
        results: results of the study.
        tables: its tables.
        figures: folder of its figures.
        facts: provenance, by heading and name.
    """
    params, metrics, simulated = results.params, results.metrics, results.simulated
    first, last = params.dates[0], params.dates[-1]
    period = first if len(params.dates) == 1 else f"{first} to {last}"
    return Content(
        title=f"Landslides {period}{' (simulated demo)' if simulated else ''}",
        simulated=simulated,
        finding=finding(params.dates, metrics["f1"], metrics["lifecycle"]),
        numbers=key_numbers(tables, params.dates, _unscored(results)),
        summary=summary(
            params.dates,
            metrics["f1"],
            results.density,
            metrics["lifecycle"],
            params.lifecycle.revise,
        ),
        map_values=map_values(results.dates, results.histories),
        tables=tables,
        captions=list(captions(params.dates, figures)),
        folder=figures,
        card=model_card(
            params, results.metadata, metrics["f1"], metrics["pretrain"]["pretrain"], simulated
        ),
        params=results.flat_params,
        facts=facts,
    )


def _unscored(results: StudyResults) -> dict[str, str | None]:
    """Return why a date has no score, None where it has one."""
    return {
        date.date: "no manual inventory" if date.manual is None else date.scores["after"].get("why")
        for date in results.dates
    }
