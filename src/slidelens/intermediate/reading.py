"""Read a file that a stage wrote, which may have been emptied, cut or edited since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
from pydantic import BaseModel, ValidationError

from slidelens.errors import SlidelensError
from slidelens.files import read_json
from slidelens.layout import writing_stage
from slidelens.params.messages import problem_of
from slidelens.resources import require_readable_file

_LONGEST = 300  # characters of a reason


@contextmanager
def stage_output(path: Path, stage: str | None = None) -> Iterator[None]:
    """Translate every error of reading a file into one line with the stage that writes it.

    Args:
        path: The file or folder.
        stage: Stage that writes it, for the message; None: by its path.

    Raises:
        SlidelensError: Reading failed; errors of slidelens keep their class.
    """
    try:
        yield
    except SlidelensError as error:
        if (remedy := how_to_remake(path, stage)) in str(error):
            raise
        reason = str(error).partition("; ")[0]
        kind = type(error)
    except Exception as error:  # readers of damaged files raise errors of any kind
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        reason, kind = f"cannot read {path}: {said}", SlidelensError
        remedy = how_to_remake(path, stage)
    else:
        return
    reason = " ".join(reason.split())[:_LONGEST]
    named = reason if str(path) in reason else f"{path}: {reason}"
    raise kind(f"{named}; {remedy}")


def refuse(
    path: Path, reason: str, stage: str | None = None, error: type[SlidelensError] = SlidelensError
) -> NoReturn:
    """Raise an error about a file that a stage wrote.

    Args:
        path: The file.
        reason: What is wrong with it.
        stage: Stage that writes it, for the message; None: by its path.
        error: Class to raise.
    """
    raise error(f"{path}: {reason}; {how_to_remake(path, stage)}")


def how_to_remake(path: Path, stage: str | None = None) -> str:
    """Return how to get a file again that a stage wrote."""
    name = stage or writing_stage(path)
    run = f"run `dvc repro {name}`" if name else "run the stage that writes it"
    return f"{run}, or `dvc pull {path}`"


def read_checked(path: Path, schema: type[BaseModel], stage: str | None = None) -> Any:
    """Read a JSON file that a stage wrote, and check it.

    Args:
        path: The file.
        schema: What it should be; further entries are let through.
        stage: Stage that writes it, for the message; None: by its path.

    Returns:
        The values as the file holds them.

    Raises:
        SlidelensError: It is missing or damaged, lacks an entry, or has one of another kind.
    """
    with stage_output(path, stage):
        require_readable_file(path, "file", SlidelensError)
        values = read_json(path)
    try:
        schema.model_validate(values)
    except ValidationError as error:
        refuse(path, problem_of(error, schema), stage)
    return values


def require_dates(values: Mapping[str, Any], dates: Iterable[str], path: Path, what: str) -> None:
    """Raise an error unless a mapping by date, read from a file, has every date.

    Args:
        values: Values by date.
        dates: The dates that it should have.
        path: The file.
        what: Name of the mapping in the file.
    """
    for date in dates:
        if date not in values:
            refuse(path, f"{what} lacks {date}")


def read_numbers(path: Path, columns: Iterable[str], text: Iterable[str] = ()) -> pd.DataFrame:
    """Read a table of numbers that a stage wrote as CSV.

    Args:
        path: The file.
        columns: Columns of numbers that it should have; empty cells are NaN.
        text: Columns of text that it should have.

    Returns:
        The table with these columns and any others.

    Raises:
        SlidelensError: It is missing or damaged, lacks a column, or has text in one of numbers.
    """
    with stage_output(path):
        require_readable_file(path, "table", SlidelensError)
        table = pd.read_csv(path)
    for column in (*columns, *text):
        if column not in table:
            refuse(path, f"it has no column {column}")
    for column in columns:
        if not (pd.api.types.is_numeric_dtype(table[column]) or table[column].isna().all()):
            refuse(path, f"its column {column} has values that are no numbers")
        if table[column].abs().gt(1e300).any():
            refuse(path, f"its column {column} has infinite values")
    return table
