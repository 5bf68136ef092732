"""Stage `report`: make every table and figure of the study, and one page that holds them all."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from slidelens.files import atomic_write_folder, require_writable, write_text
from slidelens.layers.origin import describe_origin
from slidelens.layout import Layout
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.report.contents import draw_figures, page_content, report_tables
from slidelens.report.figures.style import FigureWriter
from slidelens.report.page.page import render_page
from slidelens.report.study_results import read_study_results
from slidelens.report.text.provenance import locked_hashes, software
from slidelens.run import run
from slidelens.tracking.run import StageRun, stage_run

FILES = ("index.html", "tables/*.csv", "figures/*.png", "curves/*.csv")
log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Write report/index.html, report/tables and report/figures."""
    argparse.ArgumentParser(prog="report", description=__doc__).parse_args(argv)
    return run("report", lambda: report(load_params(), Path()))


def report(params: Params, root: Path) -> None:
    """Write the report of all dates.

    Args:
        params: of the study.
        root: root of the study repository.
    """
    layout = Layout(root)
    require_writable(layout.report, own=FILES)
    with stage_run("report", params.model_dump(by_alias=True)) as logged:
        results = read_study_results(params, layout)
        with atomic_write_folder(layout.report, FILES) as folder:
            tables = report_tables(results)
            for table in tables:
                if not table.frame.empty:
                    text = table.csv(results.simulated)
                    write_text(folder / "tables" / f"{table.name}.csv", text)
            mark = "simulated demo study" if results.simulated else ""
            draw_figures(FigureWriter(folder / "figures", mark), results)
            content = page_content(
                results, tables, folder / "figures", _facts(logged, params, layout)
            )
            write_text(folder / "index.html", render_page(content))
        page = layout.report / "index.html"
        log.info("report: %s, %.1f MB, opens without a network", page, page.stat().st_size / 1e6)


def _facts(logged: StageRun, params: Params, layout: Layout) -> dict[str, dict[str, str]]:
    """Return the provenance of the page, the same for two runs of the same experiment."""
    tags = logged.identity.tags
    identity = {
        "experiment": logged.identity.name,
        "Git revision": tags.get("git.revision", "unknown: this is no Git repository"),
        "DVC experiment": tags.get("dvc.exp_name", "none: run with dvc repro"),
        "MLflow run": logged.parent_id or "unknown: the store did not answer",
    }
    origins = {date: describe_origin(layout.prepared_date(date)) for date in params.dates}
    fetched = {date: text for date, text in origins.items() if text is not None}
    return {
        "Run": identity,
        "Software": software(),
        **({"Images (slidelens fetch)": fetched} if fetched else {}),
        "Data (MD5, as in dvc.lock)": locked_hashes(layout.root / "dvc.lock", without="report"),
    }


if __name__ == "__main__":
    sys.exit(main())
