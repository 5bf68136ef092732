"""The rows of the benchmark of speed as a file and as a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.speed.results import COLUMNS, Row, append, ratio, table

ROW = Row(
    date="2026-01-02",
    commit="abcdef0+",
    contender="slidelens",
    versions="keras 3.0",
    processor="a processor, fast",
    cores=2,
    load=0.5,
    pixels=10_000_000,
    round=1,
    wall_s=10.0,
    cpu_s=15.0,
    peak_mb=1234.5,
    largest_seam=0.002,
    share_off=0.0,
)
OTHER = replace(ROW, contender="other", wall_s=30.0, cpu_s=60.0, largest_seam=0.9, share_off=0.25)


def test_rows_are_added_below_one_line_of_names(tmp_path: Path) -> None:
    path = tmp_path / "new/results.csv"
    append(path, [ROW])
    append(path, [replace(OTHER, peak_mb=None, failure="no, memory")])
    frame = pd.read_csv(path)
    assert list(frame) == COLUMNS
    assert frame["contender"].tolist() == ["slidelens", "other"]
    assert frame["processor"].tolist() == ["a processor, fast"] * 2
    assert frame["peak_mb"].isna().tolist() == [False, True]
    assert frame["failure"].tolist()[1] == "no, memory"


def test_times_are_compared_within_a_round() -> None:
    rows = [
        ROW,
        OTHER,
        replace(ROW, round=2, wall_s=100.0),
        replace(OTHER, round=2, wall_s=200.0),
        replace(OTHER, round=3, wall_s=1.0),
    ]
    assert ratio(rows, "other", "slidelens", ROW.pixels) == pytest.approx(2.5)
    assert ratio(rows, "other", "slidelens", 7) is None


def test_the_table_has_a_line_per_tool_and_columns_per_size() -> None:
    large = replace(OTHER, pixels=100_000_000, wall_s=300.0, peak_mb=None, extrapolated=True)
    lines = table([ROW, OTHER, large]).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0][1:5] == ["largest seam", "pixels off by > 0.01", "Mpx/s at 10 Mpx", "CPU s/Mpx"]
    assert cells[2] == ["slidelens", "0.0020", "0.00 %", "1.000", "1.50", "1.00", "1,234", *"––––"]
    assert cells[3][:7] == ["other", "0.9000", "25.00 %", "0.333", "6.00", "3.00", "1,234"]
    assert cells[3][7:] == ["0.333*", "0.60", "–", "–"]


def test_a_failure_is_told_in_the_table() -> None:
    assert "failed" in table([replace(ROW, failure="killed")])
