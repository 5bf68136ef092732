"""`slidelens transfer`: rows trained on, columns tested on, and what was lost."""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slidelens.commands import transfer as command
from slidelens.commands.transfer import matrix_text, transfer, with_change
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import ParamsError, WeightsError
from slidelens.learning.evaluation.scores import score_prediction
from slidelens.learning.inference.loading import load_network
from slidelens.params.schema import Params
from support.studies import params_for, write_params

Study = tuple[Path, Params]


def scores() -> pd.DataFrame:
    """2013's weights are 0.2 better on 2013, 0.3 worse on 2014 and 0.1 worse on the first event; 2015 has no landslide."""
    f1 = {
        "pretrained": {"pretrain": 0.75, "2013": 0.5, "2014": 0.5, "2015": None},
        "2013": {"pretrain": 0.65, "2013": 0.7, "2014": 0.2, "2015": None},
    }
    return pd.DataFrame(
        [
            {"trained_on": row, "tested_on": ground, "f1": value}
            for row, line in f1.items()
            for ground, value in line.items()
        ]
    )


def test_what_fine_tuning_lost_is_shown(tmp_path: Path) -> None:
    table = with_change(scores())
    changes = table[table.trained_on == "2013"].f1_change.tolist()
    assert changes[:3] == pytest.approx([-0.1, 0.2, -0.3])
    assert np.isnan(changes[3])
    lines = matrix_text(table, params_for(tmp_path, ["2013", "2014", "2015"])).splitlines()
    assert lines[1].split() == ["pretrain", "2013", "2014", "2015", "change", "elsewhere"]
    assert lines[2].split() == ["pretrained", "0.750", "0.500", "0.500", "–"]
    assert lines[3].split() == [
        "2013",
        "0.650",
        "[0.700]",
        "0.200",
        "–",
        "-0.200",
    ]  # (-0.1 - 0.3) / 2


def test_scores_are_those_of_evaluate(pretrained: Study, tmp_path: Path) -> None:
    folder, params = pretrained
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    for date in ("2013", "2015", "2016"):
        shutil.copy(
            tmp_path / "models/pretrained.weights.h5", tmp_path / f"models/{date}.weights.h5"
        )
    table = transfer(params, ["2013", "2015", "2016"], tmp_path)
    assert list(zip(table.trained_on, table.tested_on, strict=True)) == [
        (row, column)
        for row in ("pretrained", "2013", "2015", "2016")
        for column in ("pretrain", "2013", "2016")
    ]  # 2015 is not mapped
    prepared = read_prepared(folder / "data/prepared/2013")
    expected = score_prediction(
        prepared, *load_network(folder / "models/pretrained.weights.h5"), params
    ).test
    row = table[(table.trained_on == "2016") & (table.tested_on == "2013")].iloc[0]
    assert (row.f1, row.precision, row.loss) == (
        pytest.approx(expected["f1"]),
        pytest.approx(expected["precision"]),
        expected["loss"],
    )
    assert (table.f1_change.dropna() == 0).all()
    assert row.part == "test"


def test_from_the_command_line(
    pretrained: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_params(tmp_path, tmp_path / "raw", ["2013", "2014"])
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())

    def run(*arguments: str) -> int:
        parsed = parser.parse_args(["transfer", "--folder", str(tmp_path), *arguments])
        return int(parsed.run(parsed))

    with pytest.raises(ParamsError, match="2020 is not one of the dates 2013, 2014"):
        run("2020")
    with pytest.raises(WeightsError, match="there are no weights .*pretrained.weights.h5"):
        run()
    shutil.copytree(pretrained[0] / "data", tmp_path / "data")
    (tmp_path / "models").mkdir()
    for name in ("pretrained", "2013"):
        shutil.copy(
            pretrained[0] / "models/pretrained.weights.h5", tmp_path / f"models/{name}.weights.h5"
        )
    assert run("2013") == 0
    assert (
        pd.read_csv(tmp_path / "metrics/experiments/transfer.csv").tested_on.tolist()
        == ["pretrain", "2013"] * 2
    )
    assert re.search(r"2013 +\d\.\d{3} +\[\d\.\d{3}\]", capsys.readouterr().out)
