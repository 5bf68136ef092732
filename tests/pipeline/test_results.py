"""`make repro` ends with the scores and the places of the results."""

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


def test_results_of_the_demo_study_are_called_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_params(tmp_path, Path("demo/study"), ["2013"])
    scores = {"2013": 0.5, "mean": 0.5}
    write_json(tmp_path / "metrics/f1.json", {"f1": scores, "f1_before": scores})
    monkeypatch.chdir(tmp_path)
    assert main() == 0
    heading = "F1 on the test blocks (simulated demo study), after fine-tuning and before:"
    assert heading in capsys.readouterr().out.splitlines()
