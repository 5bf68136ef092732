"""Every network scored on the data of every date, and what fine-tuning has lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.prepared import read_prepared
from slidelens.errors import ParamsError
from slidelens.experiments.transfer import add_change, transfer
from slidelens.learning.evaluation.scores import score_prediction
from slidelens.learning.inference.loading import load_network
from slidelens.params.schema import Params
from support.learning.transfer import transfer_scores
from support.studies import params_for

Study = tuple[Path, Params]


def test_the_change_is_from_the_pretrained_weights_on_the_same_data() -> None:
    table = add_change(transfer_scores())
    changes = table[table.trained_on == "2013"].f1_change.tolist()
    assert changes[:3] == pytest.approx([-0.1, 0.2, -0.3])
    assert np.isnan(changes[3])


def test_a_date_of_another_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="2020 is not one of the dates 2013, 2014"):
        transfer(params_for(tmp_path, ["2013", "2014"]), ["2020"], tmp_path)


def test_scores_are_those_of_evaluate(two_layers: Study, tmp_path: Path) -> None:
    folder, params = two_layers
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
    network = load_network(folder / "models/pretrained.weights.h5")
    expected = score_prediction(prepared, *network, params, tmp_path / "maps").test
    row = table[(table.trained_on == "2016") & (table.tested_on == "2013")].iloc[0]
    assert (row.f1, row.precision, row.loss) == (
        pytest.approx(expected["f1"]),
        pytest.approx(expected["precision"]),
        expected["loss"],
    )
    assert (table.f1_change.dropna() == 0).all()
    assert row.part == "test"
