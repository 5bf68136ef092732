"""Tables of experiments in metrics/experiments: names and columns, matrices, and reading.

Commands write the tables and the report reads them. A table of another study is left out: results
from other data, dates or networks must not stand beside the report's own numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from slidelens.params.dates import PRETRAINED

DATA = "data"  # column with the MD5 of the data that a row is from
TEST_DATES = "test_dates"  # column with the dates on whose test blocks a row of Table 2 was scored
F1_OF_DATE = "f1_"  # and the date: a column of ablations
# Columns of ablations: which network, and how long it was trained.
ABLATION_SETTINGS = (
    "epochs",
    "lr",
    "filters",
    "batch_size",
    "seed",
    "learning.lr_schedule",
    "model.architecture",
    "evaluate.symmetries",
    "finetune.blend_px",
)
_NAMES = {TEST_DATES: "test ground of"}
_NO_DATE = ("f1_before",)
_F1_TOLERANCE = 0.005  # two machines agree to about a thousandth
_COMMANDS = {
    "table2": "make sweep",
    "ablations": "make ablations",
    "transfer": "slidelens transfer",
}
_COLUMNS = {
    "table2": ("lr", "filters", "batch_size", "validation_f1"),
    "ablations": ("experiment", "f1"),
    "transfer": ("trained_on", "tested_on", "f1", "f1_change"),
}
_VARIED = {"table2": ("lr", "filters", "batch_size")}
_FILES = {"ablations": ("ablations", "paper")}
_NUMBERS = ("f1", "f1_change", "precision", "recall", "loss", "iou")  # ends of names of columns
_VARIED_NUMBERS = _VARIED["table2"]
_LABELS = ("trained_on", "tested_on")


@dataclass(frozen=True, kw_only=True)
class StudyIdentity:
    """The study whose tables are shown.

    Attributes:
        dates: Dates in time order.
        params: Values of all parameters by their names with dots.
        data: MD5 of the data by table.
        f1: F1 after fine-tuning by date.
    """

    dates: Sequence[str]
    params: Mapping[str, Any]
    data: Mapping[str, str]
    f1: Mapping[str, float | None]


@dataclass(frozen=True)
class ExperimentTable:
    """A table of experiments.

    Attributes:
        frame: Its rows; none if it is missing or left out.
        note: Why it has no rows, or how they differ from the report; may be empty.
    """

    frame: pd.DataFrame
    note: str


def read_experiments(folder: Path, study: StudyIdentity) -> dict[str, ExperimentTable]:
    """Read the tables table2, ablations (with the paper's setting) and transfer.

    Args:
        folder: Folder of the CSV files.
        study: The study that they must be of.
    """
    return {name: _read(name, folder, study) for name in _COMMANDS}


def transfer_matrix(rows: pd.DataFrame, values: str) -> pd.DataFrame:
    """Return a column of the transfer table as a matrix, trained on × tested on.

    Args:
        rows: The table as `slidelens transfer` writes it; the matrix keeps its order.
        values: Name of the column.
    """
    matrix = rows.pivot(index="trained_on", columns="tested_on", values=values).astype(float)
    return matrix.loc[rows["trained_on"].unique(), rows["tested_on"].unique()].rename_axis(
        index=None, columns=None
    )


def matrix_with_change(rows: pd.DataFrame) -> pd.DataFrame:
    """Return F1, trained on × tested on, and the mean change on other data than the own.

    Args:
        rows: The table as `slidelens transfer` writes it.

    Returns:
        Columns trained_on, one for each tested_on, and change_elsewhere.
    """
    change = transfer_matrix(rows, "f1_change")
    for name in change.index.intersection(change.columns):
        change.loc[name, name] = float("nan")
    elsewhere = change.mean(axis="columns").drop(PRETRAINED, errors="ignore").reindex(change.index)
    return (
        transfer_matrix(rows, "f1")
        .assign(change_elsewhere=elsewhere)
        .rename_axis(index="trained_on")
        .reset_index()
    )


def is_same_value(a: object, b: object) -> bool:
    """Return whether two values are the same; numbers are compared as numbers."""
    try:
        return float(str(a)) == float(str(b))
    except ValueError:
        return str(a) == str(b)


def _read(name: str, folder: Path, study: StudyIdentity) -> ExperimentTable:
    files = (folder / f"{file}.csv" for file in _FILES.get(name, (name,)))
    paths = [path for path in files if path.exists()]
    if not paths:
        return ExperimentTable(pd.DataFrame(), f"Not there yet: `{_COMMANDS[name]}` makes it.")
    text_columns = {"trained_on": str, "tested_on": str, DATA: str}
    try:
        frame = pd.concat(
            [pd.read_csv(path, dtype=text_columns) for path in paths], ignore_index=True
        )
    except (ValueError, OSError) as error:  # pandas' own errors are ValueErrors
        return _left_out(name, f"it cannot be read ({' '.join(str(error).split())[:200]})")
    if reason := _damage(name, frame):
        return _left_out(name, reason)
    if reason := _reason_against(name, frame, study):
        return _left_out(name, reason)
    return _with_settings(
        frame.drop(columns=DATA, errors="ignore"), study.params, _VARIED.get(name, ())
    )


def _left_out(name: str, reason: str) -> ExperimentTable:
    note = f"Left out: {reason}. `{_COMMANDS[name]}` makes it anew."
    return ExperimentTable(pd.DataFrame(), note)


def _damage(name: str, frame: pd.DataFrame) -> str:
    """Return why a table cannot be shown; "" if it can."""
    if missing := [column for column in _COLUMNS[name] if column not in frame]:
        return f"it has no column {missing[0]}"
    if frame.empty:
        return "it has no rows"
    for column in map(str, frame):
        # F1 and what else is drawn: a number or, where it is undefined, nothing.
        if column.endswith(_NUMBERS) or column.startswith(F1_OF_DATE) or column in _VARIED_NUMBERS:
            values = pd.to_numeric(frame[column], errors="coerce")
            if (values.isna() & frame[column].notna()).any() or values.abs().gt(1e300).any():
                return f"its column {column} has values that are no numbers"
    labels = [column for column in _LABELS if column in frame and column in _COLUMNS[name]]
    if labels and (frame[labels].isna().any(axis=None) or frame.duplicated(labels).any()):
        return f"a row is named twice, or not at all, in {' and '.join(labels)}"
    return ""


def _reason_against(name: str, frame: pd.DataFrame, study: StudyIdentity) -> str:
    """Return why a table is not of this study; "" if it is."""
    if DATA in frame and set(frame[DATA].dropna()) - {study.data[name]}:
        return "it was found on other ground than this report's (data/prepared has changed since)"
    checks: dict[str, Callable[[pd.DataFrame, StudyIdentity], str]] = {
        "ablations": _other_ablations,
        "transfer": _other_networks,
    }
    return checks[name](frame, study) if name in checks else ""


def _other_ablations(frame: pd.DataFrame, study: StudyIdentity) -> str:
    """Return why ablations are not of the report's dates, or not of its code or parameters.

    With the report's parameters, the experiment `pretrained` gives the networks of the report.
    """
    reason = _other_dates(frame, study)
    rows = frame[frame["experiment"] == PRETRAINED]
    if reason or rows.empty or not _is_as_reported(rows.iloc[0], study.params):
        return reason
    f1 = rows.iloc[0][[f"{F1_OF_DATE}{date}" for date in study.dates]].astype(float)
    return _other_f1(f1.set_axis(list(study.dates)), study)


def _is_as_reported(row: pd.Series, params: Mapping[str, Any]) -> bool:
    """Return whether an experiment has the parameters of the report, as far as the row tells."""
    values = {name: params[name] for name in ABLATION_SETTINGS if name in params}
    values["landslides"] = params.get("finetune.landslides") or "all"
    values["freeze"] = params.get("finetune.freeze", "none")
    starts = {value for name, value in params.items() if name.startswith("finetune.from.")}
    return starts <= {PRETRAINED} and all(
        is_same_value(row[name], value) for name, value in values.items() if name in row
    )


def _other_dates(frame: pd.DataFrame, study: StudyIdentity) -> str:
    dates = [
        column.removeprefix(F1_OF_DATE)
        for column in map(str, frame)
        if column.startswith(F1_OF_DATE) and column not in _NO_DATE
    ]
    return "" if set(dates) == set(study.dates) else f"it is of the dates {', '.join(dates)}"


def _other_networks(frame: pd.DataFrame, study: StudyIdentity) -> str:
    """Return why the networks are not the report's, whose F1 on their own dates is in Table 3."""
    known = (PRETRAINED, *study.dates)
    if unknown := [date for date in frame["trained_on"].unique() if date not in known]:
        return f"it has the date {unknown[0]}, which this study has not"
    own = frame[frame["trained_on"] == frame["tested_on"]]
    return _other_f1(own.set_index("trained_on")["f1"].astype(float), study)


def _other_f1(f1: pd.Series, study: StudyIdentity) -> str:
    """Return which F1 by date differs from that of the report; "" if none does."""
    expected = pd.Series(study.f1, dtype=float).reindex(f1.index)
    differing = f1[(f1 - expected).abs() > _F1_TOLERANCE]
    if differing.empty:
        return ""
    date = str(differing.index[0])
    return (
        f"its networks are not those of this report: F1 of {date} is {differing[date]:.3f} there "
        f"and {expected[date]:.3f} in Table 3"
    )


def _with_settings(
    frame: pd.DataFrame, params: Mapping[str, Any], varied: Sequence[str]
) -> ExperimentTable:
    """Drop the parameters on which the rows agree, and note those that differ from the report's."""
    settings = [name for name in map(str, frame) if name in params and name not in varied]
    common = {
        name: frame[name].iloc[0] for name in settings if frame[name].nunique(dropna=False) == 1
    }
    differing = ", ".join(
        f"{_NAMES.get(name, name)} {value} (here {params[name]})"
        for name, value in common.items()
        if not is_same_value(value, params[name])
    )
    note = f"Run with other parameters than this report: {differing}." if differing else ""
    return ExperimentTable(frame.drop(columns=list(common)), note)
