"""Tables of experiments, as commands have left them in metrics/experiments: read, and left out where they are of another study.

A report must not show what was found on other ground, at other dates or with other networks beside its own numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from slidelens.params.schema import PRETRAINED

FOLDER = Path("metrics/experiments")
DATA = "data"  # the column that says on which ground a row was found
TEST_DATES = "test_dates"  # the column that says on whose test ground a row of Table 2 was scored
F1_OF_DATE = "f1_"
_TOLD = {TEST_DATES: "test ground of"}
_NO_DATE = ("f1_before",)
_SAME_F1 = 0.005  # two machines agree to about a thousandth
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
_PARTS = {"ablations": ("ablations", "paper")}


@dataclass(frozen=True)
class StudyIdentity:
    """What a table must be of. params: name with dots → value; data: by table, the MD5 of its ground; f1: by date, after fine-tuning."""

    dates: Sequence[str]
    params: Mapping[str, Any]
    data: Mapping[str, str]
    f1: Mapping[str, float | None]


@dataclass(frozen=True)
class ExperimentTables:
    """frame: a table's rows, none where it is not there or left out; told: why, or with what its rows were run."""

    frame: pd.DataFrame
    told: str


def read_experiments(folder: Path, study: StudyIdentity) -> dict[str, ExperimentTables]:
    """The tables by name: table2, ablations (with the paper's setting) and transfer."""
    return {name: _found(name, folder, study) for name in _COMMANDS}


def _found(name: str, folder: Path, study: StudyIdentity) -> ExperimentTables:
    paths = [
        path for part in _PARTS.get(name, (name,)) if (path := folder / f"{part}.csv").exists()
    ]
    if not paths:
        return ExperimentTables(pd.DataFrame(), f"Not there yet: `{_COMMANDS[name]}` makes it.")
    try:
        frame = pd.concat(
            [
                pd.read_csv(path, dtype={"trained_on": str, "tested_on": str, DATA: str})
                for path in paths
            ],
            ignore_index=True,
        )
    except (ValueError, OSError) as error:  # pandas' own errors are ValueErrors
        return _left_out(name, f"it cannot be read ({' '.join(str(error).split())})")
    if why := _why_not(name, frame, study):
        return _left_out(name, why)
    return _with_settings(
        frame.drop(columns=DATA, errors="ignore"), study.params, _VARIED.get(name, ())
    )


def _left_out(name: str, why: str) -> ExperimentTables:
    return ExperimentTables(pd.DataFrame(), f"Left out: {why}. `{_COMMANDS[name]}` makes it anew.")


def _why_not(name: str, frame: pd.DataFrame, study: StudyIdentity) -> str:
    """Why a table is not of this study; empty where it is."""
    if missing := [column for column in _COLUMNS[name] if column not in frame]:
        return f"it has no column {missing[0]}"
    if frame.empty:
        return "it has no rows"
    if DATA in frame and set(frame[DATA].dropna()) - {study.data[name]}:
        return "it was found on other ground than this report's (data/prepared has changed since)"
    checks: dict[str, Callable[[pd.DataFrame, StudyIdentity], str]] = {
        "ablations": _other_dates,
        "transfer": _other_networks,
    }
    return checks[name](frame, study) if name in checks else ""


def _other_dates(frame: pd.DataFrame, study: StudyIdentity) -> str:
    dates = [
        column.removeprefix(F1_OF_DATE)
        for column in map(str, frame)
        if column.startswith(F1_OF_DATE) and column not in _NO_DATE
    ]
    return "" if set(dates) == set(study.dates) else f"it is of the dates {', '.join(dates)}"


def _other_networks(frame: pd.DataFrame, study: StudyIdentity) -> str:
    """A network scored on its own date has the F1 of Table 3; another one has not."""
    if other := [
        date for date in frame["trained_on"].unique() if date not in (PRETRAINED, *study.dates)
    ]:
        return f"it has the date {other[0]}, which this study has not"
    own = (
        frame[frame["trained_on"] == frame["tested_on"]].set_index("trained_on")["f1"].astype(float)
    )
    ours = pd.Series(study.f1, dtype=float).reindex(own.index)
    differ = own[(own - ours).abs() > _SAME_F1]
    if differ.empty:
        return ""
    date = str(differ.index[0])
    return f"its networks are not those of this report: F1 of {date} is {differ[date]:.3f} there and {ours[date]:.3f} in Table 3"


def _with_settings(
    frame: pd.DataFrame, params: Mapping[str, Any], varied: Sequence[str]
) -> ExperimentTables:
    """Parameters on which the rows agree are no columns, and are told where the report's are others."""
    known = [name for name in map(str, frame) if name in params and name not in varied]
    alike = {name: frame[name].iloc[0] for name in known if frame[name].nunique(dropna=False) == 1}
    ours = [name for name, value in alike.items() if _same(value, params[name])]
    told = ", ".join(
        f"{_TOLD.get(name, name)} {value} (here {params[name]})"
        for name, value in alike.items()
        if name not in ours
    )
    return ExperimentTables(
        frame.drop(columns=list(alike)),
        f"Run with other parameters than this report: {told}." if told else "",
    )


def _same(a: object, b: object) -> bool:
    try:
        return float(str(a)) == float(str(b))
    except ValueError:
        return str(a) == str(b)
