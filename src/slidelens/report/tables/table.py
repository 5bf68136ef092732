"""Tables of the report, and the cells that several tables share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from slidelens.escaping import csv_text

Metrics = Mapping[str, Any]
_DIFFERENCE, _ESTIMATED = "difference", "estimated"
PAPER_COLUMN = "paper"
GROUNDS = {"test": "test blocks", "area": "whole area"}


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        name: name of its CSV file, without `.csv`.
        title: title for readers.
        note: how to read the table.
        frame: rows, None or NaN where a value is unknown; an empty frame shows the note alone.
    """

    name: str
    title: str
    note: str
    frame: pd.DataFrame

    def csv(self, simulated: bool) -> str:
        """Return the table as CSV with a column that says whether the study is simulated."""
        return csv_text(self.frame.assign(simulated=simulated))


def heading(column: str) -> str:
    """Return a column's name for readers, for example `manual max area (m²)`.

    Parameters keep the name that they have in params.yaml.
    """
    if "." in column:
        return column
    units = {
        "_per_km2": " (per km²)",
        "_m2": " (m²)",
        "_m2_low": " low (m²)",
        "_m2_high": " high (m²)",
        "_m": " (m)",
    }
    for ending, unit in units.items():
        if column.endswith(ending):
            return column.removesuffix(ending).replace("_", " ") + unit
    words = {"f1": "F1", "iou": "IoU"}
    return " ".join(words.get(word, word) for word in column.split("_"))


def compare_inventories(density: Metrics, names: Sequence[str]) -> pd.DataFrame:
    """Return the figures of every inventory in the metrics by date, then their differences.

    Args:
        density: figures by date, as in metrics/density.json.
        names: figures to select, for example `count`.
    """
    first: Metrics = next(iter(density.values()), {})
    inventories = [
        key.removesuffix("_count")
        for key in first
        if key.endswith("_count") and not key.startswith((_DIFFERENCE, _ESTIMATED))
    ]
    rows = [
        {
            "date": date,
            **{
                key: value
                for inventory in (*inventories, _DIFFERENCE)
                for key, value in select_figures(row, inventory, names).items()
            },
        }
        for date, row in density.items()
    ]
    return pd.DataFrame(rows)


def estimate_cells(estimates: Metrics, name: str, ground: str) -> dict[str, Any]:
    """Return the cells of an estimate and its interval.

    Args:
        estimates: estimates of a date and ground by name, as in scores.json.
        name: `count` or `area_m2`.
        ground: `test` or `area`; `holds` is given for `test` alone, as the network was trained on
            the other blocks.
    """
    estimate = estimates[name]
    low, high = estimate["low"], estimate["high"]
    holds = None
    if low is not None and ground == "test":
        holds = "yes" if low <= estimate["manual"] <= high else "no"
    return {
        f"manual_{name}": estimate["manual"],
        f"predicted_{name}": estimate["predicted"],
        f"{_ESTIMATED}_{name}": estimate["estimate"],
        f"{_ESTIMATED}_{name}_low": low,
        f"{_ESTIMATED}_{name}_high": high,
        f"{name.removesuffix('_m2')}_holds": holds,
    }


def select_figures(
    row: Metrics, inventory: str, names: Sequence[str], plain: bool = False
) -> dict[str, Any]:
    """Return the named figures of one inventory as cells of a row.

    Args:
        row: figures of a date, as in metrics/density.json.
        inventory: prefix of the figures, for example `manual`.
        names: figures to select; absent ones are left out.
        plain: name the cells without the prefix.
    """
    return {
        name if plain else key: row[key] for name in names if (key := f"{inventory}_{name}") in row
    }


def join_published(
    frame: pd.DataFrame, paper: pd.DataFrame | None, paired: Mapping[str, str]
) -> pd.DataFrame:
    """Append the published values to a table.

    Args:
        frame: a table with the column `date`.
        paper: published values by date, or None to leave the table as it is.
        paired: column of the table → column of the published values.
    """
    if paper is None:
        return frame
    published = {
        f"{PAPER_COLUMN}_{ours}": frame["date"].map(paper[theirs])
        for ours, theirs in paired.items()
        if ours in frame
    }
    return frame.assign(**published)
