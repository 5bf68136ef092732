"""The command of the quality benchmark."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.quality import __main__ as benchmark
from benchmarks.quality import results
from benchmarks.quality.methods.compared import METHODS
from benchmarks.quality.runs import Run

PACKAGE = "colorsys"  # of the standard library, which nothing imports


def test_packages_are_imported_before_the_first_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS, "forest", replace(METHODS["forest"], needs=(PACKAGE,)))
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    monkeypatch.setattr(benchmark, "link_mosaics", lambda data, work: work)
    monkeypatch.setenv("SLIDELENS_REAL_DATA", str(tmp_path))
    words = ["--protocol", "A", "--methods", "slidelens", "forest", "--seeds", "1"]
    monkeypatch.setattr(sys, "argv", ["quality", *words, "--work", str(tmp_path / "work")])
    imported: list[bool] = []

    def next_valley(run: Run) -> None:
        imported.append(PACKAGE in sys.modules)

    monkeypatch.setattr(benchmark, "next_valley", next_valley)
    nothing = pd.DataFrame(columns=["settings", "protocol"])
    monkeypatch.setattr(results, "read", lambda path: nothing)
    monkeypatch.setattr(results, "summary", lambda rows: nothing)
    monkeypatch.setattr(results, "table", lambda statistics: "")
    benchmark.main()
    assert imported == [True, True]
