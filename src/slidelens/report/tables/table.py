"""A table of the report: columns, rows, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

Metrics = Mapping[str, Any]
_DIFFERENCE, _ESTIMATED = "difference", "estimated"
PAPER_COLUMN = "paper"
GROUNDS = {"test": "test blocks", "area": "whole area"}


@dataclass(frozen=True)
class Table:
    """name: of its CSV file; title and note: for readers; frame: its rows, None or NaN where there is no value; none at all: no table."""

    name: str
    title: str
    note: str
    frame: pd.DataFrame

    def csv(self, simulated: bool) -> str:
        """The table as CSV; the column `simulated` says whether the study is."""
        return self.frame.assign(simulated=simulated).to_csv(index=False)


def heading(column: str) -> str:
    """A column's name for readers: `manual_max_area_m2` → `manual max area (m²)`."""
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


def compared(density: Metrics, names: Sequence[str]) -> pd.DataFrame:
    """Every inventory that the metrics know (manual, predicted, and any other), then the differences."""
    first: Metrics = next(iter(density.values()), {})
    kinds = [
        key.removesuffix("_count")
        for key in first
        if key.endswith("_count") and not key.startswith((_DIFFERENCE, _ESTIMATED))
    ]
    rows = [
        {
            "date": date,
            **{
                key: value
                for kind in (*kinds, _DIFFERENCE)
                for key, value in named(row, kind, names).items()
            },
        }
        for date, row in density.items()
    ]
    return pd.DataFrame(rows)


def estimated(grounds: Metrics, name: str, ground: str) -> dict[str, Any]:
    """Return the cells of an estimate and its interval."""
    told = grounds[name]
    holds = (
        None
        if told["low"] is None or ground != "test"
        else "yes"
        if told["low"] <= told["manual"] <= told["high"]
        else "no"
    )
    return {
        f"manual_{name}": told["manual"],
        f"predicted_{name}": told["predicted"],
        f"{_ESTIMATED}_{name}": told["estimate"],
        f"{_ESTIMATED}_{name}_low": told["low"],
        f"{_ESTIMATED}_{name}_high": told["high"],
        f"{name.removesuffix('_m2')}_holds": holds,
    }


def named(row: Metrics, kind: str, names: Sequence[str], plain: bool = False) -> dict[str, Any]:
    """Return the named figures of one inventory as cells of a row."""
    return {name if plain else key: row[key] for name in names if (key := f"{kind}_{name}") in row}


def beside(
    frame: pd.DataFrame, paper: pd.DataFrame | None, paired: Mapping[str, str]
) -> pd.DataFrame:
    """The frame with the paper's columns at its end. paired: our column → the paper's."""
    if paper is None:
        return frame
    published = {
        f"{PAPER_COLUMN}_{ours}": frame["date"].map(paper[theirs])
        for ours, theirs in paired.items()
        if ours in frame
    }
    return frame.assign(**published)
