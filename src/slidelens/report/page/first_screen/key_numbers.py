"""The four numbers of the first screen: agreement, area, number and false alarms by date.

They are read from the tables of the report, and what is missing there is missing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from slidelens.report.page.first_screen.agreement import agreement
from slidelens.report.page.first_screen.area import area
from slidelens.report.page.first_screen.counts import false_alarms, number
from slidelens.report.page.first_screen.number import KeyNumber, Row
from slidelens.report.tables.table import GROUNDS, Table


def key_numbers(
    tables: Sequence[Table], dates: Sequence[str], reasons: Mapping[str, str | None]
) -> list[KeyNumber]:
    """Return the four numbers.

    Args:
        tables: those of the report, among them table3, table4, area_by_state and estimates.
        dates: labels of the dates, in time order.
        reasons: why a date has no score, by date; None where it has one.
    """
    by_name = {table.name: table for table in tables}

    def rows(name: str, **only: str) -> dict[str, Row]:
        frame = by_name[name].frame
        for column, value in only.items():
            frame = frame[frame[column] == value]
        return {str(row["date"]): _known(row) for row in frame.to_dict("records")}

    return [
        agreement(dates, rows("table3"), reasons),
        area(dates, rows("area_by_state", inventory="predicted")),
        number(dates, rows("estimates", ground=GROUNDS["area"])),
        false_alarms(dates, rows("table4")),
    ]


def _known(row: Mapping[Any, Any]) -> Row:
    """Return the row with None for what is missing."""
    return {name: None if pd.isna(value) else value for name, value in row.items()}
