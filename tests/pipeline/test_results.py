"""What `make repro` ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.files import write_json
from slidelens.pipeline.results import main
from support.studies import write_params


def test_it_names_the_report_and_the_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_params(tmp_path, Path("data/raw"), ["2013"])
    write_json(
        tmp_path / "metrics/f1.json",
        {"f1": {"2013": 0.7, "mean": 0.7}, "f1_before": {"2013": None, "mean": None}},
    )
    monkeypatch.chdir(tmp_path)
    assert main() == 0
    printed = capsys.readouterr().out
    assert f"  {tmp_path}/report/index.html\n" in printed
    assert "2013  0.700    –" in printed
    assert "simulated" not in printed
