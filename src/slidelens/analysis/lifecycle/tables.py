"""Tables of the histories of several inventories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

# Columns even if the table has no rows.
_PATH_COLUMNS = [
    "inventory",
    "years_since",
    "failures",
    "share",
    "chance",
    "following",
    "ratio",
    "p",
]


def history_tables(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, pd.DataFrame]:
    """Return the tables `ledger`, `evolution` and `path_dependency`.

    Args:
        metrics: Metrics by inventory (`predicted` or `manual`), the first column of each table.
    """
    rows: dict[str, list[dict[str, Any]]] = {"ledger": [], "evolution": [], "path_dependency": []}
    for name, numbers in metrics.items():
        for table, by_date in (("ledger", numbers["dates"]), ("evolution", numbers["evolution"])):
            rows[table] += [
                {"inventory": name, "date": date, **row} for date, row in by_date.items()
            ]
        rows["path_dependency"] += [
            {"inventory": name, **row} for row in numbers["path_dependency"]
        ]
    return {
        name: pd.DataFrame(table, columns=_PATH_COLUMNS if name == "path_dependency" else None)
        for name, table in rows.items()
    }


def round_significant(value: Any) -> Any:
    """Round the floats of a nested value: to the hundredth from 100, else to four digits."""
    if isinstance(value, dict):
        return {key: round_significant(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [round_significant(item) for item in value]
    if isinstance(value, float):
        return round(value, 2) if abs(value) >= 100 else float(f"{value:.4g}")
    return value
