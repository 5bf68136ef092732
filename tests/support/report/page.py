"""Content of the page of a report without a study: three dates, of which two lack something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from slidelens.report.page.first_screen.key_numbers import key_numbers
from slidelens.report.page.map_data import map_values
from slidelens.report.page.page import Content
from slidelens.report.tables.table import Table
from slidelens.report.text.captions import captions
from support.report.results import date_results

DATES = ("2013", "2014", "2015")
REASONS = {"2013": None, "2014": "no landslide in the test blocks", "2015": "no manual inventory"}
_FEW = "fewer than 4 validation blocks"
_STATES = ("new", "expanded", "reactivated", "persistent", "shrinking")
_ESTIMATES = ("manual_count", "predicted_count", "estimated_count")
_COLUMNS = ("date", "ground", *_ESTIMATES, "estimated_count_low", "estimated_count_high", "why")


def report_tables() -> list[Table]:
    """Return the tables of the first screen, and one that is wider and longer than a screen."""
    scores = {
        "date": [*DATES, "mean"],
        "f1": [0.75, None, None, 0.75],
        "f1_before": [0.5, None, None, 0.5],
        "f1_revised": [0.875, None, None, 0.875],
        "precision": [0.8, 0.0, None, 0.8],
        "recall": [0.7, None, None, 0.7],
    }
    counts = {
        "date": DATES,
        "predicted_count": [20, 4, 9],
        "manual_count": [18, 0, None],
        "manual_missed": [3, 0, None],
        "predicted_false_alarms": [5, 4, None],
    }
    estimates = pd.DataFrame(
        [
            ("2013", "test blocks", 5, 6, 5.4, 4.0, 7.0, None),
            ("2013", "whole area", 18, 20, 17.6, 12.2, 23.4, None),
            ("2014", "whole area", 0, 4, None, None, None, _FEW),
            ("2015", "whole area", None, 9, None, None, None, "the date has no manual inventory"),
        ],
        columns=_COLUMNS,
    )
    wide = pd.DataFrame({"date": range(60)} | {f"column_{i}": range(60) for i in range(40)})
    return [
        Table("table3", "Table 3. Scores", "Scores.", pd.DataFrame(scores)),
        Table("table4", "Table 4. Landslides", "Counts.", pd.DataFrame(counts)),
        Table("estimates", "Estimates", "Totals.", estimates),
        Table("area_by_state", "Landslide area by state", "Areas.", _areas()),
        Table("wide", "A wide table", "Wide.", wide),
        Table("ledger", "Ledger", "Large numbers below long words.", _ledger()),
    ]


def _ledger() -> pd.DataFrame:
    names = [f"reactivated_{i}_area_m2" if i % 2 else f"unobserved_{i}" for i in range(24)]
    why = "fewer than 4 validation blocks have a prediction"
    rows = {"date": ["2013", "mean"]} | {name: [1_234_567_890.0] * 2 for name in names}
    return pd.DataFrame(rows | {"why": [None, why]})


def _areas() -> pd.DataFrame:
    """Of 2015 a part is under cloud."""
    rows = [
        ("2013", "predicted", 30_000.0, 0.0, 0.0, 0.0, 0.0, 30_000.0, 0.0, 0.0, 12),
        ("2014", "predicted", 5_000.0, 0.0, 0.0, 10_000.0, 5_000.0, 20_000.0, 9_000.0, 0.0, 1),
        ("2015", "predicted", 0.0, 0.0, 0.0, 12_000.0, 0.0, 12_000.0, 1_000.0, 7_000.0, 7),
        ("2013", "manual", 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1),
    ]
    states = [f"{state}_area_m2" for state in _STATES]
    columns = ["date", "inventory", *states, "area_m2", "healed_m2", "unobserved_m2", "landslides"]
    return pd.DataFrame(rows, columns=columns)


def report_content(folder: Path, **changes: Any) -> Content:
    """Return the content of a page, with three figures.

    Args:
        folder: where the figures are written.
        **changes: fields of the content that differ.
    """
    for name in ("fig1_area", "fig4_map_2013", "scores"):
        size = (1338, 1057) if name == "fig4_map_2013" else (60, 40)
        Image.new("RGB", size, "white").save(folder / f"{name}.png")
    tables = report_tables()
    fields: dict[str, Any] = {
        "title": "Landslides <2013>",
        "simulated": False,
        "finding": "Landslides cover 1 ha & more.",
        "numbers": key_numbers(tables, DATES, REASONS),
        "summary": {"What was mapped": ["A & B."]},
        "map_values": map_values(
            [replace(date_results(None, []), date=date) for date in DATES], {}
        ),
        "tables": tables,
        "captions": list(captions(DATES, folder)),
        "folder": folder,
        "card": {"Model": ["unet"]},
        "params": {"epochs": 30},
        "facts": {"Run": {"experiment": "iburi"}},
    }
    return Content(**fields | changes)
