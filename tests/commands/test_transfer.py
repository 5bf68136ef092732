"""`slidelens transfer`: scores as CSV and F1 as a matrix."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from slidelens.cli import main
from slidelens.params.schema import Params
from support.studies import write_params

Study = tuple[Path, Params]


def test_scores_are_written_and_f1_is_printed(
    two_layers: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_params(tmp_path, tmp_path / "raw", ["2013", "2014"])

    def run(*arguments: str) -> int:
        return main(["transfer", "--folder", str(tmp_path), *arguments])

    assert run("2020") == 2
    assert "2020 is not one of the dates 2013, 2014" in capsys.readouterr().err
    assert run() == 2
    assert re.search("there are no weights .*pretrained.weights.h5", capsys.readouterr().err)
    shutil.copytree(two_layers[0] / "data", tmp_path / "data")
    (tmp_path / "models").mkdir()
    for name in ("pretrained", "2013"):
        shutil.copy(
            two_layers[0] / "models/pretrained.weights.h5", tmp_path / f"models/{name}.weights.h5"
        )
    assert run("2013") == 0
    assert (
        pd.read_csv(tmp_path / "metrics/experiments/transfer.csv").tested_on.tolist()
        == ["pretrain", "2013"] * 2
    )
    assert re.search(r"2013 +\d\.\d{3} +\[\d\.\d{3}\]", capsys.readouterr().out)
    assert run("2013", "--csv", str(tmp_path / "other.csv")) == 0
    assert (tmp_path / "other.csv").exists()
