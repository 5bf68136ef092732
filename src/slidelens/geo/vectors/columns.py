"""Find columns whatever their case, and read their values as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd


def find_column(frame: pd.DataFrame, name: str) -> str | None:
    """Return the column of a name, in capitals or not; None if there is none."""
    return next((str(each) for each in frame.columns if str(each).lower() == name), None)


def column_texts(frame: pd.DataFrame, name: str) -> Sequence[str]:
    """Return (n,) the values of a column as text, empty where it has none.

    Whole numbers are written without decimals, also where missing ones have made them floats, and
    lists, as GeoJSON may hold them, in one text.

    Args:
        frame: The rows.
        name: Name of the column, in lower case.
    """
    column = find_column(frame, name)
    if column is None:
        return [""] * len(frame)
    return [_text(value) for value in frame[column]]


def _text(value: Any) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())
