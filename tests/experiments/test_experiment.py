"""A requested experiment is known by all its parameters, whoever ran it."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import ParamsError
from slidelens.experiments.experiment import (
    ExistingExperiment,
    and_more,
    parse_settings,
    request_experiment,
)
from slidelens.params.loading import load_params
from support.studies import write_params


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_params(tmp_path, tmp_path / "raw", ["2013", "2014"])
    return tmp_path


def test_a_request_has_the_parameters_and_a_name_that_marks_them(folder: Path) -> None:
    changes = {"lr": 0.5, "finetune.freeze": "encoder"}
    experiment = request_experiment(folder, "lr0.5", changes)
    assert (experiment.params.lr, experiment.params.finetune.freeze) == (0.5, "encoder")
    assert experiment.params.filters == load_params(folder / "params.yaml").filters
    assert experiment.name.startswith("lr0.5-")
    assert experiment.name == request_experiment(folder, "lr0.5", changes).name
    assert experiment.name != request_experiment(folder, "lr0.5", {"lr": 0.5}).name
    assert experiment.name != request_experiment(folder, "lr0.5", changes | {"lr": 0.25}).name
    assert experiment.name != request_experiment(folder, "lr0.5", changes, stage="pretrain").name


@pytest.mark.parametrize("name", ["finetuning.freeze", "lr.more"])
def test_a_change_of_what_is_no_parameter(folder: Path, name: str) -> None:
    with pytest.raises(ParamsError, match=f"{name} is not a parameter of .*params.yaml"):
        request_experiment(folder, "x", {name: 1})
    with pytest.raises(
        ParamsError,
        match="x: .*params.yaml with its changes: lr is -1; it should be greater than 0",
    ):
        request_experiment(folder, "x", {"lr": -1})


def test_an_experiment_matches_by_its_mark_or_if_run_by_hand_by_its_parameters(
    folder: Path,
) -> None:
    requested = request_experiment(folder, "lr0.5", {"lr": 0.5})
    shorter = request_experiment(folder, "lr0.5", {"lr": 0.5}, stage="pretrain")
    for name, is_same in (
        (requested.name, True),
        (f"other{requested.mark}", True),
        ("fluid-jogs", True),
        (shorter.name, False),  # marked: it went less far
    ):
        existing = ExistingExperiment(name, "success", requested.params, {})
        assert existing.matches(requested) == is_same
    other = load_params(folder / "params.yaml")
    assert not ExistingExperiment("fluid-jogs", "success", other, {}).matches(requested)
    assert not ExistingExperiment("fluid-jogs", "success", None, {}).matches(requested)


def test_settings_are_read_as_yaml() -> None:
    assert parse_settings(
        ["epochs=20", "learning.lr_schedule=plateau", "finetune.landslides=null"]
    ) == {
        "epochs": 20,
        "learning.lr_schedule": "plateau",
        "finetune.landslides": None,
    }
    with pytest.raises(
        ParamsError, match="--set epochs: give a parameter and its value, for example epochs=20"
    ):
        parse_settings(["epochs"])


def test_a_setting_that_comes_twice() -> None:
    with pytest.raises(ParamsError, match="--set epochs is given twice; give it once"):
        parse_settings(["epochs=10", "epochs=20"])


def test_others_are_counted_only_where_there_are_some() -> None:
    assert and_more(["a"]) == ""
    assert and_more(["a", "b", "c"]) == " (and 2 more)"
